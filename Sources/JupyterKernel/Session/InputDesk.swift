import JupyterProtocol
import Synchronization

/// Where a running cell waits for what its user types.
final class InputDesk: Sendable {
    private let replies = Mailbox<String>()

    /// The user's answer came in.
    func deliver(_ reply: String) { replies.put(reply) }

    /// Posts a question and waits for its answer.
    ///
    /// - Parameter post: sends the question.
    func ask(_ post: () -> Void, isInterrupted: () -> Bool) throws(InputError) -> String {
        // An answer to an earlier question, which was interrupted, must not answer this one.
        replies.removeAll()
        post()
        while !isInterrupted() {
            if let reply = replies.take(within: 20) {
                guard reply != "\u{4}" else { throw .ended }
                return reply
            }
        }
        throw .interrupted
    }
}
