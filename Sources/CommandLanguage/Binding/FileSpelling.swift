#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The nearest right spelling of a file that was asked for and isn't there.
enum FileSpelling {
    /// The error of a verb or constructor about a file, placed at the argument, with files of that folder that may have been meant.
    static func advised(_ diagnostic: Diagnostic, _ call: BoundCall, _ parameters: [Parameter]) -> Diagnostic {
        guard diagnostic.kind == .file, diagnostic.suggestions.isEmpty else { return diagnostic }
        for parameter in parameters where parameter.type.isFile && call.isGiven(parameter.name) {
            for case .text(let path) in call.list(parameter.name) where isMissing(path) {
                var copy = diagnostic
                copy.suggestions = nearest(to: path).map { Value.text($0).source }
                // Of several files the statement shows which.
                if copy.span == nil || copy.span == call.span { copy.span = call.span(of: parameter.name) }
                return copy
            }
        }
        return diagnostic
    }

    private static func isMissing(_ path: String) -> Bool {
        !path.isEmpty && !path.contains { "*?[\0".contains($0) } && !FileManager.default.fileExists(atPath: expanded(path))
    }

    private static func expanded(_ path: String) -> String {
        path.hasPrefix("~/") ? FileManager.default.homeDirectoryForCurrentUser.path + path.dropFirst(1) : path
    }

    /// Paths that differ in one step only, the first that is wrong: what follows it is kept if it is there.
    static func nearest(to path: String) -> [String] {
        var good = path.hasPrefix("/") ? "/" : ""
        var steps = path.split(separator: "/").map(String.init)[...]
        while let step = steps.first, FileManager.default.fileExists(atPath: expanded(good + step)) {
            good += step + "/"
            steps = steps.dropFirst()
        }
        guard let wrong = steps.first else { return [] }
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: good.isEmpty ? "." : expanded(good))) ?? []
        let rest = steps.dropFirst().map { "/" + $0 }.joined()
        // Folders of pictures are large: so many names are looked at.
        return Spelling.nearest(to: wrong, among: entries.filter { !$0.hasPrefix(".") }.prefix(20_000))
            .map { good + $0 + rest }.filter { FileManager.default.fileExists(atPath: expanded($0)) }
    }
}

extension ParameterType {
    /// Whether a text may be a file's path.
    fileprivate var isFile: Bool {
        switch self {
        case .file: true
        case .list(let element): element.isFile
        case .oneOf(let types): types.contains { $0.isFile }
        default: false
        }
    }
}
