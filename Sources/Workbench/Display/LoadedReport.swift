import Checkpoints
import Learning
import Presentation

/// What a load found: four lists with counts and the share of the network's values.
struct LoadedReport {
    private let report: LoadReport
    private let name: String
    private let heading: String
    private let isTaken: Bool
    /// What the tensors come from, as a noun: `file`, `state_dict`.
    private let noun: String

    init(_ report: LoadReport, name: String, source: String, noun: String = "file", isTaken: Bool) {
        self.noun = noun
        self.report = report
        self.isTaken = isTaken
        self.name = name
        heading = "\(source) → \(name)"
    }

    /// `loaded 60 of 62 tensors (99.8 % of the values), 2 missing, 2 unexpected`
    static func counts(_ report: LoadReport) -> String {
        let wanted = report.loaded.count { !$0.name.hasSuffix("num_batches_tracked") } + report.missing.count + report.wrongShape.count
        let fitting = wanted - report.missing.count - report.wrongShape.count
        var parts = ["\(Format.count(fitting)) of \(Format.counted(wanted, "tensor")) (\(share(report)) of the values)"]
        if !report.missing.isEmpty { parts.append("\(report.missing.count) missing") }
        if !report.wrongShape.isEmpty { parts.append("\(report.wrongShape.count) of another shape") }
        if !report.unexpected.isEmpty { parts.append("\(report.unexpected.count) unexpected") }
        return parts.joined(separator: ", ")
    }

    /// The share of the values that fit; what isn't all is never called 100 %.
    private static func share(_ report: LoadReport) -> String {
        if report.share < 1, report.share >= 0.9995 { return "more than 99.9 %" }
        if report.share > 0, report.share < 0.0005 { return "less than 0.1 %" }
        return Format.percent(report.share)
    }

    var bundle: MIMEBundle {
        var table = Table(
            [.init(""), .init("tensors", .right), .init("which")], caption: heading)
        let loaded = report.loaded.filter { !$0.name.hasSuffix("num_batches_tracked") }
        table.rows = [
            row(isTaken ? "loaded" : "fitting", loaded.map { $0.name == $0.source ? $0.name : "\($0.source) → \($0.name)" }, .good),
            row("missing in the \(noun)", report.missing, .warning),
            row("unexpected in the \(noun)", report.unexpected.map { "\($0.name) (\($0.shape))" }, .warning),
            row("of another shape", report.wrongShape.map { "\($0.name): \(noun) \($0.found), network \($0.expected)" }, .bad),
        ]
        return Report([.table(table), .text("\(Self.share(report)) of \(name)'s \(Format.count(report.wantedElements)) values")]).bundle
    }

    private func row(_ title: String, _ names: [String], _ mood: Mood) -> [Table.Cell] {
        [
            .init(title, strong: true), .init(Format.count(names.count), mood: names.isEmpty ? .muted : mood),
            .init(names.isEmpty ? "" : Session.listed(names, limit: 6)),
        ]
    }
}
