public import Tensors

/// Why a network's sizes don't fit together.
public struct ShapeError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The path of the layer that can't take its input.
    public let path: String
    /// The layer's type.
    public let kind: String
    /// What is wrong, with both sizes.
    public let reason: String
    public init(path: String, kind: String, reason: String) {
        self.path = path
        self.kind = kind
        self.reason = reason
    }
    public var description: String { "\(path.isEmpty ? kind : "\(path) (\(kind))"): \(reason)" }
}

extension Layer {
    /// The layer with every size that follows from `input` filled in, and the shape of its output.
    ///
    /// - Parameters:
    ///   - input: the shape of one sample, without the batch: `[C, H, W]` or `[F]`.
    ///   - path: the layer's path, for errors.
    /// - Throws: ``ShapeError`` if the layer can't take such an input.
    public func resolved(input: Shape, path: String) throws(ShapeError) -> (layer: Layer, output: Shape) {
        let (layer, output) = try fitted(to: input, path: path)
        // Products of sizes stay far from overflow, whatever a cell or a file asks for.
        guard Self.isSane(output), layer.parameters.allSatisfy({ Self.isSane($0.shape) }) else {
            throw ShapeError(path: path, kind: kind, reason: "is too large: its result is \(output)")
        }
        return (layer, output)
    }

    /// The most channels or features that a layer may be asked for.
    public static let featureLimit = 1 << 18

    /// Whether products with a shape's elements stay far from overflow.
    static func isSane(_ shape: Shape) -> Bool {
        var count = 1
        for extent in shape.dimensions {
            let (product, overflow) = count.multipliedReportingOverflow(by: max(extent, 1))
            guard !overflow, product <= 1 << 40 else { return false }
            count = product
        }
        return true
    }

    private func fitted(to input: Shape, path: String) throws(ShapeError) -> (layer: Layer, output: Shape) {
        func fail(_ reason: String) -> ShapeError { ShapeError(path: path, kind: kind, reason: reason) }
        func image() throws(ShapeError) -> (channels: Int, height: Int, width: Int) {
            guard input.rank == 3 else {
                throw fail("needs an image (C×H×W), but the layer before gives \(input)")
            }
            return (input[0], input[1], input[2])
        }
        switch self {
        case .conv2d(var c):
            let (channels, height, width) = try image()
            if let expected = c.inChannels, expected != channels {
                throw fail("takes \(expected) channels, but the layer before gives \(channels)")
            }
            c.inChannels = channels
            guard c.groups > 0, channels % c.groups == 0, c.outChannels % c.groups == 0, c.outChannels > 0 else {
                throw fail("\(channels) → \(c.outChannels) channels can't be cut into \(c.groups) groups")
            }
            guard c.kernel.height > 0, c.kernel.width > 0, c.stride.height > 0, c.stride.width > 0, c.dilation.height > 0,
                c.dilation.width > 0
            else { throw fail("kernel, stride and dilation must be at least 1") }
            let v = c.padding.amounts(
                input: height, kernel: c.kernel.height, stride: c.stride.height, dilation: c.dilation.height, vertical: true)
            let h = c.padding.amounts(
                input: width, kernel: c.kernel.width, stride: c.stride.width, dilation: c.dilation.width, vertical: false)
            let spanV = height + v.before + v.after - c.dilation.height * (c.kernel.height - 1) - 1
            let spanH = width + h.before + h.after - c.dilation.width * (c.kernel.width - 1) - 1
            guard spanV >= 0, spanH >= 0 else {
                throw fail("the \(c.kernel.height)×\(c.kernel.width) kernel is larger than its \(height)×\(width) input")
            }
            return (.conv2d(c), [c.outChannels, spanV / c.stride.height + 1, spanH / c.stride.width + 1])
        case .batchNorm2d(var b):
            if b.isFlat, input.rank != 1 { throw fail("needs flat features, but the layer before gives \(input): BatchNorm2d normalises images") }
            if !b.isFlat, input.rank == 1 { throw fail("needs an image (C×H×W), but the layer before gives \(input): BatchNorm1d normalises flat features") }
            let channels = b.isFlat ? input[0] : try image().channels
            if let expected = b.features, expected != channels {
                throw fail("normalises \(expected) \(b.isFlat ? "features" : "channels"), but the layer before gives \(channels)")
            }
            b.features = channels
            return (.batchNorm2d(b), input)
        case .linear(var l):
            guard input.rank >= 1 else { throw fail("needs features, but the layer before gives a scalar") }
            if input.rank == 3 { throw fail("needs flat features, but the layer before gives an image (\(input)): put Flatten before it") }
            if let expected = l.inFeatures, expected != input[-1] {
                throw fail("takes \(expected) features, but the layer before gives \(input[-1])")
            }
            guard l.outFeatures > 0 else { throw fail("needs at least one output") }
            l.inFeatures = input[-1]
            return (.linear(l), Shape(input.dimensions.dropLast() + [l.outFeatures]))
        case .layerNorm(var l):
            guard input.rank >= 1 else { throw fail("needs features, but the layer before gives a scalar") }
            let size = l.channelsFirst ? input[0] : input[-1]
            if let expected = l.features, expected != size {
                throw fail("normalises \(expected) features, but the layer before gives \(size)")
            }
            l.features = size
            return (.layerNorm(l), input)
        case .maxPool2d(let p), .avgPool2d(let p):
            let (channels, height, width) = try image()
            guard p.kernel.height > 0, p.kernel.width > 0, p.stride.height > 0, p.stride.width > 0,
                2 * p.padding.height <= p.kernel.height, 2 * p.padding.width <= p.kernel.width
            else { throw fail("kernel and stride must be at least 1, padding at most half the kernel") }
            guard height + 2 * p.padding.height >= p.kernel.height, width + 2 * p.padding.width >= p.kernel.width else {
                throw fail("the \(p.kernel.height)×\(p.kernel.width) window is larger than its \(height)×\(width) input")
            }
            return (
                self,
                [
                    channels,
                    p.outputSize(input: height, kernel: p.kernel.height, stride: p.stride.height, padding: p.padding.height),
                    p.outputSize(input: width, kernel: p.kernel.width, stride: p.stride.width, padding: p.padding.width),
                ]
            )
        case .adaptiveAvgPool2d(let height, let width), .adaptiveMaxPool2d(let height, let width):
            guard height > 0, width > 0 else { throw fail("needs an output of at least 1×1") }
            return (self, [try image().channels, height, width])
        case .adaptiveConcatPool2d(let size):
            guard size > 0 else { throw fail("needs an output of at least 1×1") }
            return (self, [2 * (try image().channels), size, size])
        case .flatten: return (self, [input.elementCount])
        case .channelShuffle(let groups):
            guard groups > 0, try image().channels % groups == 0 else {
                throw fail("\(input[0]) channels can't be cut into \(groups) groups")
            }
            return (self, input)
        case .channelSlice(let start, let end):
            let (channels, height, width) = try image()
            guard start >= 0, start < end, end <= channels else {
                throw fail("channels \(start)..<\(end) are not among the \(channels) that the layer before gives")
            }
            return (self, [end - start, height, width])
        case .dropout(let p), .stochasticDepth(let p):
            guard p >= 0, p < 1 else { throw fail("the probability must be at least 0 and below 1") }
            return (self, input)
        case .activation, .identity: return (self, input)
        }
    }
}
