import Checkpoints
import Learning
import Presentation

/// What a load found: four lists with counts and the share of the network's values.
struct LoadedReport {
    private let report: LoadReport
    private let heading: String
    private let isTaken: Bool

    init(_ report: LoadReport, name: String, source: String, isTaken: Bool) {
        self.report = report
        self.isTaken = isTaken
        heading = "\(source) → \(name)"
    }

    /// `loaded 60 of 62 tensors (99.8 % of the values), 2 missing, 2 unexpected`
    static func counts(_ report: LoadReport) -> String {
        let wanted = report.loaded.count { !$0.name.hasSuffix("num_batches_tracked") } + report.missing.count + report.wrongShape.count
        let fitting = wanted - report.missing.count - report.wrongShape.count
        var parts = ["\(Format.count(fitting)) of \(Format.counted(wanted, "tensor")) (\(Format.percent(report.share)) of the values)"]
        if !report.missing.isEmpty { parts.append("\(report.missing.count) missing") }
        if !report.wrongShape.isEmpty { parts.append("\(report.wrongShape.count) of another shape") }
        if !report.unexpected.isEmpty { parts.append("\(report.unexpected.count) unexpected") }
        return parts.joined(separator: ", ")
    }

    var bundle: MIMEBundle {
        var table = Table(
            [.init(""), .init("tensors", .right), .init("which")], caption: heading)
        let loaded = report.loaded.filter { !$0.name.hasSuffix("num_batches_tracked") }
        table.rows = [
            row(isTaken ? "loaded" : "fitting", loaded.map { $0.name == $0.source ? $0.name : "\($0.source) → \($0.name)" }, .good),
            row("missing in the file", report.missing, .warning),
            row("unexpected in the file", report.unexpected.map { "\($0.name) (\($0.shape))" }, .warning),
            row("of another shape", report.wrongShape.map { "\($0.name): file \($0.found), network \($0.expected)" }, .bad),
        ]
        return Report([.table(table), .text("\(Format.percent(report.share)) of the network's \(Format.count(report.wantedElements)) values")]).bundle
    }

    private func row(_ title: String, _ names: [String], _ mood: Mood) -> [Table.Cell] {
        [
            .init(title, strong: true), .init(Format.count(names.count), mood: names.isEmpty ? .muted : mood),
            .init(names.isEmpty ? "" : Session.listed(names, limit: 6)),
        ]
    }
}
