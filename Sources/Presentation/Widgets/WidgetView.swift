/// What a user did to a widget.
public struct WidgetEvent: Sendable, Equatable {
    /// The deed.
    public enum Action: Sendable, Equatable {
        case clicked
        case selected(Int?)
        case moved(Int)
        case toggled(Bool)
    }

    /// The key of the widget that was acted upon.
    public var key: String
    public var action: Action

    public init(key: String, action: Action) {
        self.key = key
        self.action = action
    }
}

/// A user interface that answers its user while the session computes.
///
/// A view is a pure function of immutable data: ``body(_:)`` draws a state, ``handle(_:_:)`` makes the next state of an
/// event. Neither touches the session, so both run at once on a thread of their own, during training as well.
public protocol InteractiveView: Sendable {
    /// What the user has chosen so far.
    associatedtype State: Sendable

    /// The state at first sight.
    var initialState: State { get }
    /// What is to be seen in a state.
    func body(_ state: State) -> Widget
    /// The state after an event.
    func handle(_ event: WidgetEvent, _ state: State) -> State
}

/// Something on display that its maker keeps up to date, such as the progress of a training.
///
/// Updates are cheap and may come at any rate: the newest is sent, at most ten times a second, and the last one always.
public protocol LiveView: AnyObject {
    /// Shows another tree in the place of the last one.
    func update(_ widget: Widget)
    /// Shows a last tree at once; later updates are ignored.
    func finish(_ widget: Widget)
}
