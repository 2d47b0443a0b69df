import Dispatch
import Foundation
import Synchronization
import Testing

@testable import Workbench

/// What is saved of a session when the process dies.
@Suite struct RescueTests {
    @Test func anEmptySessionHasNothingToSave() throws {
        try ScratchFolder.use { _ in #expect(Desk().session.rescue == nil) }
    }

    /// A rescue is of the moment at which it was made, may be used on any thread, and can be loaded.
    @Test func itIsTheSessionOfItsMoment() throws {
        try ScratchFolder.use { folder in
            try folder.fill(train: 4, val: 2)
            let desk = Desk()
            try desk.prepare("net")
            desk.run("train net on bees epochs=1 batch_size=4; kept = 7")
            let names = desk.run("names")
            let rescue = try #require(desk.session.rescue)
            let bias = try #require(desk.session.object(named: "net") as? NetworkObject).model.parameters["fc.bias"]
            desk.run("train epochs=1; kept = 8; later = 9")

            // Twice, for a rescue of an earlier process may lie there.
            for _ in 0..<2 {
                let sentence = elsewhere(rescue)
                #expect(
                    sentence.contains("`load session from \".thaw/rescue\"`") && !sentence.contains("could not"), "\(sentence)")
            }
            let other = Desk()
            #expect(other.run("load session from \".thaw/rescue\"").contains("loaded"))
            #expect(other.run("names") == names)
            #expect(other.run("print kept").trimmingCharacters(in: .whitespacesAndNewlines) == "7")
            #expect(try #require(other.session.object(named: "net") as? NetworkObject).model.parameters["fc.bias"] == bias)
            #expect(other.session.state.trainer.epochCount == 1)
        }
    }

    /// Does something on a thread of its own.
    private func elsewhere(_ body: @escaping @Sendable () -> String) -> String {
        final class Answer: Sendable { let text = Mutex("") }
        let (answer, done) = (Answer(), DispatchSemaphore(value: 0))
        Thread.detachNewThread {
            let text = body()
            answer.text.withLock { $0 = text }
            done.signal()
        }
        done.wait()
        return answer.text.withLock { $0 }
    }

    @Test func itSaysWhereItCannotWrite() throws {
        try ScratchFolder.use { _ in
            let desk = Desk()
            desk.run("kept = 7")
            try Data("taken".utf8).write(to: URL(fileURLWithPath: ".thaw"))
            let rescue = try #require(desk.session.rescue)
            let sentence = rescue()
            #expect(sentence.hasPrefix("The session could not be saved: .thaw/rescue can't be written"), "\(sentence)")
        }
    }
}
