public import Tensors

/// Mixes the pictures of a batch with one another, and their labels with them. Not a step of a pipeline: it needs the whole batch.
public enum BatchMix: Sendable, Hashable, Codable {
    /// Every picture is blended with its neighbour: λ·x + (1 − λ)·x′, λ from Beta(α, α) (Zhang et al. 2017).
    case mixUp(alpha: Double = 1)
    /// A rectangle of every picture comes from its neighbour; λ is what is left of its own (Yun et al. 2019).
    case cutMix(alpha: Double = 1)

    public var name: String {
        switch self {
        case .mixUp: "MixUp"
        case .cutMix: "CutMix"
        }
    }

    /// What one run has drawn.
    public enum Parameters: Sendable, Hashable {
        case blend(share: Float)
        case paste(ImageRegion, share: Float)

        /// The weight of a picture's own label; its partner's has the rest.
        public var share: Float {
            switch self {
            case .blend(let share), .paste(_, let share): share
            }
        }
    }

    /// Draws the parameters for a batch of pictures of `size`.
    public func draw(for size: ImageSize, _ random: inout RandomSource) -> Parameters {
        switch self {
        case .mixUp(let alpha): return .blend(share: Float(random.beta(alpha)))
        case .cutMix(let alpha):
            let share = random.beta(alpha)
            let x = random.integer(below: max(size.width, 1))
            let y = random.integer(below: max(size.height, 1))
            return Self.paste(share: share, x: x, y: y, in: size)
        }
    }

    /// The rectangle around (`x`, `y`) whose area is 1 − `share` of the picture, cut at its edges, and the share that is left then.
    public static func paste(share: Double, x: Int, y: Int, in size: ImageSize) -> Parameters {
        let half = 0.5 * (1 - share).squareRoot()
        let (halfWidth, halfHeight) = (Int(half * Double(size.width)), Int(half * Double(size.height)))
        let left = max(x - halfWidth, 0)
        let top = max(y - halfHeight, 0)
        let region = ImageRegion(
            left: left, top: top, width: min(x + halfWidth, size.width) - left,
            height: min(y + halfHeight, size.height) - top)
        let covered = size.area > 0 ? Double(region.width * region.height) / Double(size.area) : 0
        return .paste(region, share: Float(1 - covered))
    }

    /// The partner of picture `index`: the one before it, as torchvision rolls the batch by one.
    public static func partner(of index: Int, count: Int) -> Int { (index + count - 1) % count }

    /// Mixes a batch of `count` tensors of (channels, height, width), in place.
    public static func apply(
        _ parameters: Parameters, to batch: UnsafeMutableBufferPointer<Float>, count: Int, channels: Int, size: ImageSize
    ) throws(TransformError) {
        let length = channels * size.area
        guard batch.count == count * length else {
            throw .wrongCapacity(expected: count * length, given: batch.count)
        }
        guard count > 1, length > 0, let base = batch.baseAddress else { return }
        // From the last to the first every partner is still unmixed when it is read, but for the first's, kept here.
        let last = unsafe [Float](batch[(count - 1) * length..<count * length])
        unsafe last.withUnsafeBufferPointer { last in
            for index in stride(from: count - 1, through: 0, by: -1) {
                let own = unsafe base + index * length
                guard let partner = unsafe index > 0 ? UnsafePointer(own - length) : last.baseAddress else { return }
                switch parameters {
                case .blend(let share):
                    let rest = 1 - share
                    for at in 0..<length { unsafe own[at] = own[at] * share + partner[at] * rest }
                case .paste(let region, _):
                    guard region.isInside(size) else { return }
                    for channel in 0..<channels {
                        for y in region.top..<region.bottom {
                            let at = (channel * size.height + y) * size.width + region.left
                            unsafe (own + at).update(from: partner + at, count: region.width)
                        }
                    }
                }
            }
        }
    }

    /// The label shares (`count` by `classes`) of a mixed batch whose own labels are `labels`.
    public static func shares(_ parameters: Parameters, labels: [Int], classes: Int) -> [Float] {
        var shares = [Float](repeating: 0, count: labels.count * classes)
        for (index, label) in labels.enumerated() {
            let other = labels[partner(of: index, count: labels.count)]
            if 0..<classes ~= label { shares[index * classes + label] += parameters.share }
            if 0..<classes ~= other { shares[index * classes + other] += 1 - parameters.share }
        }
        return shares
    }
}

extension BatchMix: CustomStringConvertible {
    public var description: String {
        switch self {
        case .mixUp(let alpha), .cutMix(let alpha): "\(name)(alpha=\(alpha))"
        }
    }
}
