/// The end of a session.
extension Session {
    /// Saves what must outlive the session: called before the process ends, also in the middle of a training.
    public func prepareToEnd() {}
}
