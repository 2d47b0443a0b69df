import CommandLanguage
import Imaging
import Learning
import Presentation

extension DatasetObject {
    func show(_ path: Path, in session: Session) throws -> MIMEBundle {
        try DatasetPlace(dataset, path, of: self).shown(as: path, in: session)
    }

    /// What is told when a data set gets a name: the facts, what was passed over, and what its user should know.
    func introduction(as name: String, in session: Session) -> MIMEBundle {
        var notices = [Notice(.done, ["\(name): \(summary)"])]
        var facts = dataset.notes.filter { !$0.isWarning }.map { $0.description }
        if let skipped = dataset.skippedLine { facts.append(skipped) }
        notices.append(Notice(.info, facts))
        notices.append(Notice(.warning, dataset.warningLines))
        return Report(notices.filter { !$0.lines.isEmpty }.map { .notice($0) }).bundle
    }
}

extension DatasetPlace {
    /// What is shown of the place.
    func shown(as path: Path, in session: Session) throws -> MIMEBundle {
        guard let property else {
            if let split, let sample { return try SampleObject(dataset, split, sample).shown() }
            guard let split else { return try session.report(of: dataset, name: path.root).bundle }
            let part = DatasetPartObject(dataset, split, indices)
            var report = try session.report(of: try part.alone, name: path.description, part: split)
            // A choice of pictures is shown by its pictures.
            if let indices { report.blocks.insert(.images(session.thumbnails(of: part.part, Array(indices.prefix(12)))), at: min(1, report.blocks.count)) }
            return report.bundle
        }
        if item != nil { return try session.bundle(of: value(of: DatasetObject(dataset))) }
        switch property {
        case .transform: return session.pipelineReport(self, path: path).bundle
        case .classes:
            let object = DatasetObject(dataset)
            return object.countTable(limit: session.state.display.rows).bundle
        case .skipped: return dataset.skippedTable(limit: session.state.display.rows).bundle
        default: return MIMEBundle(plain: try value(of: DatasetObject(dataset)).source)
        }
    }
}

extension DatasetNote {
    /// Whether it may be a mistake.
    var isWarning: Bool {
        switch self {
        case .tooFewToSplit, .digitNamesSortedAsText, .idlePattern: true
        default: false
        }
    }
}

extension Dataset {
    /// What its user should worry about, without looking into any file.
    var warningLines: [String] {
        var lines = notes.filter(\.isWarning).map { $0.description }
        let counts = train.classCounts
        if let most = counts.indices.max(by: { counts[$0] < counts[$1] }), let least = counts.indices.filter({ counts[$0] > 0 }).min(by: { counts[$0] < counts[$1] }),
            Double(counts[most]) > 3 * Double(counts[least])
        {
            lines.append(
                LearningWarning.imbalance(
                    largest: classes[most], smallest: classes[least], ratio: Double(counts[most]) / Double(counts[least])
                ).description)
        }
        // A class that is too small to be split has said so.
        let small = Set(notes.compactMap { note -> String? in if case .tooFewToSplit(let name, _) = note { name } else { nil } })
        for split in Split.allCases where split == .train || !self[split].isEmpty {
            lines += self[split].classWarnings(besides: split == .train ? [] : small).map { $0.description }
        }
        if classes.count == 1 { lines.append("there is one class only: nothing can be told apart") }
        return lines + untrainedClassLines
    }

    /// Classes that only validation or test folders have.
    var untrainedClassLines: [String] {
        var counts: [String: Int] = [:]
        for one in skipped { if case .classNotInTraining(let name) = one.reason { counts[name, default: 0] += 1 } }
        return counts.sorted { $0.key < $1.key }.map { name, count in
            "class \(name) has no train pictures: \(count == 1 ? "its one picture" : "its \(Format.count(count)) pictures") for validation or testing \(count == 1 ? "is" : "are") left out"
        }
    }

    /// What was passed over, by reason: `skipped 3 paths: 2 hidden (.ipynb_checkpoints, …), …`.
    var skippedLine: String? {
        guard !skipped.isEmpty else { return nil }
        let groups = skippedGroups.map { reason, paths in
            let names = paths.prefix(2).map { relativePath($0) }.joined(separator: ", ")
            return "\(Format.count(paths.count)) \(reason.description(of: paths.count)) (\(names)\(paths.count > 2 ? ", …" : ""))"
        }
        return "skipped \(Format.counted(skipped.count, "path")): \(groups.joined(separator: "; "))"
    }

    /// The skipped paths by their reason, the most frequent first.
    var skippedGroups: [(reason: SkippedPath.Reason, paths: [String])] {
        var groups: [SkippedPath.Reason: [String]] = [:]
        for one in skipped { groups[one.reason, default: []].append(one.path) }
        return groups.map { ($0.key, $0.value) }.sorted { ($1.1.count, $0.0.description) < ($0.1.count, $1.0.description) }
    }

    func skippedTable(limit: Int) -> Table {
        Table(
            [Table.Column("skipped"), Table.Column("why")], rows: skipped.map { [Table.Cell(relativePath($0.path)), Table.Cell($0.reason.description)] },
            limit: limit)
    }
}

extension Table {
    var bundle: MIMEBundle { MIMEBundle(plain: plain, html: html.markup) }
}

extension Session {
    /// Pictures of a part as they are.
    func thumbnails(of part: DatasetPart, _ indices: [Int]) -> ImageGrid {
        let width = state.display.pictureWidth
        let items = indices.compactMap { index -> ImageGrid.Item? in
            guard let image = try? part.image(at: index) else { return nil }
            return try? image.boxed(side: width).item("[\(index)] \(part.classes[part[index].label])", width: width)
        }
        return ImageGrid(items, width: width)
    }

    /// The transform of a place, step by step.
    func pipelineReport(_ place: DatasetPlace, path: Path) -> Report {
        let data = place.dataset
        let splits = place.split.map { [$0] } ?? data.splits
        // One table for parts that share their transform.
        var groups: [(splits: [Split], pipeline: TransformPipeline?)] = []
        for split in splits {
            let pipeline = data.transform(split)
            if let position = groups.firstIndex(where: { $0.pipeline == pipeline }) { groups[position].splits.append(split) } else {
                groups.append(([split], pipeline))
            }
        }
        var report = Report()
        for group in groups {
            let names = group.splits.map(\.rawValue).joined(separator: " and ")
            let pipeline = group.pipeline ?? currentNetwork?.network.model.preprocessing
            let origin = group.pipeline == nil ? currentNetwork.map { ", as \($0.name)'s weights want it" } ?? "" : ""
            guard let pipeline else {
                report.append(.text("\(names): no transform of its own; the network's is used"))
                continue
            }
            let first = data[group.splits[0]].first.flatMap { try? ImageHeader.read(path: $0.path).size(data.decoding.exif) }
            report.append(.table(pipeline.table(for: first, channels: data.decoding.mode == .rgb ? 3 : 1, caption: "\(names)\(origin)")))
        }
        if let notice = agreementNotice(data, splits) { report.append(.notice(notice)) }
        return report
    }

    /// What stands between the pipelines of some parts and the network in use; `nil` without one, or when all is well.
    func agreementNotice(_ data: Dataset, _ splits: [Split]) -> Notice? {
        guard let current = currentNetwork else {
            let loose = splits.filter { data.transform($0).map { $0.fixedSize == nil } ?? false }
            return loose.isEmpty
                ? nil
                : Notice(
                    .warning,
                    ["the \(loose.map(\.rawValue).joined(separator: " and ")) pictures keep different sizes, and a batch needs one: end with CenterCrop(224)"])
        }
        let found = current.network.model.agreement(with: data).filter { splits.contains($0.split) && $0.isOwn }
        let lines = found.flatMap { one in
            (one.problem.map { ["\(current.name) can't take the \(one.split.rawValue) pictures: \($0)"] } ?? []) + one.warnings.map(\.description)
        }
        return lines.isEmpty ? nil : Notice(.warning, lines)
    }
}
