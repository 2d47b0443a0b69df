import CommandLanguage

/// The verbs about training, measuring and using what was trained.
enum TrainingVerbs {
    static var all: [any Verb<Session>.Type] {
        [
            Train.self, Evaluate.self, Predict.self, ShowConfusion.self, ShowMistakes.self, ShowPredictions.self,
            ShowHistory.self,
            ShowCalibration.self,
        ]
    }
}
