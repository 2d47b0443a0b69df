import Synchronization

/// What threads leave for one other thread, in order.
final class Mailbox<Item: Sendable>: Sendable {
    private let items = Mutex<[Item]>([])
    private let bell = Doorbell()

    func put(_ item: Item) {
        items.withLock { $0.append(item) }
        bell.ring()
    }

    /// Waits for an item and takes it.
    func take() -> Item {
        while true {
            bell.wait()
            // A ring can outlive its item, which `removeAll` took.
            if let item = items.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { return item }
        }
    }

    /// Takes an item within so many milliseconds, or nothing.
    func take(within milliseconds: Int) -> Item? {
        let deadline = Moment.now() + milliseconds
        while true {
            let left = deadline.milliseconds(from: .now())
            guard bell.wait(milliseconds: left) else { return nil }
            if let item = items.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { return item }
        }
    }

    /// Takes all items that fulfil a condition.
    @discardableResult
    func removeAll(where condition: (Item) -> Bool = { _ in true }) -> [Item] {
        items.withLock { items in
            let taken = items.filter(condition)
            items.removeAll(where: condition)
            return taken
        }
    }

    /// Whether an item that fulfils a condition waits.
    func contains(where condition: (Item) -> Bool) -> Bool {
        items.withLock { $0.contains(where: condition) }
    }
}
