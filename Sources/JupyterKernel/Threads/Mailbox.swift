import Synchronization

/// What threads leave for one other thread, in order.
final class Mailbox<Item: Sendable>: Sendable {
    private struct Queue {
        var items: [Item] = []
        /// Items of the beginning that have been taken already.
        var head = 0

        /// Thousands of cells may wait: taking one must not move the others.
        mutating func first() -> Item? {
            guard head < items.count else { return nil }
            let item = items[head]
            head += 1
            if head == items.count || head >= 256 {
                items.removeFirst(head)
                head = 0
            }
            return item
        }
    }

    private let queue = Mutex(Queue())
    private let bell = Doorbell()

    func put(_ item: Item) {
        queue.withLock { $0.items.append(item) }
        bell.ring()
    }

    /// Waits for an item and takes it.
    func take() -> Item {
        while true {
            bell.wait()
            // A ring can outlive its item, which `removeAll` took.
            if let item = queue.withLock({ $0.first() }) { return item }
        }
    }

    /// Takes an item within so many milliseconds, or nothing.
    func take(within milliseconds: Int) -> Item? {
        let deadline = Moment.now() + milliseconds
        while true {
            let left = deadline.milliseconds(from: .now())
            guard bell.wait(milliseconds: left) else { return nil }
            if let item = queue.withLock({ $0.first() }) { return item }
        }
    }

    /// Takes all items that fulfil a condition.
    @discardableResult
    func removeAll(where condition: (Item) -> Bool = { _ in true }) -> [Item] {
        queue.withLock { queue in
            let waiting = Array(queue.items[queue.head...])
            queue.items = waiting.filter { !condition($0) }
            queue.head = 0
            return waiting.filter(condition)
        }
    }
}
