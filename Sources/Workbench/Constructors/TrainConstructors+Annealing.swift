import CommandLanguage
import NeuralNetworks

/// `CosineAnnealingLR`.
enum CosineConstructor: Constructor {
    static let declaration = ConstructorDeclaration(
        "CosineAnnealingLR", kind: "scheduler", "Lowers the rates along half a cosine.",
        parameters: [
            .positional("T_max", .positive, defaultText: "the training's epochs", "epochs to the lowest rate"),
            .option("eta_min", .rate, default: .number(0), "the lowest rate"),
        ] + Warmup.parameters, examples: ["CosineAnnealingLR", "CosineAnnealingLR(T_max=10, warmup=1)"])

    static func make(_ call: BoundCall, in session: Session) throws -> Value {
        try Warmup.object(.cosineAnnealing(period: call.optionalInteger("T_max"), minimum: try call.number("eta_min")), call)
    }
}

/// `CosineAnnealingWarmRestarts`.
enum WarmRestartsConstructor: Constructor {
    static let declaration = ConstructorDeclaration(
        "CosineAnnealingWarmRestarts", kind: "scheduler",
        "Lowers the rates along half a cosine, again and again (Loshchilov, Hutter 2017).",
        parameters: [
            .required("T_0", .positive, "epochs to the first restart"),
            .option("T_mult", .positive, default: .integer(1), "how many times longer each period is than the one before"),
            .option("eta_min", .rate, default: .number(0), "the lowest rate"),
        ] + Warmup.parameters, examples: ["CosineAnnealingWarmRestarts(T_0=4, T_mult=2)"])

    static func make(_ call: BoundCall, in session: Session) throws -> Value {
        try Warmup.object(
            .cosineAnnealingWarmRestarts(
                period: try call.integer("T_0"), multiplier: try call.integer("T_mult"), minimum: try call.number("eta_min")),
            call)
    }
}

/// `OneCycleLR`.
enum OneCycleConstructor: Constructor {
    static let declaration = ConstructorDeclaration(
        "OneCycleLR", kind: "scheduler",
        "Raises and lowers the rates once over the whole training, by steps (Smith, Topin 2018).",
        parameters: [
            .positional("max_lr", .rate, defaultText: "each group's own rate", "the highest rate"),
            .option("total_steps", .positive, defaultText: "the training's", "optimiser steps in all"),
            .option("pct_start", .fraction, default: .number(0.3), "the share of steps that the rate rises"),
            .option("anneal_strategy", .choice(["cos", "linear"]), default: .text("cos"), "the shape of rise and fall"),
            .option("cycle_momentum", .bool, default: .bool(true), "whether momentum runs the other way"),
            .option("base_momentum", .fraction, default: .number(0.85), "the momentum at the highest rate"),
            .option("max_momentum", .fraction, default: .number(0.95), "the momentum at both ends"),
            .option("div_factor", .number(1e-9...1e12), default: .number(25), "the first rate is the highest divided by this"),
            .option(
                "final_div_factor", .number(1e-9...1e12), default: .number(1e4), "the last rate is the first divided by this"),
            .option("three_phase", .bool, default: .bool(false), "falls to the first rate, then to the last"),
        ] + Warmup.parameters, examples: ["OneCycleLR(max_lr=0.01)"])

    static func make(_ call: BoundCall, in session: Session) throws -> Value {
        var cycle = OneCycle(maximum: call.optionalNumber("max_lr"), totalSteps: call.optionalInteger("total_steps"))
        cycle.riseShare = try call.number("pct_start")
        cycle.isLinear = call.optionalText("anneal_strategy") == "linear"
        cycle.cyclesMomentum = call.flag("cycle_momentum")
        cycle.lowMomentum = try call.number("base_momentum")
        cycle.highMomentum = try call.number("max_momentum")
        cycle.initialDivisor = try call.number("div_factor")
        cycle.finalDivisor = try call.number("final_div_factor")
        cycle.hasThreePhases = call.flag("three_phase")
        return try Warmup.object(.oneCycle(cycle), call)
    }
}

/// `ReduceLROnPlateau`.
enum PlateauConstructor: Constructor {
    static let declaration = ConstructorDeclaration(
        "ReduceLROnPlateau", kind: "scheduler", "Lowers the rates when the validation figures have stopped improving.",
        parameters: [
            .positional("mode", .choice(["min", "max"]), default: .text("min"), "min watches the loss, max the accuracy"),
            .option("factor", .number(1e-9...0.999999), default: .number(0.1), "what the rates are multiplied by"),
            .option("patience", .count, default: .integer(10), "epochs without improvement that are let pass"),
            .option("threshold", .rate, default: .number(1e-4), "the least improvement that counts"),
            .option(
                "threshold_mode", .choice(["rel", "abs"]), default: .text("rel"),
                "whether the threshold is a share of the best figure"),
            .option("cooldown", .count, default: .integer(0), "epochs after a reduction in which nothing counts"),
            .option("min_lr", .rate, default: .number(0), "the lowest rate"),
            .option("eps", .rate, default: .number(1e-8), "a smaller change of rate is not made"),
        ] + Warmup.parameters, examples: ["ReduceLROnPlateau(mode=max, patience=2)"])

    static func make(_ call: BoundCall, in session: Session) throws -> Value {
        var plateau = ReduceOnPlateau()
        plateau.largerIsBetter = call.optionalText("mode") == "max"
        plateau.factor = try call.number("factor")
        plateau.patience = try call.integer("patience")
        plateau.threshold = try call.number("threshold")
        plateau.isRelative = call.optionalText("threshold_mode") == "rel"
        plateau.cooldown = try call.integer("cooldown")
        plateau.minimum = try call.number("min_lr")
        plateau.epsilon = try call.number("eps")
        return try Warmup.object(.reduceOnPlateau(plateau), call)
    }
}
