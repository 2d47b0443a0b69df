import CommandLanguage
import NeuralNetworks

/// What the schedulers' constructors have in common.
enum Warmup {
    static let parameters: [Parameter] = [
        .option(
            "warmup", .count, defaultText: "none", "epochs in which the rate rises along a line, before the schedule begins",
            aliases: ["warmup_epochs"]),
        .option(
            "warmup_steps", .count, defaultText: "none",
            "optimiser steps in which the rate rises, during the schedule's first epochs"),
        .option("warmup_factor", .fraction, defaultText: "1/3", "the share of the rate that the rise begins with"),
    ]

    static func object(_ schedule: Schedule, _ call: BoundCall) throws -> Value {
        var schedule = schedule
        let factor = call.optionalNumber("warmup_factor") ?? 1.0 / 3
        if let epochs = call.optionalInteger("warmup"), epochs > 0 {
            guard call.optionalInteger("warmup_steps") == nil else {
                throw call.error(
                    .value, at: "warmup_steps", "\(call.name): warmup counts epochs and warmup_steps steps; give one of them.")
            }
            schedule = .warmup(length: epochs, unit: .epoch, startFactor: factor, then: schedule)
        } else if let steps = call.optionalInteger("warmup_steps"), steps > 0 {
            schedule = .warmup(length: steps, unit: .step, startFactor: factor, then: schedule)
        }
        if let problem = schedule.problem { throw call.error(.value, "\(call.name): \(problem).") }
        return .object(SchedulerObject(schedule: schedule))
    }
}

/// `StepLR`.
enum StepConstructor: Constructor {
    static let declaration = ConstructorDeclaration(
        "StepLR", kind: "scheduler", "Multiplies the rates by gamma every few epochs.",
        parameters: [
            .required("step_size", .positive, "epochs between"),
            .positional("gamma", .number(0...1e6), default: .number(0.1), "the factor"),
        ] + Warmup.parameters, examples: ["steps = StepLR(step_size=7, gamma=0.1)", "StepLR(10, warmup=2)"])

    static func make(_ call: BoundCall, in session: Session) throws -> Value {
        try Warmup.object(.step(size: try call.integer("step_size"), gamma: try call.number("gamma")), call)
    }
}

/// `MultiStepLR`.
enum MultiStepConstructor: Constructor {
    static let declaration = ConstructorDeclaration(
        "MultiStepLR", kind: "scheduler", "Multiplies the rates by gamma after given epochs.",
        parameters: [
            .required("milestones", .list(.count), "the epochs"),
            .option("gamma", .number(0...1e6), default: .number(0.1), "the factor"),
        ] + Warmup.parameters, examples: ["steps = MultiStepLR([5, 8])"])

    static func make(_ call: BoundCall, in session: Session) throws -> Value {
        let milestones = call.list("milestones").compactMap { if case .integer(let value) = $0 { value } else { nil } }
        return try Warmup.object(.multiStep(milestones: milestones, gamma: try call.number("gamma")), call)
    }
}

/// `ExponentialLR`.
enum ExponentialConstructor: Constructor {
    static let declaration = ConstructorDeclaration(
        "ExponentialLR", kind: "scheduler", "Multiplies the rates by gamma after every epoch.",
        parameters: [.required("gamma", .number(0...1e6), "the factor")] + Warmup.parameters,
        examples: ["ExponentialLR(gamma=0.9)"])

    static func make(_ call: BoundCall, in session: Session) throws -> Value {
        try Warmup.object(.exponential(gamma: try call.number("gamma")), call)
    }
}

/// `ConstantLR`.
enum ConstantConstructor: Constructor {
    static let declaration = ConstructorDeclaration(
        "ConstantLR", kind: "scheduler", "Multiplies the rates by a factor for the first epochs.",
        parameters: [
            .positional("factor", .fraction, defaultText: "1/3", "the factor"),
            .positional("total_iters", .count, default: .integer(5), "epochs that it holds"),
        ] + Warmup.parameters, examples: ["ConstantLR(factor=0.5, total_iters=2)"])

    static func make(_ call: BoundCall, in session: Session) throws -> Value {
        try Warmup.object(
            .constant(factor: call.optionalNumber("factor") ?? 1.0 / 3, total: try call.integer("total_iters")), call)
    }
}

/// `LinearLR`.
enum LinearScheduleConstructor: Constructor {
    static let declaration = ConstructorDeclaration(
        "LinearLR", kind: "scheduler", "Changes the factor of the rates along a line over the first epochs.",
        parameters: [
            .positional("start_factor", .fraction, defaultText: "1/3", "the factor at the beginning"),
            .positional("end_factor", .fraction, default: .number(1), "the factor at the end"),
            .positional("total_iters", .positive, default: .integer(5), "epochs from one to the other"),
        ] + Warmup.parameters, examples: ["LinearLR(start_factor=1, end_factor=0.1, total_iters=10)"])

    static func make(_ call: BoundCall, in session: Session) throws -> Value {
        try Warmup.object(
            .linear(
                start: call.optionalNumber("start_factor") ?? 1.0 / 3, end: try call.number("end_factor"),
                total: try call.integer("total_iters")), call)
    }
}
