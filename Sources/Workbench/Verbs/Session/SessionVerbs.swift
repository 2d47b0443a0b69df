import CommandLanguage

/// The verbs about the session itself, and those that work on anything.
enum SessionVerbs {
    static var all: [any Verb<Session>.Type] {
        [
            Show.self, Explore.self, Status.self, Names.self, Print.self, HelpVerb.self, SetVerb.self, Snapshot.self, Undo.self,
            Delete.self, Reset.self,
            CellHistory.self, RunFile.self, SaveSession.self, LoadSession.self,
        ]
    }
}
