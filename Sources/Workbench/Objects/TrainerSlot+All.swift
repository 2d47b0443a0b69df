import CommandLanguage
import Imaging
import Learning
import NeuralNetworks

/// Every slot, in the order in which they are shown. The optimiser stands before what it brings along, so that a rate given beside it holds.
extension TrainerSlot {
    static let all: [TrainerSlot] = recipe + batches + ending

    /// What is minimised, and how.
    private static let recipe: [TrainerSlot] = [
        TrainerSlot(
            "optimizer", .oneOf([.object(["optimizer"]), .choice(["SGD", "Adam", "AdamW", "RMSprop"])]),
            "how steps are made; it brings its own rate and weight decay", usual: "SGD(momentum=0.9)",
            aliases: ["optim", "opt", "opt_func"],
            read: {
                .object(
                    OptimizerObject(
                        rule: $0.optimizer, rates: $0.learningRates, weightDecay: $0.weightDecay,
                        sparesBiasesAndNorms: $0.sparesBiasesAndNorms))
            },
            write: { settings, value in
                if let optimizer = value?.object as? OptimizerObject { return settings.take(optimizer) }
                if case .text(let name)? = value, let rule = OptimizerRule(named: name) {
                    return settings.take(OptimizerObject(rule: rule))
                }
                settings.take(OptimizerObject(rule: TrainingSettings().optimizer))
            }),
        TrainerSlot(
            "lr", .oneOf([.rate, .range]), "the learning rate, or a range from the first layers to the head: `1e-5..1e-3`",
            usual: "the optimizer's", aliases: ["learning_rate", "max_lr", "base_lr"], read: { $0.effectiveRates.value },
            write: { settings, value in
                switch value {
                case .range(let low, let high)?: settings.learningRates = .range(low, high)
                case let value?:
                    guard let rate = value.asNumber else { return settings.learningRates = nil }
                    // Groups have rates of their own: this is everything else's.
                    if case .patterns(_, let pairs)? = settings.learningRates {
                        settings.learningRates = .patterns(otherwise: rate, pairs)
                    } else {
                        settings.learningRates = .uniform(rate)
                    }
                case nil: settings.learningRates = nil
                }
            }),
        TrainerSlot(
            "groups", .map(.rate), "rates of their own by path: `{\"layer4.*\": 1e-4}`; `lr` is everything else's", usual: "none",
            read: { settings in
                guard case .patterns(_, let pairs)? = settings.learningRates else { return .none }
                return .map(pairs.map { ($0.pattern.description, .number($0.rate)) })
            },
            write: { settings, value in
                let otherwise = settings.effectiveRates.principal
                if case .map(let entries)? = value, !entries.isEmpty {
                    settings.learningRates = .patterns(
                        otherwise: otherwise, entries.map { .init(PathPattern($0.key), $0.value.asNumber ?? otherwise) })
                } else if case .patterns? = settings.learningRates {
                    settings.learningRates = .uniform(otherwise)
                }
            }),
        .number("weight_decay", .rate, "how fast weights shrink", usual: "the optimizer's", aliases: ["wd"], \.weightDecay),
        TrainerSlot(
            "decay_bias", .bool, "whether weight decay shrinks biases and the weights of normalisation too", usual: "true",
            aliases: ["wd_bn_bias"],
            read: { .bool(!$0.sparesBiasesAndNorms) },
            write: { if case .bool(let isOn)? = $1 { $0.sparesBiasesAndNorms = !isOn } else { $0.sparesBiasesAndNorms = false } }),
        TrainerSlot(
            "scheduler", .object(["scheduler"]), "how the rates change", usual: "none",
            aliases: ["lr_scheduler", "schedule", "sched"],
            read: { if case .fixed = $0.schedule { .none } else { .object(SchedulerObject(schedule: $0.schedule)) } },
            write: { $0.schedule = ($1?.object as? SchedulerObject)?.schedule ?? .fixed }),
        TrainerSlot(
            "loss", .object(["loss"]), "what is minimised", usual: "CrossEntropyLoss",
            aliases: ["criterion", "loss_func", "loss_fn"],
            read: { .object(LossObject(loss: $0.loss)) },
            write: { $0.loss = ($1?.object as? LossObject)?.loss ?? .crossEntropy() }),
        TrainerSlot(
            "mix", .list(.object(["mix"])), "MixUp, CutMix or both; of several each batch draws one", usual: "none",
            aliases: ["mixup"],
            read: { $0.mixing.isEmpty ? .none : .list($0.mixing.map { .object(MixObject(mix: $0)) }) },
            write: { settings, value in
                guard case .list(let values)? = value else { return settings.mixing = [] }
                settings.mixing = values.compactMap { ($0.object as? MixObject)?.mix }
            }),
        .number(
            "clip", .number(1e-12...1e12), "the largest L2 norm of the gradient; a longer one is shortened to it", usual: "none",
            aliases: ["clip_norm", "max_grad_norm", "clip_grad_norm", "clip_grad", "gradient_clip_val", "clipnorm"], \.clipNorm),
        .number(
            "ema", .number(0...0.9999999), "the decay of a moving average of the weights, which validates and is kept",
            usual: "none",
            aliases: ["ema_decay", "ema_momentum"], \.averaging),
    ]

    /// What a step sees.
    private static let batches: [TrainerSlot] = [
        TrainerSlot(
            "batch_size", .integer(1...65_536), "pictures a step", usual: "16", aliases: ["bs", "batch"],
            read: { .integer($0.batchSize) },
            write: { $0.batchSize = $1?.asNumber.map { Int($0) } ?? TrainingSettings().batchSize }),
        TrainerSlot(
            "accumulate", .integer(1...65_536), "batches whose gradients make one step", usual: "1",
            aliases: ["accumulation", "gradient_accumulation_steps", "accumulate_grad_batches", "grad_accum"],
            read: { .integer($0.accumulation) }, write: { $0.accumulation = $1?.asNumber.map { Int($0) } ?? 1 }),
        .bool("shuffle", "whether each epoch sees the pictures in another order", \.shuffles),
        .bool("drop_last", "whether a last batch that is not full is left out", \.dropsLast),
        TrainerSlot(
            "balance", .choice(["none", "weights", "sampler"]),
            "what is done about classes of different size: weigh the loss, or draw each class equally often", usual: "none",
            read: { .text($0.balance.rawValue) },
            write: { settings, value in
                if case .text(let word)? = value {
                    settings.balance = .init(rawValue: word) ?? .none
                } else {
                    settings.balance = .none
                }
            }),
        TrainerSlot(
            "cache", .oneOf([.integer(1...64), .bool, .choice(["auto", "off"])]),
            "whether the frozen part's features are computed once and kept; a number keeps so many augmented views of each picture",
            usual: "auto",
            read: { settings in
                switch settings.cache {
                case .automatic: .text("auto")
                case .off: .text("off")
                case .views(let count): .integer(count)
                }
            },
            write: { settings, value in
                switch value {
                case .integer(let count)?: settings.cache = .views(count)
                case .bool(false)?, .text("off")?: settings.cache = .off
                default: settings.cache = .automatic
                }
            }),
        .integer(
            "num_workers", .integer(0...256), "threads that decode; 0 decodes between the steps", usual: "one a processor",
            aliases: ["workers"], \.workers),
        TrainerSlot(
            "seed", .integer(0...Int.max), "what everything random is derived from", usual: "0", aliases: ["random_state", "manual_seed"],
            read: { .integer(Int(clamping: $0.seed)) }, write: { if case .integer(let seed)? = $1 { $0.seed = UInt64(seed) } else { $0.seed = 0 } }),
    ]

    /// When it ends, and what remains.
    private static let ending: [TrainerSlot] = [
        .bool("validate", "whether each epoch ends with the validation pictures", aliases: ["validation"], \.validates),
        TrainerSlot(
            "keep", .choice(["best", "last"]),
            "the weights that remain: of the epoch with the best validation accuracy, or of the last",
            usual: "best", aliases: ["save_best"], read: { .text($0.keep.rawValue) },
            write: { if case .text(let word)? = $1 { $0.keep = .init(rawValue: word) ?? .best } else { $0.keep = .best } }),
        .integer(
            "patience", .positive, "stops early, against overfitting: after so many epochs without a better one", usual: "none", aliases: ["early_stopping"],
            \.patience),
        .number(
            "time_limit", .number(0.001...1e9), "stops after so many seconds", usual: "none", aliases: ["max_time", "timeout"],
            \.timeLimit),
        .number(
            "target", .fraction, "stops when the validation accuracy has reached this", usual: "none",
            aliases: ["target_accuracy", "target_acc"],
            \.targetAccuracy),
    ]

    static let byName: [String: TrainerSlot] = {
        var result: [String: TrainerSlot] = [:]
        for slot in all { for name in [slot.name] + slot.parameter.aliases { result[name] = slot } }
        return result
    }()
}

extension OptimizerRule {
    /// The rule of a name with PyTorch's defaults.
    init?(named name: String) {
        switch name {
        case "SGD": self = .sgd()
        case "Adam": self = .adam()
        case "AdamW": self = .adamW()
        case "RMSprop": self = .rmsprop()
        default: return nil
        }
    }
}
