import CommandLanguage
import Execution
import Learning
import Presentation

/// `set seed 1`
enum SetVerb: Verb {
    static let declaration = VerbDeclaration(
        "set", group: "session", "Changes a setting of the session; alone, lists them all.",
        discussion: "`none` takes a setting back to what it was at the start.\n\n"
            + Setting.allCases.map { "- `\($0.rawValue)`: \($0.help) (\($0.type.described))" }.joined(separator: "\n"),
        parameters: [
            .positional("name", .choice(Setting.allCases.map(\.rawValue)), "which setting"),
            .positional(
                "value", .depends(on: "name", Dictionary(uniqueKeysWithValues: Setting.allCases.map { ($0.rawValue, $0.type) })),
                "its new value"),
        ], examples: ["set", "set seed 1", "set threads 2", "set device openblas", "set exact true", "set rows 20"])

    static func run(_ call: BoundCall, in session: Session) throws {
        guard let name = call.optionalText("name"), let setting = Setting(rawValue: name) else {
            return session.output.result(session.settingsTable.bundle)
        }
        guard call.isGiven("value") else {
            return session.output.result(
                MIMEBundle(plain: "\(name) \(setting.value(in: session.state)): \(setting.help.replacing("`", with: ""))"))
        }
        var state = session.state
        let before = setting.value(in: state)
        setting.apply(call.value("value"), to: &state)
        do throws(ExecutionError) { try state.trainer.options.check() } catch {
            throw session.diagnostic(for: error).located(at: call.span(of: "value"))
        }
        let after = setting.value(in: state)
        guard before != after else { return session.say(.info, "\(name) is \(after) already.") }
        session.state = state
        var lines = ["\(name): \(after) (was \(before))"]
        if let note = note(setting, session.state) { lines.append(note) }
        session.say(.done, lines: lines)
    }

    /// What somebody should know who sets this now.
    private static func note(_ setting: Setting, _ state: SessionState) -> String? {
        let networks = state.order.filter { state.values[$0]?.object is NetworkObject }
        guard setting == .seed, !networks.isEmpty else { return nil }
        return
            "\(Session.listed(networks)) \(networks.count == 1 ? "keeps its" : "keep their") weights; what is random from now on follows the new seed"
    }
}
