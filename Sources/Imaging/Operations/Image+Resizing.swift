#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension Image {
    /// The image scaled to `size`, as Pillow's `resize` computes it: filters that widen when shrinking (antialias), a horizontal
    /// and a vertical pass in fixed point, rounded to bytes in between.
    public func resized(to size: ImageSize, interpolation: Interpolation = .bilinear) -> Image {
        resized(from: ImageRegion(whole: self.size), to: size, interpolation: interpolation)
    }

    /// The part `region`, which must be inside, scaled to `target`: the same pixels as cropping first.
    public func resized(from region: ImageRegion, to target: ImageSize, interpolation: Interpolation = .bilinear) -> Image {
        guard target.width > 0, target.height > 0, region.isInside(size) else {
            return Image(width: max(target.width, 0), height: max(target.height, 0), channels: channels)
        }
        if region.size == target { return cropped(to: region) }
        if interpolation == .nearest { return nearest(from: region, to: target) }
        let rows = ResampleWeights(from: region.height, to: target.height, interpolation)
        let columns = ResampleWeights(from: region.width, to: target.width, interpolation)
        if region.width != target.width, Self.shrinksVerticallyFirst(region.size, target) {
            return resampledVertically(rows, left: region.left, top: region.top, width: region.width)
                .resampledHorizontally(columns, left: 0, rows: 0..<target.height)
        }
        var region = region
        var image = self
        if region.width != target.width {
            // Only those rows that the vertical pass looks at.
            let first = rows.starts.min() ?? 0
            let last = zip(rows.starts, rows.counts).map { $0 + $1 }.max() ?? region.height
            image = image.resampledHorizontally(
                columns, left: region.left, rows: region.top + first..<region.top + last)
            region = ImageRegion(left: 0, top: -first, width: target.width, height: region.height)
        }
        if region.height != target.height {
            return image.resampledVertically(rows, left: region.left, top: region.top, width: target.width)
        }
        region.top = max(region.top, 0)
        return image.cropped(to: ImageRegion(left: region.left, top: region.top, width: target.width, height: target.height))
    }

    /// Which pass comes first matters for the rounding in between. This is the choice of Pillow 13, found by comparing pixels:
    /// the vertical pass goes first where it takes away more than twice as many rows as the other takes columns.
    static func shrinksVerticallyFirst(_ source: ImageSize, _ target: ImageSize) -> Bool {
        let rows = source.height - target.height
        return rows > 0 && rows > 2 * (source.width - target.width)
    }

    private func nearest(from region: ImageRegion, to target: ImageSize) -> Image {
        let (scaleX, scaleY) = (
            Double(region.width) / Double(target.width), Double(region.height) / Double(target.height)
        )
        return affine(
            [scaleX, 0, Double(region.left), 0, scaleY, Double(region.top)], size: target, interpolation: .nearest)
    }
}

/// What every pixel of a scaled line is made of, in Pillow's fixed point of 22 bits.
struct ResampleWeights {
    /// The first source pixel, for each target pixel.
    var starts: [Int] = []
    /// The number of source pixels, for each target pixel.
    var counts: [Int] = []
    /// `span` weights for each target pixel; those beyond its count are 0.
    var weights: [Int32] = []
    /// The largest count, made even.
    let span: Int

    /// Bits behind the point: 32 less 8 of the pixel and 2 for sums that leave its range.
    static let bits = 22

    init(from source: Int, to target: Int, _ interpolation: Interpolation) {
        let scale = Double(source) / Double(target)
        let filterScale = max(scale, 1)
        let support = (interpolation == .bicubic ? 2.0 : 1.0) * filterScale
        let inverse = 1 / filterScale
        let largest = Int(support.rounded(.up)) * 2 + 1
        span = largest + largest & 1
        weights = [Int32](repeating: 0, count: span * target)
        starts.reserveCapacity(target)
        counts.reserveCapacity(target)
        var line = [Double](repeating: 0, count: largest)
        for x in 0..<target {
            let center = (Double(x) + 0.5) * scale
            let first = max(Int(center - support + 0.5), 0)
            let count = min(Int(center + support + 0.5), source) - first
            var sum = 0.0
            for index in 0..<count {
                let position = (Double(index + first) - center + 0.5) * inverse
                line[index] = interpolation == .bicubic ? Self.cubic(position) : Self.triangle(position)
                sum += line[index]
            }
            for index in 0..<count {
                if sum != 0 { line[index] /= sum }
                let fixed = line[index] * Double(1 << Self.bits)
                // Rounded away from zero at the half, by truncation.
                weights[x * span + index] = Int32(fixed < 0 ? fixed - 0.5 : fixed + 0.5)
            }
            starts.append(first)
            counts.append(count)
        }
    }

    private static func triangle(_ x: Double) -> Double { abs(x) < 1 ? 1 - abs(x) : 0 }

    /// Keys's cubic with a = -1/2.
    private static func cubic(_ value: Double) -> Double {
        let a = -0.5
        let x = abs(value)
        if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
        if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
        return 0
    }
}

extension Image {
    func resampledHorizontally(_ weights: ResampleWeights, left: Int, rows: Range<Int>) -> Image {
        let target = weights.starts.count
        let channels = channels
        let stride = width * channels
        return unsafe Image(width: target, height: rows.count, channels: channels) { out in
            unsafe withPixels { pixels in
                guard let base = pixels.baseAddress else { return }
                unsafe weights.weights.withUnsafeBufferPointer { all in
                    var to = unsafe out
                    for y in rows {
                        let line = unsafe base + y * stride + left * channels
                        for x in 0..<target {
                            let from = unsafe line + weights.starts[x] * channels
                            let offset = x &* weights.span
                            if channels == 3 {
                                var sum = SIMD4<Int32>(repeating: 1 << (Int32(ResampleWeights.bits) - 1))
                                for index in 0..<weights.counts[x] {
                                    let pixel = unsafe SIMD4<Int32>(
                                        Int32(from[3 &* index]), Int32(from[3 &* index &+ 1]), Int32(from[3 &* index &+ 2]), 0)
                                    unsafe sum &+= pixel &* all[offset &+ index]
                                }
                                let bytes = narrowed(sum)
                                unsafe to[0] = UInt8(truncatingIfNeeded: bytes[0])
                                unsafe to[1] = UInt8(truncatingIfNeeded: bytes[1])
                                unsafe to[2] = UInt8(truncatingIfNeeded: bytes[2])
                                unsafe to += 3
                            } else {
                                var sum = Int32(1) << (Int32(ResampleWeights.bits) - 1)
                                for index in 0..<weights.counts[x] {
                                    unsafe sum &+= Int32(from[index]) &* all[offset &+ index]
                                }
                                unsafe to[0] = UInt8(clamping: sum >> Int32(ResampleWeights.bits))
                                unsafe to += 1
                            }
                        }
                    }
                }
            }
        }
    }

    func resampledVertically(_ weights: ResampleWeights, left: Int, top: Int, width columns: Int) -> Image {
        let channels = channels
        let stride = width * channels
        let count = columns * channels
        return unsafe Image(width: columns, height: weights.starts.count, channels: channels) { out in
            unsafe withPixels { pixels in
                guard let base = pixels.baseAddress else { return }
                let half = Int32(1) << (Int32(ResampleWeights.bits) - 1)
                for y in 0..<weights.starts.count {
                    let first = unsafe base + (top + weights.starts[y]) * stride + left * channels
                    let to = unsafe out + y * count
                    let terms = weights.counts[y]
                    let offset = y * weights.span
                    var x = 0
                    while x &+ 8 <= count {
                        var sum = SIMD8<Int32>(repeating: half)
                        for term in 0..<terms {
                            let bytes = unsafe UnsafeRawPointer(first + (term &* stride &+ x)).loadUnaligned(as: SIMD8<UInt8>.self)
                            sum &+= SIMD8<Int32>(truncatingIfNeeded: bytes) &* weights.weights[offset &+ term]
                        }
                        let bytes = SIMD8<UInt8>(truncatingIfNeeded: narrowed(sum))
                        unsafe UnsafeMutableRawPointer(to + x).storeBytes(of: bytes, as: SIMD8<UInt8>.self)
                        x &+= 8
                    }
                    while x < count {
                        var sum = half
                        for term in 0..<terms { unsafe sum &+= Int32(first[term &* stride &+ x]) &* weights.weights[offset &+ term] }
                        unsafe to[x] = UInt8(clamping: sum >> Int32(ResampleWeights.bits))
                        x &+= 1
                    }
                }
            }
        }
    }
}

/// Fixed point to 0...255.
@inline(__always)
private func narrowed<Vector: SIMD>(_ sum: Vector) -> Vector where Vector.Scalar == Int32 {
    (sum &>> Vector(repeating: Int32(ResampleWeights.bits))).clamped(
        lowerBound: Vector(repeating: 0), upperBound: Vector(repeating: 255))
}
