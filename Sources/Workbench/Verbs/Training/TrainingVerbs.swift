import CommandLanguage

/// The verbs about training, measuring and using what was trained.
enum TrainingVerbs {
    static var all: [any Verb<Session>.Type] {
        [
            Train.self, FineTune.self, FindRate.self, Advise.self, Resume.self, Evaluate.self, Predict.self, Explain.self,
            CompareRuns.self, ShowConfusion.self, ShowMistakes.self, ShowPredictions.self,
            ShowHistory.self,
            ShowCalibration.self,
        ]
    }
}
