import NeuralNetworks
import Tensors

/// Operations without parameters on row-major values.
enum PlainKernels {
    static func affine(_ n: Int, _ shape: Shape, x: Floats, scale: Floats, shift: Floats, y: Floats, _ parallel: Parallel) {
        let channels = shape[0]
        let area = shape.elementCount / max(channels, 1)
        parallel(n * channels) { plane, _ in
            let (a, b) = unsafe (scale[plane % channels], shift[plane % channels])
            let offset = plane * area
            for i in offset..<offset + area { unsafe y[i] = a * x[i] + b }
        }
    }

    static func sum(_ count: Int, _ inputs: [Floats], y: Floats, _ parallel: Parallel) {
        parallel.ranges(count) { range in
            for i in range { unsafe y[i] = inputs[0][i] }
            for unsafe input in unsafe inputs.dropFirst() { for i in range { unsafe y[i] += input[i] } }
        }
    }

    static func add(_ count: Int, _ x: Floats, onto y: Floats, _ parallel: Parallel) {
        parallel.ranges(count) { range in for i in range { unsafe y[i] += x[i] } }
    }

    /// Elementwise, or each plane by one number (squeeze-and-excitation).
    static func multiply(_ n: Int, _ shape: Shape, by other: Shape, _ a: Floats, _ b: Floats, y: Floats, _ parallel: Parallel) {
        if shape == other {
            parallel.ranges(n * shape.elementCount) { range in for i in range { unsafe y[i] = a[i] * b[i] } }
            return
        }
        let area = shape.elementCount / max(shape[0], 1)
        parallel(n * shape[0]) { plane, _ in
            let factor = unsafe b[plane]
            for i in plane * area..<(plane + 1) * area { unsafe y[i] = a[i] * factor }
        }
    }

    static func concatenate(_ n: Int, _ inputs: [(Floats, Int)], y: Floats) {
        let total = unsafe inputs.reduce(0) { unsafe $0 + $1.1 }
        for sample in 0..<n {
            var target = unsafe y + sample * total
            for unsafe (input, size) in unsafe inputs {
                unsafe target.update(from: input + sample * size, count: size)
                unsafe target += size
            }
        }
    }

    /// A layer in evaluation.
    static func forward(
        _ layer: Layer, _ n: Int, input: Shape, output: Shape, x: Floats, weight: Floats?, bias: Floats?, pooling: PoolingKernel?, y: Floats,
        _ parallel: Parallel
    ) {
        let count = n * output.elementCount
        switch layer {
        case .activation(let activation): unsafe activation.forward(count, x: x, y: y, parallel)
        case .maxPool2d, .avgPool2d, .adaptiveAvgPool2d, .adaptiveMaxPool2d:
            unsafe pooling?.forward(planes: n * input[0], x: x, y: y, parallel)
        case .layerNorm(let norm):
            guard let weight = unsafe weight, let bias = unsafe bias else { return }
            let kernel = LayerNormKernel(norm, input: input)
            unsafe kernel.forward(rows: count / max(kernel.size, 1), x: x, weight: weight, bias: bias, y: y, parallel)
        case .channelShuffle(let groups): unsafe shuffle(n, input, groups: groups, x: x, y: y, inverse: false)
        case .channelSlice(let start, let end):
            let area = input.elementCount / max(input[0], 1)
            for sample in 0..<n {
                unsafe (y + sample * (end - start) * area).update(from: x + (sample * input[0] + start) * area, count: (end - start) * area)
            }
        case .flatten, .dropout, .stochasticDepth, .identity: unsafe y.update(from: x, count: count)
        // Nodes of their own kind in a graph.
        case .conv2d, .batchNorm2d, .linear, .adaptiveConcatPool2d: break
        }
    }

    /// Channel `g·k + i` becomes channel `i·groups + g`.
    static func shuffle(_ n: Int, _ shape: Shape, groups: Int, x: Floats, y: Floats, inverse: Bool) {
        let channels = shape[0]
        let area = shape.elementCount / max(channels, 1)
        let each = channels / groups
        for sample in 0..<n {
            for channel in 0..<channels {
                let other = channel % each * groups + channel / each
                let (from, to) = inverse ? (other, channel) : (channel, other)
                unsafe (y + (sample * channels + to) * area).update(from: x + (sample * channels + from) * area, count: area)
            }
        }
    }
}

extension LayerNormKernel {
    init(_ norm: LayerNormalization, input: Shape) {
        size = norm.features ?? (norm.channelsFirst ? input[0] : input[-1])
        stride = norm.channelsFirst ? input.elementCount / max(input[0], 1) : 1
        epsilon = norm.epsilon
    }
}
