import JupyterProtocol
import Presentation

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension MIMEBundle {
    /// Bytes of plain text that a notebook bears; longer text is folded in the middle.
    static let plainLimit = 100_000
    /// Bytes of any other form, as they are sent.
    static let formLimit = 8 << 20

    /// The bundle as messages carry it: text as it is, bytes as base64, JSON as JSON. What is too large for a notebook is
    /// folded or left out, and the plain form says so.
    var json: JSON {
        var members: [String: JSON] = [:]
        var omitted: [String] = []
        for (type, content) in contents where type != "text/plain" {
            guard content.sentBytes <= Self.formLimit else {
                omitted.append("[\(type) of \(content.sentBytes) bytes left out: a form has at most \(Self.formLimit)]")
                continue
            }
            switch content {
            case .text(let text) where type == "application/json" || type.hasSuffix("+json"):
                // Text that is no JSON after all is shown as text.
                members[type] = (try? JSON(parsing: text)) ?? .string(text)
            case .text(let text) where type == "text/html": members[type] = .string(Self.withoutMathematics(text))
            case .text(let text): members[type] = .string(text)
            case .bytes(let bytes): members[type] = .string(Data(bytes).base64EncodedString())
            }
        }
        members["text/plain"] = .string(([Self.folded(plain)] + omitted.sorted()).joined(separator: "\n"))
        return JSON(members)
    }

    /// JupyterLab would typeset what stands between two dollar signs of a page, be they parts of file names. The two classes are
    /// those that its versions of MathJax pass over.
    static func withoutMathematics(_ html: String) -> String {
        "<div class=\"mathjax_ignore tex2jax_ignore\">\(html)</div>"
    }

    /// A text of bearable length: its beginning, how much is left out, and its end.
    static func folded(_ text: String) -> String {
        guard text.utf8.count > plainLimit else { return text }
        let beginning = text.beginning(bytes: plainLimit * 3 / 4)
        let end = text.end(bytes: plainLimit / 4)
        return "\(beginning)\n… \(text.utf8.count - beginning.utf8.count - end.utf8.count) bytes left out …\n\(end)"
    }
}

extension MIMEBundle.Content {
    fileprivate var sentBytes: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .bytes(let bytes): (bytes.count + 2) / 3 * 4
        }
    }
}
