public import Presentation

/// What a running cell shows and asks. Used on the session thread, within `execute` only, except where a ``LiveView`` or
/// an ``InteractiveView`` lives on after it.
public protocol ExecutionOutput: AnyObject {
    /// Appends text to one of the cell's two streams. Text is gathered and sent a few times a second.
    func write(_ text: String, to stream: OutputStream)

    /// Shows something.
    /// - Parameter id: a name under which ``updateDisplay(_:id:)`` can replace it later.
    func display(_ bundle: MIMEBundle, id: String?)

    /// Replaces whatever was shown under a name, in every cell.
    func updateDisplay(_ bundle: MIMEBundle, id: String)

    /// Shows the value of the cell, marked with its number.
    func result(_ bundle: MIMEBundle)

    /// Removes what the cell has shown so far; with `wait`, only when the next output comes.
    func clearOutput(wait: Bool)

    /// Shows a tree of widgets that the caller keeps up to date.
    func show(_ widget: Widget) -> any LiveView

    /// Shows a view that answers its user, also while later cells run.
    func show(_ view: some InteractiveView)

    /// Asks the user for a line of text and waits for it.
    ///
    /// - Throws: ``InputError`` if nobody can be asked, the user stopped the cell, or the input ended.
    func ask(_ prompt: String, isPassword: Bool) throws(InputError) -> String

    /// Shows a text in the front-end's pager (help), beside the notebook.
    func page(_ bundle: MIMEBundle)

    /// Puts text into the next cell, or into this one.
    func setNextInput(_ text: String, replacingThisCell: Bool)

    /// Makes what the session knows now available to completion and inspection before the cell ends.
    func publish(_ service: any LanguageService)
}

extension ExecutionOutput {
    /// Shows something that is not replaced later.
    public func display(_ bundle: MIMEBundle) { display(bundle, id: nil) }

    /// Appends text to the cell's standard output.
    public func write(_ text: String) { write(text, to: .output) }

    /// Asks the user for a line of text.
    public func ask(_ prompt: String) throws(InputError) -> String { try ask(prompt, isPassword: false) }
}

/// One of a cell's two streams of text.
public enum OutputStream: String, Sendable, CaseIterable {
    case output = "stdout"
    case errors = "stderr"
}

/// Why a question got no answer.
public enum InputError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The front-end said that it can't ask its user.
    case notAllowed
    /// The user stopped the cell instead.
    case interrupted
    /// The user ended the input (Control-D).
    case ended

    public var description: String {
        switch self {
        case .notAllowed: "This front-end can't ask questions; run the cell from a notebook or a console."
        case .interrupted: "The question was interrupted."
        case .ended: "The input ended before an answer came."
        }
    }
}
