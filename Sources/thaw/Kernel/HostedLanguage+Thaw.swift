import CommandLanguage
import Foundation
import JupyterKernel
import Presentation
import Workbench

extension HostedLanguage {
    /// The language of this kernel.
    ///
    /// - Parameter environment: where sessions find weights and keep their files.
    static func thaw(environment: [String: String] = ProcessInfo.processInfo.environment) -> HostedLanguage {
        HostedLanguage(
            info: LanguageInfo(
                implementation: "thaw", implementationVersion: Thaw.version, name: "thaw", version: Thaw.version, mimeType: "text/x-thaw",
                fileExtension: ".thaw", pygmentsLexer: "thaw", codeMirrorMode: "thaw",
                banner: "Thaw \(Thaw.version): image transfer learning. `help` explains, Tab completes.",
                helpLinks: [
                    .init("Transfer learning, by PyTorch", url: "https://docs.pytorch.org/tutorials/beginner/transfer_learning_tutorial.html"),
                    .init("torchvision's models", url: "https://docs.pytorch.org/vision/stable/models.html"),
                ]),
            service: SessionService(LanguageFeatures(Session.vocabulary, facts: SessionFacts())),
            makeInterpreter: { SessionInterpreter(environment: environment) })
    }
}

/// What completion and inspection know, for the wire thread.
struct SessionService: LanguageService {
    private let features: LanguageFeatures

    init(_ features: LanguageFeatures) { self.features = features }

    func complete(_ code: String, at cursor: Int) -> Completion {
        let found = features.complete(code, atScalar: cursor)
        return Completion(found.matches.map { Completion.Match($0.text, kind: $0.kind) }, replacing: found.range)
    }

    func inspect(_ code: String, at cursor: Int, detail: Int) -> MIMEBundle? { features.inspect(code, atScalar: cursor, detail: detail) }

    func completeness(of code: String) -> JupyterKernel.Completeness {
        switch features.completeness(of: code) {
        case .complete: .complete
        case .incomplete(let indent): .incomplete(indent: indent)
        case .invalid: .invalid
        }
    }
}
