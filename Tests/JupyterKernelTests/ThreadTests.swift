import Dispatch
import Testing

@testable import JupyterKernel

/// How threads wake each other.
@Suite struct ThreadTests {
    @Test func eachRingEndsOneWait() {
        let bell = Doorbell()
        bell.ring()
        bell.ring()
        bell.wait()
        #expect(bell.wait(milliseconds: 0), "also when it came first")
        #expect(!bell.wait(milliseconds: 1))
    }

    @Test func aRingEndsAWaitThatHasBegun() {
        let (bell, answer) = (Doorbell(), Doorbell())
        DispatchQueue.global().async {
            bell.wait()
            answer.ring()
        }
        bell.ring()
        #expect(answer.wait(milliseconds: Pause.longest * 1000))
    }

    @Test func aWaitEndsInTime() {
        let bell = Doorbell()
        let start = Moment.now()
        #expect(!bell.wait(milliseconds: 30))
        #expect(Moment.now() >= start + 30)
    }
}
