import CommandLanguage

/// The verbs about networks, their parts and weights.
enum NetworkVerbs {
    static var all: [any Verb<Session>.Type] {
        [
            Freeze.self, Unfreeze.self, Params.self, Load.self, Save.self, Export.self, ShowFilters.self, ShowFeatures.self, ShowActivations.self,
            ShowGraph.self, Compare.self, Embed.self, Neighbours.self, ShowEmbedding.self, Probe.self,
        ]
    }
}
