extension TransformPipeline {
    /// What a pipeline does that is worth a look, for warnings.
    public enum Fact: Sendable, Hashable {
        /// No `Normalize` at all.
        case notNormalized
        /// `Normalize` so many times.
        case normalizedRepeatedly(Int)
        /// `Normalize` with other numbers than the model expects.
        case normalizedOtherwise(mean: [Float], standardDeviation: [Float])
        /// The pictures end up in different sizes.
        case sizeVaries
        /// The pictures end up in another size than the model expects.
        case otherSize(ImageSize)
        /// A random transform, in a pipeline that should have none.
        case random(String)
    }

    /// The statistics of the pipeline's `Normalize`, if there is exactly one.
    public var normalization: (mean: [Float], standardDeviation: [Float])? {
        let all = normalizations
        return all.count == 1 ? all[0] : nil
    }

    private var normalizations: [(mean: [Float], standardDeviation: [Float])] {
        transforms.compactMap { if case .normalize(let mean, let deviation) = $0 { (mean, deviation) } else { nil } }
    }

    /// Compares the pipeline with what a model expects.
    /// - Parameters: `size`, `mean`, `standardDeviation`: the model's; nil is not looked at. `evaluates`: nothing random is wanted.
    public func facts(
        size: ImageSize? = nil, mean: [Float]? = nil, standardDeviation: [Float]? = nil, evaluates: Bool = false
    ) -> [Fact] {
        var facts: [Fact] = []
        let all = normalizations
        if all.isEmpty { facts.append(.notNormalized) }
        if all.count > 1 { facts.append(.normalizedRepeatedly(all.count)) }
        if let only = normalization, let mean, let standardDeviation {
            func differs(_ own: [Float], _ wanted: [Float]) -> Bool {
                own.count != wanted.count || zip(own, wanted).contains { abs($0 - $1) > 0.005 }
            }
            if differs(only.mean, mean) || differs(only.standardDeviation, standardDeviation) {
                facts.append(.normalizedOtherwise(mean: only.mean, standardDeviation: only.standardDeviation))
            }
        }
        if let own = fixedSize {
            if let size, own != size { facts.append(.otherSize(own)) }
        } else {
            facts.append(.sizeVaries)
        }
        if evaluates, let name = firstRandomName { facts.append(.random(name)) }
        return facts
    }
}

extension TransformPipeline: CustomStringConvertible {
    /// As torchvision prints a `Compose`.
    public var description: String {
        transforms.isEmpty
            ? "Compose()" : "Compose(\n" + transforms.map { "    \($0)\n" }.joined() + ")"
    }

    /// The pictures that `Normalize` made numbers of, back as numbers from 0 to 1 (in place, `channels` planes).
    public func denormalize(_ tensor: inout [Float], channels: Int) {
        guard channels > 0, tensor.count % channels == 0 else { return }
        let area = tensor.count / channels
        for (mean, deviation) in normalizations.reversed() {
            for index in tensor.indices {
                let channel = index / area
                let scale = deviation[min(channel, deviation.count - 1)]
                tensor[index] = tensor[index] * scale + mean[min(channel, mean.count - 1)]
            }
        }
    }
}
