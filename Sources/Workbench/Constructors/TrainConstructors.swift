import CommandLanguage

/// Constructors of losses, optimisers, schedulers and mixes.
enum TrainConstructors {
    static var all: [any Constructor<Session>.Type] {
        [
            CrossEntropyConstructor.self, FocalConstructor.self,
            SGDConstructor.self, AdamConstructor.self, AdamWConstructor.self, RMSpropConstructor.self,
            StepConstructor.self, MultiStepConstructor.self, ExponentialConstructor.self, ConstantConstructor.self,
            LinearScheduleConstructor.self,
            CosineConstructor.self, WarmRestartsConstructor.self, OneCycleConstructor.self, PlateauConstructor.self,
            MixUpConstructor.self, CutMixConstructor.self,
        ]
    }
}
