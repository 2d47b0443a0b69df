import CommandLanguage
import Imaging
import Learning
import Presentation

/// `check bees`
enum Check: Verb {
    static let declaration = VerbDeclaration(
        "check", group: "data", "Decodes every picture once and tells what is wrong with them.",
        discussion: """
            Corrupt and truncated files, files that are no pictures, pictures too large to be safe, endings that lie, pictures that are \
            there twice (to the byte, or to the eye) within a part and across parts, classes that a part lacks, and whether the transforms fit the \
            network in use. `quarantine bees` then puts aside what can't be used.
            """,
        parameters: [
            .positional("data", .path(["dataset", "loader"]), defaultText: "the dataset in use", "which dataset"),
            .option("threshold", .integer(0...16), default: .integer(2), "how many of 64 brightness steps may differ for pictures to look the same"),
        ], examples: ["check bees"], setup: "data")

    static func run(_ call: BoundCall, in session: Session) throws {
        let (name, data) = try session.dataset(call.optionalPath("data"), for: "check")
        let threshold = try call.integer("threshold")
        let check = try session.withProgress("Decoding \(name)", count: data.count) { progress in
            try DatasetCheck(data, threshold: threshold, progress: progress, isInterrupted: session.interruptionCheck)
        }
        if var object = session.object(named: name) as? DatasetObject {
            object.check = check
            session.note { $0.values[name] = .object(object) }
        }
        session.output.result(session.report(of: check, data, name: name).bundle)
    }
}

extension Session {
    /// What a check found, the worst first.
    func report(of check: DatasetCheck, _ data: Dataset, name: String) -> Report {
        var report = Report()
        let isSound = check.defects.isEmpty && check.duplicates.isEmpty && check.wrongEndings.isEmpty
        report.append(
            .notice(
                Notice(
                    isSound ? .done : .info,
                    [
                        "\(name): \(Format.counted(check.count, "picture")) decoded, "
                            + (isSound
                                ? "all sound, no two alike"
                                : "\(check.defects.count) can't be used, \(Format.counted(check.duplicates.count, "group")) of equal or like pictures, \(Format.counted(check.wrongEndings.count, "wrong ending"))")
                    ])))
        let limit = state.display.rows
        if !check.defects.isEmpty {
            var table = Table([Table.Column("can't be used"), Table.Column("part"), Table.Column("why")], limit: limit)
            table.rows = check.defects.map {
                [Table.Cell(data.relativePath($0.path)), Table.Cell($0.split.rawValue), Table.Cell($0.reason, mood: .bad)]
            }
            report.append(.table(table))
        }
        if !check.duplicates.isEmpty { report.append(.table(Self.duplicateTable(check, data, limit: limit))) }
        if !check.wrongEndings.isEmpty {
            var table = Table([Table.Column("wrong ending"), Table.Column("content")], limit: limit)
            table.rows = check.wrongEndings.map { [Table.Cell(data.relativePath($0.path)), Table.Cell("\($0.format.name); it is read all the same")] }
            report.append(.table(table))
        }
        if let pictures = alike(check, data) { report.append(.images(pictures)) }
        if !check.colourModes.isEmpty { report.append(.facts(Self.headerFacts(check, data))) }
        var warnings = check.warnings.map(\.description)
        warnings += check.missingClasses.map { "\($0.split.rawValue) has no pictures of \(Self.listed($0.classes))" }
        warnings += data.untrainedClassLines
        let contradictions = check.duplicates.count { $0.contradicts }
        if contradictions > 0 {
            warnings.append("\(Format.counted(contradictions, "group")) of like pictures \(contradictions == 1 ? "has" : "have") more than one label: at least one of them is wrong")
        }
        if let agreement = agreementNotice(data, data.splits) { warnings += agreement.lines }
        if !warnings.isEmpty { report.append(.notice(Notice(.warning, warnings))) }
        if let line = data.skippedLine { report.append(.notice(Notice(.info, [line]))) }
        let out = check.suggestedQuarantine.count
        if out > 0 { report.append(.notice(Notice(.info, ["`quarantine \(name)` puts \(Format.counted(out, "file")) aside: what can't be used, and spare copies"]))) }
        return report
    }

    /// What the headers say, counted: nothing of it is wrong, but a mixture may surprise.
    private static func headerFacts(_ check: DatasetCheck, _ data: Dataset) -> [(String, String)] {
        let modes = check.colourModes.map { "\($0.mode.name) \(Format.count($0.count))" }.joined(separator: ", ")
        let turns =
            check.rotated == 0
            ? "every picture is upright"
            : "\(Format.count(check.rotated)) turned, which is \(data.decoding.exif == .apply ? "applied" : "ignored")"
        return [("modes", "\(modes), read as \(data.decoding.mode == .rgb ? "RGB" : "L")"), ("EXIF", turns)]
    }

    private static func duplicateTable(_ check: DatasetCheck, _ data: Dataset, limit: Int) -> Table {
        var table = Table([Table.Column("alike"), Table.Column("parts"), Table.Column("labels"), Table.Column("files")], limit: limit)
        let ordered = check.duplicates.sorted { rank($0) > rank($1) }
        table.rows = ordered.map { group in
            let splits = Split.allCases.filter { split in group.samples.contains { $0.split == split } }.map(\.rawValue)
            let labels = Set(group.samples.map(\.label)).sorted().map { data.classes[$0] }
            let files = group.samples.prefix(3).map { data.relativePath($0.path) }.joined(separator: ", ")
            return [
                Table.Cell(group.isExact ? "equal files" : "look the same"),
                Table.Cell(splits.joined(separator: " and "), mood: group.crossesSplits ? .bad : .plain),
                Table.Cell(labels.joined(separator: " or "), mood: group.contradicts ? .bad : .plain),
                Table.Cell(files + (group.samples.count > 3 ? " and \(group.samples.count - 3) more" : "")),
            ]
        }
        return table
    }

    private static func rank(_ group: DatasetCheck.Duplicates) -> Int {
        (group.crossesSplits ? 4 : 0) + (group.contradicts ? 2 : 0) + (group.isExact ? 1 : 0)
    }

    /// The first groups of pictures that look the same, side by side: the eye decides whether they are.
    private func alike(_ check: DatasetCheck, _ data: Dataset) -> ImageGrid? {
        let width = min(state.display.pictureWidth, 120)
        var items: [ImageGrid.Item] = []
        for (number, group) in check.duplicates.filter({ !$0.isExact }).prefix(4).enumerated() {
            for sample in group.samples.prefix(3) {
                guard let image = try? Image.decode(path: sample.path, data.decoding) else { continue }
                let caption = "\(number + 1): \(data.relativePath(sample.path))"
                if let item = try? image.boxed(side: width).item(caption, mood: group.crossesSplits ? .bad : .plain, width: width) { items.append(item) }
            }
        }
        return items.isEmpty ? nil : ImageGrid(items, width: width, title: "pictures that look the same")
    }
}
