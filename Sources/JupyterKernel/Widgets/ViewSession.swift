import Presentation
import Synchronization

/// A view with what its user has chosen in it so far.
final class ViewSession: Sendable {
    private let handler: @Sendable (WidgetEvent) -> Void
    private let drawer: @Sendable () -> Widget

    init<View: InteractiveView>(_ view: View) {
        let state = Shared(view.initialState)
        handler = { event in
            let next = view.handle(event, state.value)
            state.value = next
        }
        drawer = { view.body(state.value) }
    }

    /// Lets the view answer an event. Called on the fast lane only, so events come one at a time.
    func handle(_ event: WidgetEvent) { handler(event) }

    /// What is to be seen now.
    func body() -> Widget { drawer() }

    private final class Shared<Value: Sendable>: Sendable {
        private let stored: Mutex<Value>

        init(_ value: Value) { stored = Mutex(value) }

        var value: Value {
            get { stored.withLock { $0 } }
            set { stored.withLock { $0 = newValue } }
        }
    }
}
