import NeuralNetworks
import Tensors

extension TrainingSettings.Mixing {
    /// Mixes a batch `[n, C, H, W]` with itself rolled by one, as torchvision's `v2.MixUp` and `v2.CutMix` do: λ is one draw from
    /// Beta(α, α) for the whole batch.
    func apply(to images: inout Tensor, labels: [Int], random: inout RandomSource) -> Targets {
        let partners = [labels[labels.count - 1]] + labels.dropLast()
        var usesBox: Bool
        let alpha: Double
        switch self {
        case .mixUp(let value): (usesBox, alpha) = (false, value)
        case .cutMix(let value): (usesBox, alpha) = (true, value)
        case .either(let mixUp, let cutMix):
            usesBox = random.uniform() < 0.5
            alpha = usesBox ? cutMix : mixUp
        }
        let share = random.beta(alpha)
        let (count, channels, height, width) = (images.shape[0], images.shape[1], images.shape[2], images.shape[3])
        let original = images
        guard usesBox else {
            mix(&images, original, share: Float(share))
            return .mixed(first: labels, second: partners, shares: [Float](repeating: Float(share), count: labels.count))
        }
        // torchvision: the centre is uniform, the box is cut off at the edges, and λ is corrected to the area that was pasted.
        let (centreX, centreY) = (random.integer(below: width), random.integer(below: height))
        let half = 0.5 * (1 - share).squareRoot()
        let (halfWidth, halfHeight) = (Int(half * Double(width)), Int(half * Double(height)))
        let columns = max(centreX - halfWidth, 0)..<max(min(centreX + halfWidth, width), max(centreX - halfWidth, 0))
        let rows = max(centreY - halfHeight, 0)..<max(min(centreY + halfHeight, height), max(centreY - halfHeight, 0))
        unsafe images.withMutableElements { target in
            unsafe original.withElements { source in
                for sample in 0..<count {
                    let partner = (sample + count - 1) % count
                    for channel in 0..<channels {
                        for row in rows {
                            let to = ((sample * channels + channel) * height + row) * width
                            let from = ((partner * channels + channel) * height + row) * width
                            for column in columns { unsafe target[to + column] = source[from + column] }
                        }
                    }
                }
            }
        }
        let area = 1 - Double(columns.count * rows.count) / Double(width * height)
        return .mixed(first: labels, second: partners, shares: [Float](repeating: Float(area), count: labels.count))
    }

    private func mix(_ images: inout Tensor, _ original: Tensor, share: Float) {
        let count = images.shape[0]
        let size = images.count / max(count, 1)
        unsafe images.withMutableElements { target in
            unsafe original.withElements { source in
                for sample in 0..<count {
                    let (own, partner) = (sample * size, (sample + count - 1) % count * size)
                    for offset in 0..<size {
                        unsafe target[own + offset] = share * source[own + offset] + (1 - share) * source[partner + offset]
                    }
                }
            }
        }
    }
}
