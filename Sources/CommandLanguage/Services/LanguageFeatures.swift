public import Presentation

/// What front-ends ask about a cell that isn't run: completion, inspection, completeness.
///
/// Needs nothing but declarations and a picture of the session, so that it may answer while the session trains. Positions are counted in
/// Unicode scalars, as the Jupyter protocol does.
public struct LanguageFeatures: Sendable {
    private let vocabulary: Vocabulary
    private let facts: SessionFacts

    public init(_ vocabulary: Vocabulary, facts: SessionFacts) {
        self.vocabulary = vocabulary
        self.facts = facts
    }

    /// What may stand at the cursor, best first, and what of the source it would replace.
    public func complete(_ source: String, atScalar cursor: Int) -> (
        matches: [(text: String, kind: String)], range: Range<Int>
    ) {
        let text = SourceText(source)
        let offset = text.offset(ofScalar: cursor)
        let site = CursorSite(text, at: offset, vocabulary, facts)
        let matches = Completer(vocabulary: vocabulary, facts: facts, site: site).matches
        let start = text.scalarCount(before: site.span.start)
        return (matches.map { ($0.text, $0.kind) }, start..<max(start, text.scalarCount(before: site.span.end)))
    }

    /// What is known of the thing at the cursor; `nil` if nothing stands there.
    ///
    /// - Parameter detail: 0 for the most important, 1 for the whole page.
    public func inspect(_ source: String, atScalar cursor: Int, detail: Int) -> MIMEBundle? {
        let text = SourceText(source)
        return Inspector(vocabulary: vocabulary, facts: facts, source: text, offset: text.offset(ofScalar: cursor)).bundle(brief: detail < 1)
    }

    /// Whether a cell can be run as it stands.
    public func completeness(of source: String) -> Completeness { Completeness(of: SourceText(source)) }
}
