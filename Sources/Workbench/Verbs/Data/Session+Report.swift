import CommandLanguage
import Imaging
import Learning
import Presentation

extension Session {
    /// Everything that the headers of a data set's pictures tell.
    ///
    /// - Parameter part: the part that alone is shown; `nil`: all of them.
    func report(of data: Dataset, name: String, part: Split? = nil) throws -> Report {
        let facts = try withProgress("Reading the headers of \(name)", count: data.count) { progress in
            try DatasetReport(data, progress: progress, isInterrupted: interruptionCheck)
        }
        var report = Report([
            .heading("\(name): \(Format.counted(data.count, "picture"))\(part == nil ? ", \(Format.counted(data.classes.count, "class", "classes"))" : "")"),
            .table(DatasetObject(data).countTable(limit: state.display.rows)),
        ])
        report.append(.facts(Self.facts(facts, data, part: part)))
        // The shape of a distribution wants more than a handful.
        if facts.widths.sorted.count >= 8 {
            report.append(.row(Self.charts(facts)))
        }
        if !data.skipped.isEmpty, part == nil {
            let rows = data.skippedGroups.map { reason, paths in
                [
                    Table.Cell(reason.description(of: paths.count)), Table.Cell(Format.count(paths.count)),
                    Table.Cell(paths.prefix(3).map { data.relativePath($0) }.joined(separator: ", ") + (paths.count > 3 ? ", …" : "")),
                ]
            }
            report.append(.table(Table([Table.Column("skipped, because"), Table.Column("paths", .right), Table.Column("such as")], rows: rows)))
        }
        let notes = part == nil ? data.notes.filter { !$0.isWarning }.map { $0.description } : []
        if !notes.isEmpty { report.append(.notice(Notice(.info, notes))) }
        var warnings = part == nil ? data.warningLines : []
        if let first = facts.unreadable.first {
            warnings.append(
                "\(Format.counted(facts.unreadable.count, "file")) can't be read, the first is \(data.relativePath(first.path)): \(first.reason); `check \(name)` looks at them all")
        }
        if !warnings.isEmpty { report.append(.notice(Notice(.warning, warnings))) }
        return report
    }

    private static func facts(_ facts: DatasetReport, _ data: Dataset, part: Split?) -> [(String, String)] {
        var rows: [(String, String)] = [("folder", data.root)]
        if part == nil, facts.imbalance.isFinite {
            rows.append(("imbalance", "largest class : smallest class = \(Format.significant(facts.imbalance, 3)) : 1 in training"))
        }
        let baselines = facts.splits.filter { part == nil || $0 == part }.compactMap { split in
            facts.majorityBaseline(split).isFinite ? "\(Format.percent(facts.majorityBaseline(split))) on \(split.rawValue)" : nil
        }
        if part == nil, !baselines.isEmpty { rows.append(("always the largest class", baselines.joined(separator: ", "))) }
        func spread(_ one: DatasetReport.Distribution, _ text: (Double) -> String) -> String {
            "\(text(one.minimum)) to \(text(one.maximum)), median \(text(one.median)), 90 % in \(text(one.quantile(0.05))) to \(text(one.quantile(0.95)))"
        }
        func pixels(_ value: Double) -> String { Format.count(Int(value.rounded())) }
        if !facts.widths.sorted.isEmpty {
            rows.append(("width", spread(facts.widths, pixels)))
            rows.append(("height", spread(facts.heights, pixels)))
            rows.append(("width : height", spread(facts.aspectRatios) { Format.significant($0, 3) }))
        }
        if let smallest = facts.smallest { rows.append(("smallest", "\(smallest.size), \(data.relativePath(smallest.path))")) }
        if let largest = facts.largest { rows.append(("largest", "\(largest.size), \(data.relativePath(largest.path))")) }
        func counts(_ items: [(String, Int)]) -> String { items.map { "\($0) \(Format.count($1))" }.joined(separator: ", ") }
        rows.append(("colour modes", counts(facts.colourModes.map { ($0.mode.name, $0.count) }) + ", read as \(data.decoding.mode == .rgb ? "RGB" : "L")"))
        rows.append(("formats", counts(facts.formats.map { ($0.format.name, $0.count) })))
        rows.append((
            "EXIF orientation",
            facts.rotated == 0
                ? "every picture is upright"
                : "\(Format.counted(facts.rotated, "picture carries", "pictures carry")) a turn, which is \(facts.isOrientationApplied ? "applied" : "ignored")"
        ))
        rows.append(("bytes", "\(Format.bytes(facts.byteCount)), \(Format.bytes(facts.byteCount / max(data.count, 1))) a picture"))
        return rows
    }

    private static func charts(_ facts: DatasetReport) -> [Chart] {
        [("width", facts.widths, "pixels"), ("height", facts.heights, "pixels"), ("width : height", facts.aspectRatios, "ratio")].map { title, values, unit in
            // A few giants would press all others into one bar: they are counted in the title instead.
            let limit = values.maximum > 2 * values.quantile(0.98) ? values.quantile(0.98) : values.maximum
            let shown = values.sorted.filter { $0 <= limit }
            let beyond = values.sorted.count - shown.count
            return Chart.histogram(
                of: shown.map { Float($0) }, bins: 24, title: title + (beyond > 0 ? " (\(Format.count(beyond)) beyond \(Format.significant(limit, 3)))" : ""),
                x: unit, width: 280, height: 170)
        }
    }
}
