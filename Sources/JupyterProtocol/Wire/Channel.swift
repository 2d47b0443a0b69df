/// One of the five conversations between a kernel and its front-ends.
public enum Channel: String, Sendable, CaseIterable {
    case shell, control, stdin, iopub
    case heartbeat = "hb"
}
