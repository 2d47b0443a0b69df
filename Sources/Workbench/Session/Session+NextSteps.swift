/// What somebody might do next.
extension Session {
    public func nextSteps() -> [(cell: String, why: String)] { [] }
}
