/// Whether a cell can be run as it stands, for consoles that ask after each line.
public enum Completeness: Sendable, Equatable {
    case complete
    /// A bracket or a text is open, or the line is continued: the next line begins with this indent.
    case incomplete(indent: String)
    case invalid

    /// Looks at a cell without running it.
    public init(of source: SourceText) {
        var lexer = Lexer(source)
        lexer.run()
        // A text that is still being written at the very end may yet be closed; anything else that can't be read stays wrong.
        let isOpenText = lexer.diagnostics.count == 1 && lexer.isInText
        if !lexer.diagnostics.isEmpty, !isOpenText {
            self = .invalid
        } else if isOpenText {
            self = .incomplete(indent: String(repeating: " ", count: 4 * min(lexer.depth, 16)))
        } else if lexer.depth > 0 || lexer.isContinued {
            self = .incomplete(indent: String(repeating: " ", count: 4 * min(max(lexer.depth, 1), 16)))
        } else {
            self = Parser.parse(source).diagnostics.isEmpty ? .complete : .invalid
        }
    }
}
