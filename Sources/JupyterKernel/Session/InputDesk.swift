import JupyterProtocol
import Synchronization

/// Where a running cell waits for what its user types.
final class InputDesk: Sendable {
    private struct Reply: Sendable {
        var text: String
        var sender: [[UInt8]]
    }

    private let replies = Mailbox<Reply>()

    /// A user's answer came in.
    ///
    /// - Parameter sender: the identities that came with it.
    func deliver(_ text: String, from sender: [[UInt8]]) { replies.put(Reply(text: text, sender: sender)) }

    /// Posts a question and waits for its answer.
    ///
    /// - Parameters:
    ///   - asked: the identities of the front-end that is asked; what others say is no answer.
    ///   - post: sends the question.
    func ask(_ asked: [[UInt8]], _ post: () -> Void, isInterrupted: () -> Bool) throws(InputError) -> String {
        // An answer to an earlier question, which was interrupted, must not answer this one.
        replies.removeAll()
        post()
        while !isInterrupted() {
            if let reply = replies.take(within: 20), reply.sender == asked {
                guard reply.text != "\u{4}" else { throw .ended }
                return reply.text
            }
        }
        throw .interrupted
    }
}
