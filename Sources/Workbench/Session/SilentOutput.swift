public import CommandLanguage
public import Presentation

/// Shows nothing: between cells, and where nobody looks.
public final class SilentOutput: SessionOutput {
    public init() {}
    public func show(_ bundle: MIMEBundle) {}
    public func result(_ bundle: MIMEBundle) {}
    public func write(_ text: String) {}
    public func live(_ widget: Widget) -> any LiveView { SilentView() }
    public func explore(_ view: some InteractiveView) {}
    public func ask(_ prompt: String) throws(Diagnostic) -> String { throw Diagnostic(.state, "There is nobody to ask.") }

    private final class SilentView: LiveView {
        func update(_ widget: Widget) {}
        func finish(_ widget: Widget) {}
    }
}
