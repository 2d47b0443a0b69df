public import CommandLanguage
public import Presentation

/// Where a running cell shows things and asks: a notebook, a console, a test.
public protocol SessionOutput: AnyObject {
    /// Shows something.
    func show(_ bundle: MIMEBundle)
    /// Shows the value of the cell.
    func result(_ bundle: MIMEBundle)
    /// Appends text as it is.
    func write(_ text: String)
    /// Shows a tree that its maker keeps up to date, such as a progress bar.
    func live(_ widget: Widget) -> any LiveView
    /// Shows a view that answers its user, also after the cell has ended.
    func explore(_ view: some InteractiveView)
    /// Shows what was asked for with `?`, beside the notebook where there is such a place.
    func page(_ bundle: MIMEBundle)
    /// Asks a question and waits for a line of text.
    ///
    /// - Throws: a ``Diagnostic`` if nobody can be asked, or the user stopped the cell.
    func ask(_ prompt: String) throws(Diagnostic) -> String
}

extension SessionOutput {
    public func page(_ bundle: MIMEBundle) { show(bundle) }
}

/// How a cell ended.
public enum CellOutcome: Sendable {
    case done
    /// What is wrong, and how many statements before the failing one are done.
    case failed([Diagnostic], done: Int)
    case interrupted(done: Int)
}
