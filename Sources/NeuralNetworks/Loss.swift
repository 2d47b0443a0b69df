#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif
public import Tensors

/// What the samples of a batch should be classified as.
public enum Targets: Hashable, Sendable {
    /// One class index a sample.
    case classes([Int])
    /// MixUp and CutMix: sample i is `shares[i]` of class `first[i]` and the rest of class `second[i]`.
    case mixed(first: [Int], second: [Int], shares: [Float])

    /// The number of samples.
    public var count: Int {
        switch self {
        case .classes(let classes): classes.count
        case .mixed(let first, _, _): first.count
        }
    }

    /// Whether every index is below `classes` and the lists are of one length: what a loss needs.
    public func areValid(classes: Int) -> Bool {
        switch self {
        case .classes(let indices): indices.allSatisfy { (0..<classes).contains($0) }
        case .mixed(let first, let second, let shares):
            first.count == second.count && first.count == shares.count
                && (first + second).allSatisfy { (0..<classes).contains($0) }
        }
    }

    /// The class that has most of each sample: what accuracy is counted against.
    public var majority: [Int] {
        switch self {
        case .classes(let classes): classes
        case .mixed(let first, let second, let shares): first.indices.map { shares[$0] >= 0.5 ? first[$0] : second[$0] }
        }
    }
}

/// A loss over logits, with its gradient. Means over the batch are PyTorch's.
public enum Loss: Hashable, Sendable, Codable {
    /// `CrossEntropyLoss`: hard targets are averaged by their class weights, `Σ wᵧ·l / Σ wᵧ`; mixed targets over the batch, as PyTorch
    /// does with class probabilities. Smoothing moves the share ε evenly to all classes. Where no target weighs anything, the loss is 0.
    case crossEntropy(classWeights: [Float]? = nil, labelSmoothing: Float = 0)
    /// `-(1-pᵧ)^γ · log pᵧ` (Lin et al. 2017) over softmax probabilities, averaged like cross-entropy, which it equals at γ = 0.
    case focal(gamma: Float = 2, classWeights: [Float]? = nil)

    /// PyTorch's name, or the one people use.
    public var name: String {
        switch self {
        case .crossEntropy: "CrossEntropyLoss"
        case .focal: "FocalLoss"
        }
    }

    /// The class weights, if any.
    public var classWeights: [Float]? {
        switch self {
        case .crossEntropy(let weights, _), .focal(_, let weights): weights
        }
    }

    /// The mean loss of a batch and its gradient with respect to the logits.
    ///
    /// Computed in double precision from the largest logit down, so no logit overflows; a NaN among the logits makes the value NaN.
    /// - Parameters:
    ///   - logits: `[n, classes]`.
    ///   - targets: n targets whose classes are below `classes` (``Targets/areValid(classes:)``).
    /// - Returns: the value, and a gradient of the logits' shape.
    public func callAsFunction(logits: Tensor, targets: Targets) -> (value: Float, gradient: Tensor) {
        let (losses, gradients, denominator) = evaluate(logits: logits, targets: targets)
        // 0/0 would end a training that has learned nothing wrong.
        guard denominator != 0 else { return (0, Tensor(zeros: logits.shape)) }
        let value = losses.reduce(0, +) / denominator
        return (Float(value), Tensor(logits.shape, gradients.map { Float($0 / denominator) }))
    }

    /// The sum of a batch's losses, and what the mean divides it by. Added up over batches they give the mean over all of them: class weights
    /// cancel out of a mean over samples of one class.
    public func sums(logits: Tensor, targets: Targets) -> (losses: Double, denominator: Double) {
        let (losses, _, denominator) = evaluate(logits: logits, targets: targets)
        return (losses.reduce(0, +), denominator)
    }

    /// The loss of each sample by itself, not averaged, class weights included: what finds the worst mistakes.
    public func perSample(logits: Tensor, targets: Targets) -> [Float] {
        evaluate(logits: logits, targets: targets).losses.map(Float.init)
    }

    private func evaluate(
        logits: Tensor, targets: Targets
    ) -> (losses: [Double], gradients: [Double], denominator: Double) {
        let (count, classes) = (logits.shape[0], logits.shape[1])
        precondition(targets.count == count && targets.areValid(classes: classes), "targets must fit the logits")
        precondition(classWeights.map { $0.count == classes } ?? true, "one weight a class")
        let weights = classWeights.map { $0.map(Double.init) } ?? [Double](repeating: 1, count: classes)
        var losses = [Double](repeating: 0, count: count)
        var gradients = [Double](repeating: 0, count: count * classes)
        var denominator = 0.0
        let all = logits.elements
        for sample in 0..<count {
            let row = sample * classes
            let logProbabilities = Self.logSoftmax(all[row..<row + classes])
            switch targets {
            case .classes(let indices):
                let target = indices[sample]
                denominator += weights[target]
                losses[sample] = add(
                    share: 1, of: target, weights, logProbabilities, mixed: false, to: &gradients, row: row)
            case .mixed(let first, let second, let shares):
                denominator += 1
                let share = Double(shares[sample])
                losses[sample] =
                    add(share: share, of: first[sample], weights, logProbabilities, mixed: true, to: &gradients, row: row)
                    + add(
                        share: 1 - share, of: second[sample], weights, logProbabilities, mixed: true, to: &gradients,
                        row: row)
            }
        }
        return (losses, gradients, denominator)
    }

    /// Adds the gradient of `share` of a target and returns its loss.
    private func add(
        share: Double, of target: Int, _ weights: [Double], _ logProbabilities: [Double], mixed: Bool,
        to gradients: inout [Double], row: Int
    ) -> Double {
        let classes = weights.count
        switch self {
        case .crossEntropy(_, let labelSmoothing):
            // The loss is -Σ q·log p with q the weighted target distribution; its gradient is p·Σq - q.
            let smoothing = Double(labelSmoothing)
            var (loss, mass) = (0.0, 0.0)
            for index in 0..<classes {
                let probability = (index == target ? 1 - smoothing : 0) + smoothing / Double(classes)
                guard probability > 0 else { continue }
                let q = share * probability * weights[index]
                // A class that is impossible and not asked for costs nothing: 0 · -∞ would be NaN.
                if q != 0 { loss -= q * logProbabilities[index] }
                mass += q
                gradients[row + index] -= q
            }
            for index in 0..<classes { gradients[row + index] += mass * exp(logProbabilities[index]) }
            return loss
        case .focal(let gamma, _):
            let focus = Double(gamma)
            let logProbability = logProbabilities[target]
            let rest = -expm1(logProbability)
            let scale = share * weights[target]
            let modulation = pow(rest, focus)
            // d/dlogit = w·(γ·p·(1-p)^(γ-1)·log p - (1-p)^γ)·(δ - p); towards p = 1 the first term goes as (1-p)^γ.
            let slope =
                focus == 0 || rest == 0 ? 0 : focus * exp(logProbability) * pow(rest, focus - 1) * logProbability
            for index in 0..<classes {
                gradients[row + index] +=
                    scale * (slope - modulation) * ((index == target ? 1 : 0) - exp(logProbabilities[index]))
            }
            return -scale * modulation * logProbability
        }
    }

    private static func logSoftmax(_ logits: ArraySlice<Float>) -> [Double] {
        var largest = -Double.infinity
        for logit in logits where Double(logit) > largest { largest = Double(logit) }
        var sum = 0.0
        for logit in logits { sum += exp(Double(logit) - largest) }
        let offset = largest + log(sum)
        return logits.map { Double($0) - offset }
    }
}
