public import Presentation

/// What completion, inspection and "is this cell complete?" need of the session: an immutable picture of it.
///
/// It is used on the wire thread while the session computes, so every method must answer within a few milliseconds.
/// Cursor positions count Unicode scalars from the beginning of the cell.
public protocol LanguageService: Sendable {
    /// What may stand at the cursor.
    func complete(_ code: String, at cursor: Int) -> Completion
    /// What is known of the thing at the cursor, or nil.
    /// - Parameter detail: 0 for a short answer, 1 for everything.
    func inspect(_ code: String, at cursor: Int, detail: Int) -> MIMEBundle?
    /// Whether a console should run the text or ask for another line.
    func completeness(of code: String) -> Completeness
}

/// What may stand in a part of a cell.
public struct Completion: Sendable, Equatable {
    /// One candidate.
    public struct Match: Sendable, Equatable {
        /// The text to insert.
        public var text: String
        /// What it is, shown beside it: `function`, `keyword`, `path`, `instance`...
        public var kind: String

        public init(_ text: String, kind: String = "") {
            self.text = text
            self.kind = kind
        }
    }

    /// The candidates, best first.
    public var matches: [Match]
    /// The part of the cell that a candidate replaces, in Unicode scalars.
    public var range: Range<Int>

    public init(_ matches: [Match], replacing range: Range<Int>) {
        self.matches = matches
        self.range = range
    }
}

/// Whether a cell can be run as it stands.
public enum Completeness: Sendable, Equatable {
    case complete
    /// More lines are needed; the next begins with `indent`.
    case incomplete(indent: String)
    case invalid
    case unknown
}

/// How the kernel introduces itself and its language.
public struct LanguageInfo: Sendable, Equatable {
    /// A link in the front-end's Help menu.
    public struct HelpLink: Sendable, Equatable {
        public var text: String
        public var url: String

        public init(_ text: String, url: String) {
            self.text = text
            self.url = url
        }
    }

    /// The kernel's name, such as `thaw`, and its version.
    public var implementation: String
    public var implementationVersion: String
    /// The language's name and version.
    public var name: String
    public var version: String
    public var mimeType: String
    /// With the dot.
    public var fileExtension: String
    /// The name of a Pygments lexer, for nbconvert and the console.
    public var pygmentsLexer: String?
    /// The name of a CodeMirror mode, for notebooks.
    public var codeMirrorMode: String?
    /// What a console says at its start.
    public var banner: String
    public var helpLinks: [HelpLink]

    public init(
        implementation: String, implementationVersion: String, name: String, version: String, mimeType: String,
        fileExtension: String, pygmentsLexer: String? = nil, codeMirrorMode: String? = nil, banner: String,
        helpLinks: [HelpLink] = []
    ) {
        self.implementation = implementation
        self.implementationVersion = implementationVersion
        self.name = name
        self.version = version
        self.mimeType = mimeType
        self.fileExtension = fileExtension
        self.pygmentsLexer = pygmentsLexer
        self.codeMirrorMode = codeMirrorMode
        self.banner = banner
        self.helpLinks = helpLinks
    }
}
