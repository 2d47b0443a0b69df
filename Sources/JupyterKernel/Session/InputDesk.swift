import JupyterProtocol
import Synchronization

/// Where a running cell waits for what its user types.
final class InputDesk: Sendable {
    private struct Reply: Sendable {
        var text: String
        var sender: [[UInt8]]
        /// The id of the question; empty from front-ends that don't say it.
        var question: String
    }

    private let replies = Mailbox<Reply>()

    /// A user's answer came in.
    ///
    /// - Parameters:
    ///   - sender: the identities that came with it.
    ///   - question: the id of the message that it says to answer; some clients say none, and it is empty.
    func deliver(_ text: String, from sender: [[UInt8]], answering question: String) {
        replies.put(Reply(text: text, sender: sender, question: question))
    }

    /// Posts a question and waits for its answer.
    ///
    /// - Parameters:
    ///   - asked: the identities of the front-end that is asked; what others say is no answer.
    ///   - post: sends the question under an id.
    func ask(_ asked: [[UInt8]], _ post: (_ id: String) -> Void, isInterrupted: () -> Bool) throws(InputError) -> String {
        // An answer to an earlier question must not answer this one, whether it is here already or comes later.
        let id = UUIDText.random()
        replies.removeAll()
        post(id)
        while !isInterrupted() {
            if let reply = replies.take(within: 20), reply.sender == asked, reply.question.isEmpty || reply.question == id {
                guard reply.text != "\u{4}" else { throw .ended }
                return reply.text
            }
        }
        throw .interrupted
    }
}
