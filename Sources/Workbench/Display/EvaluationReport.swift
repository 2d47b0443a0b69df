import Learning
import Presentation

/// An evaluation as it is read: accuracy with its interval first, then what it hides.
struct EvaluationReport {
    let evaluation: Evaluation
    let network: String
    let data: String
    var views = 1
    var limit = 60

    var report: Report {
        var report = Report([.heading(heading), .facts(facts), .table(classes)])
        let pairs = evaluation.mostConfused().prefix(5)
        if !pairs.isEmpty, evaluation.classes.count > 2 { report.append(.table(confused(Array(pairs)))) }
        if !warnings.isEmpty { report.append(.notice(Notice(.warning, warnings))) }
        return report
    }

    private var heading: String {
        let split = evaluation.split.map { ", \($0.rawValue)" } ?? ""
        let augmented = views > 1 ? ", mean of the picture and its mirror image" : ""
        return "\(network) on \(data)\(split): \(Format.counted(evaluation.count, "picture"))\(augmented)"
    }

    private var facts: [(String, String)] {
        let accuracy = evaluation.accuracy
        var facts = [
            (
                "accuracy",
                "\(Format.percent(accuracy.estimate))  (\(accuracy.successes) of \(accuracy.count); 95 % interval \(accuracy.written))"
            )
        ]
        if evaluation.classes.count > 5 {
            let top = evaluation.topAccuracy(5)
            facts.append(("top 5", "\(Format.percent(top.estimate)), interval \(top.written)"))
        }
        facts += [
            ("loss", Format.fixed(evaluation.loss, 4)),
            ("balanced", "\(Format.percent(evaluation.balancedAccuracy)), the mean of the classes' recalls"),
            ("macro F1", Format.fixed(evaluation.macroF1, 3)),
            ("baseline", "\(Format.percent(evaluation.majorityBaseline)) by always saying the largest class"),
            ("calibration", "confidence is off by \(Format.percent(evaluation.expectedCalibrationError())) on average"),
        ]
        return facts
    }

    private var classes: Table {
        let scores = evaluation.classScores
        func cell(_ value: Double) -> Table.Cell {
            Table.Cell(value.isFinite ? Format.fixed(value, 3) : "–", bar: value.isFinite ? value : 0)
        }
        return Table(
            [
                Table.Column("class"), Table.Column("pictures", .right), Table.Column("precision"), Table.Column("recall"),
                Table.Column("F1"),
            ],
            rows: scores.map {
                [Table.Cell($0.name), Table.Cell(Format.count($0.support)), cell($0.precision), cell($0.recall), cell($0.f1)]
            },
            limit: limit)
    }

    private func confused(_ pairs: [Evaluation.Confusion]) -> Table {
        Table(
            [Table.Column("class"), Table.Column("taken for"), Table.Column("times", .right)], caption: "most confused",
            rows: pairs.map {
                [
                    Table.Cell(evaluation.classes[$0.label]), Table.Cell(evaluation.classes[$0.predicted]),
                    Table.Cell("\($0.count)"),
                ]
            })
    }

    private var warnings: [String] {
        var lines: [String] = []
        if !evaluation.failures.isEmpty, let first = evaluation.failures.first {
            lines.append(
                "\(Format.counted(evaluation.failures.count, "picture")) could not be read and don't count, the first is \(first.path): \(first.reason)"
            )
        }
        if evaluation.count > 0, evaluation.accuracy.low <= evaluation.majorityBaseline, evaluation.accuracy.estimate < 1 {
            lines.append("the interval reaches down to the baseline: this may be no better than always saying the largest class")
        }
        return lines
    }
}
