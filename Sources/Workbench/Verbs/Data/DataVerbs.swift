import CommandLanguage

/// The verbs about data sets and pictures.
enum DataVerbs {
    static var all: [any Verb<Session>.Type] {
        [
            ShowBatch.self, ShowAugment.self, Check.self, SplitVerb.self, QuarantineVerb.self, Relabel.self, ComputeNormalisation.self,
        ]
    }
}
