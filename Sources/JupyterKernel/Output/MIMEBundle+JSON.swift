import JupyterProtocol
import Presentation

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension MIMEBundle {
    /// The bundle as messages carry it: text as it is, bytes as base64, JSON as JSON.
    var json: JSON {
        JSON(
            contents.reduce(into: [String: JSON]()) { members, entry in
                switch entry.value {
                case .text(let text) where entry.key == "application/json" || entry.key.hasSuffix("+json"):
                    // Text that is no JSON after all is shown as text.
                    members[entry.key] = (try? JSON(parsing: text)) ?? .string(text)
                case .text(let text): members[entry.key] = .string(text)
                case .bytes(let bytes): members[entry.key] = .string(Data(bytes).base64EncodedString())
                }
            })
    }
}
