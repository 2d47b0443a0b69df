import CommandLanguage
import Learning
import NeuralNetworks

/// What the optimisers' constructors have in common.
enum RateArguments {
    /// All of an optimiser's parameters: those that PyTorch's has in PyTorch's order, since they may be given by place, then Thaw's own.
    ///
    /// - Parameters:
    ///   - before: the optimiser's own between the rate and the weight decay.
    ///   - after: those behind the weight decay.
    static func parameters(lr: Double, _ before: [Parameter], decay: Double, _ after: [Parameter]) -> [Parameter] {
        [
            .positional(
                "lr", .oneOf([.rate, .range]), defaultText: Value.written(lr),
                "the learning rate, or a range from the first layers to the head: `1e-5..1e-3`", aliases: ["learning_rate"])
        ] + before + [.option("weight_decay", .rate, defaultText: Value.written(decay), "how fast weights shrink", aliases: ["wd"])] + after + [
            .option("groups", .map(.rate), "rates of their own by path: `{\"layer4.*\": 1e-4}`; `lr` is everything else's"),
            .option(
                "decay_bias", .bool, default: .bool(true),
                "whether weight decay shrinks biases and the weights of normalisation too",
                aliases: ["wd_bn_bias"]),
        ]
    }

    static func object(_ rule: OptimizerRule, _ call: BoundCall, in session: Session) throws -> Value {
        if let problem = rule.problem { throw call.error(.value, "\(call.name): \(problem).") }
        return .object(
            OptimizerObject(
                rule: rule,
                rates: try rates(
                    call.value("lr"), groups: call.map("groups"), otherwise: rule.defaultLearningRate, call, in: session),
                weightDecay: call.optionalNumber("weight_decay"), sparesBiasesAndNorms: call.optionalBool("decay_bias") == false))
    }

    /// The rates that `lr` and `groups` say; `nil` if neither says anything.
    static func rates(
        _ rate: Value?, groups: [(key: String, value: Value)], otherwise: Double, _ call: BoundCall, in session: Session
    ) throws -> LearningRates? {
        switch rate {
        case .range(let low, let high)?:
            guard groups.isEmpty else {
                throw call.error(
                    .value, at: "groups", "\(call.name): groups and a range of rates exclude each other.",
                    hint: "Give `lr` one number, or leave `groups` out.")
            }
            guard low >= 0, high >= 0 else {
                throw call.error(
                    .value, at: "lr", "A learning rate is at least 0, and this range is \(Value.range(low, high).source).")
            }
            return .range(low, high)
        default:
            let number = rate?.asNumber
            guard !groups.isEmpty else { return number.map { .uniform($0) } }
            return .patterns(
                otherwise: number ?? otherwise,
                groups.map { .init(PathPattern(session.withoutNetworkName($0.key)), $0.value.asNumber ?? otherwise) })
        }
    }
}

extension Session {
    /// The path inside a network of one that may begin with the network's name: `net.layer4` is `layer4`.
    func withoutNetworkName(_ path: String) -> String {
        let segments = path.split(separator: ".", maxSplits: 1)
        guard segments.count == 2, object(named: String(segments[0])) is NetworkObject else { return path }
        return String(segments[1])
    }
}

/// `SGD`.
enum SGDConstructor: Constructor {
    static let declaration = ConstructorDeclaration(
        "SGD", kind: "optimizer", "Stochastic gradient descent, with momentum if asked for.",
        parameters: RateArguments.parameters(
            lr: 1e-3,
            [
                .option("momentum", .number(0...0.999999), default: .number(0), "the share of the last step that goes on"),
                .option("dampening", .number(0...1), default: .number(0), "the share of the gradient that momentum leaves out"),
            ], decay: 0, [.option("nesterov", .bool, default: .bool(false), "looks ahead by the momentum")]),
        examples: [
            "opt = SGD(lr=0.001, momentum=0.9)", "opt = SGD(lr=1e-3, groups={\"layer4\": 1e-4}, momentum=0.9, nesterov=true)",
        ])

    static func make(_ call: BoundCall, in session: Session) throws -> Value {
        try RateArguments.object(
            .sgd(momentum: try call.number("momentum"), dampening: try call.number("dampening"), nesterov: call.flag("nesterov")),
            call,
            in: session)
    }
}

/// `Adam`.
enum AdamConstructor: Constructor {
    static let declaration = ConstructorDeclaration(
        "Adam", kind: "optimizer", "Adam (Kingma, Ba 2015); weight decay is added to the gradient.",
        parameters: parameters(decay: 0),
        examples: ["opt = Adam(lr=1e-3)", "opt = Adam(lr=1e-5..1e-3)"])

    static func parameters(decay: Double) -> [Parameter] {
        RateArguments.parameters(
            lr: 1e-3,
            [
                .option(
                    "betas", .list(.number(0...0.999999)), defaultText: "[0.9, 0.999]",
                    "how slowly the means of gradients and of their squares move"),
                .option("eps", .number(0...1), default: .number(1e-8), "keeps the divisor from 0"),
            ], decay: decay, [.option("amsgrad", .bool, default: .bool(false), "keeps the largest mean of squares (Reddi et al. 2018)")])
    }

    static func betas(_ call: BoundCall) throws -> (Double, Double) {
        guard call.isGiven("betas"), call.value("betas") != nil else { return (0.9, 0.999) }
        let values = call.list("betas").compactMap(\.asNumber)
        guard values.count == 2 else {
            throw call.error(.value, at: "betas", "\(call.name): betas are two numbers, such as [0.9, 0.999].")
        }
        return (values[0], values[1])
    }

    static func make(_ call: BoundCall, in session: Session) throws -> Value {
        let (first, second) = try betas(call)
        return try RateArguments.object(
            .adam(beta1: first, beta2: second, epsilon: try call.number("eps"), amsgrad: call.flag("amsgrad")), call, in: session)
    }
}

/// `AdamW`.
enum AdamWConstructor: Constructor {
    static let declaration = ConstructorDeclaration(
        "AdamW", kind: "optimizer", "Adam whose weight decay goes beside the gradient (Loshchilov, Hutter 2019).",
        parameters: AdamConstructor.parameters(decay: 1e-2),
        examples: ["opt = AdamW(lr=3e-4, weight_decay=0.05, decay_bias=false)"])

    static func make(_ call: BoundCall, in session: Session) throws -> Value {
        let (first, second) = try AdamConstructor.betas(call)
        return try RateArguments.object(
            .adamW(beta1: first, beta2: second, epsilon: try call.number("eps"), amsgrad: call.flag("amsgrad")), call, in: session
        )
    }
}

/// `RMSprop`.
enum RMSpropConstructor: Constructor {
    static let declaration = ConstructorDeclaration(
        "RMSprop", kind: "optimizer", "Gradients divided by the root of their squares' mean.",
        parameters: RateArguments.parameters(
            lr: 1e-2,
            [
                .option("alpha", .number(0...1), default: .number(0.99), "how slowly the mean of squares moves"),
                .option("eps", .number(0...1), default: .number(1e-8), "keeps the divisor from 0"),
            ], decay: 0,
            [
                .option("momentum", .number(0...0.999999), default: .number(0), "the share of the last step that goes on"),
                .option("centered", .bool, default: .bool(false), "subtracts the squared mean of the gradient"),
            ]), examples: ["opt = RMSprop(lr=1e-4, momentum=0.9)"])

    static func make(_ call: BoundCall, in session: Session) throws -> Value {
        try RateArguments.object(
            .rmsprop(
                alpha: try call.number("alpha"), epsilon: try call.number("eps"), momentum: try call.number("momentum"),
                centered: call.flag("centered")), call, in: session)
    }
}
