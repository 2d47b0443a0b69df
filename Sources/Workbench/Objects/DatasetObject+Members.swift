import CommandLanguage
import Imaging
import Learning
import Presentation

/// What completion and inspection know of a data set.
extension DatasetObject {
    func members(at path: [String]) -> [Member] {
        switch path.count {
        case 0:
            let decoding = dataset.decoding
            return dataset.splits.map { Member($0.rawValue, kind: "split", detail: Format.counted(dataset[$0].count, "picture")) }
                + DatasetPlace.Property.ofDataset.map { property in
                    let detail =
                        switch property {
                        case .classes: Session.listed(dataset.classes, limit: 4)
                        case .count: Format.counted(dataset.count, "picture")
                        case .transform: "of every part"
                        case .mode: decoding.mode == .rgb ? "RGB" : "L"
                        case .exif: decoding.exif.rawValue
                        case .root: dataset.root
                        case .skipped: Format.counted(dataset.skipped.count, "path")
                        default: ""
                        }
                    return Member(property.rawValue, kind: "property", detail: detail)
                }
        case 1 where path[0] == "classes":
            return dataset.splits.first.map { DatasetPartObject.classes(of: dataset[$0]) } ?? []
        case 1:
            guard let split = Split(folderName: path[0]), dataset.splits.contains(split) else { return [] }
            return DatasetPartObject.members(of: dataset[split])
        default:
            guard let split = Split(folderName: path[0]), dataset.splits.contains(split), path.count == 2, path[1] == "classes" else { return [] }
            return DatasetPartObject.classes(of: dataset[split])
        }
    }

    func inspection(at path: [String]) -> MIMEBundle? {
        guard let first = path.first else {
            return Report([.text("\(dataset.name): \(summary)"), .facts(facts), .table(countTable(limit: 12))]).bundle
        }
        if let split = Split(folderName: first), dataset.splits.contains(split) {
            let part = DatasetPartObject(dataset, split)
            let transform = dataset.transform(split).map { $0.transforms.map(\.cell).joined(separator: ", ") } ?? "the network's own"
            return path.count == 1 || path.count == 2 && path[1] == "transform"
                ? Report([.text(part.summary), .facts([("transform", transform)])]).bundle : nil
        }
        guard let property = DatasetPlace.Property(first), path.count == 1, DatasetPlace.Property.ofDataset.contains(property) else { return nil }
        return members(at: []).first { $0.name == property.rawValue }.map { MIMEBundle(plain: "\($0.name): \($0.detail)") }
    }

    private var facts: [(String, String)] {
        [
            ("folder", dataset.root), ("colour mode", dataset.decoding.mode == .rgb ? "RGB" : "L"),
            ("EXIF orientation", dataset.decoding.exif == .apply ? "applied" : "ignored"),
            ("skipped", Format.counted(dataset.skipped.count, "path")),
        ]
    }

    /// Pictures by class and part.
    func countTable(limit: Int = 60) -> Table {
        let splits = dataset.splits
        let hasSeveral = splits.count > 1
        let counts = splits.map { dataset[$0].classCounts }
        let columns = [Table.Column("class")] + splits.map { Table.Column($0.rawValue, .right) } + (hasSeveral ? [Table.Column("all", .right)] : [])
        let most = max(counts.flatMap { $0 }.max() ?? 1, 1)
        // Of a choice of pictures, only the classes that it has.
        let labels = dataset.classes.indices.filter { label in hasSeveral || splits.isEmpty || counts[0][label] > 0 }
        let rows = labels.map { label -> [Table.Cell] in
            let numbers = counts.map { $0[label] }
            return [Table.Cell(dataset.classes[label])]
                + numbers.map { Table.Cell(Format.count($0), bar: Double($0) / Double(most), mood: $0 == 0 ? .bad : .plain) }
                + (hasSeveral ? [Table.Cell(Format.count(numbers.reduce(0, +)), strong: true)] : [])
        }
        let totals = counts.map { Table.Cell(Format.count($0.reduce(0, +)), strong: true) }
        let sum = hasSeveral ? [Table.Cell(Format.count(dataset.count), strong: true)] : []
        return Table(columns, rows: rows, footer: labels.count > 1 ? [Table.Cell("all")] + totals + sum : [], limit: limit)
    }
}
