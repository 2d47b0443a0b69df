#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension Image {
    /// Blurs with a Gaussian of `sigma` pixels, cut to `width` by `height` weights (odd), edges mirrored, as torchvision's
    /// `gaussian_blur`; in two passes of single precision, so that a value may differ by 1 from torchvision's single pass.
    public func gaussianBlurred(kernelWidth: Int, kernelHeight: Int, sigma: Double) -> Image {
        // A deviation that single precision rounds to 0 has no weights.
        guard kernelWidth > 0, kernelHeight > 0, Float(sigma) > 0, width > 0, height > 0 else { return self }
        let across = Self.gaussian(kernelWidth, Float(sigma))
        let down = Self.gaussian(kernelHeight, Float(sigma))
        let columns = (0..<(width + kernelWidth - 1)).map { Self.source($0 - kernelWidth / 2, in: width, .reflect) }
        let rows = (0..<(height + kernelHeight - 1)).map { Self.source($0 - kernelHeight / 2, in: height, .reflect) }
        let (line, channels) = (width * channels, channels)
        var middle = [Float](repeating: 0, count: line * height)
        unsafe withPixels { pixels in
            for y in 0..<height {
                for x in 0..<width {
                    for channel in 0..<channels {
                        var sum: Float = 0
                        for term in 0..<kernelWidth {
                            unsafe sum += across[term] * Float(pixels[y * line + columns[x + term] * channels + channel])
                        }
                        middle[y * line + x * channels + channel] = sum
                    }
                }
            }
        }
        return unsafe Image(width: width, height: height, channels: channels) { out in
            var sums = [Float](repeating: 0, count: line)
            for y in 0..<height {
                for x in 0..<line { sums[x] = 0 }
                for term in 0..<kernelHeight {
                    let weight = down[term]
                    let from = rows[y + term] * line
                    for x in 0..<line { sums[x] += weight * middle[from + x] }
                }
                for x in 0..<line {
                    unsafe out[y * line + x] = UInt8(min(max(sums[x].rounded(.toNearestOrEven), 0), 255))
                }
            }
        }
    }

    private static func gaussian(_ count: Int, _ sigma: Float) -> [Float] {
        let half = Float(count - 1) * 0.5
        let values = (0..<count).map { index in
            let x = (Float(index) - half) / sigma
            return exp(-0.5 * x * x)
        }
        let sum = values.reduce(0, +)
        return values.map { $0 / sum }
    }
}
