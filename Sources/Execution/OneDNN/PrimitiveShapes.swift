import COneDNN
import NeuralNetworks
import Tensors

extension thaw_convolution {
    /// The sizes of a convolution of a batch.
    init(_ convolution: Convolution, batch: Int, input: Shape, output: Shape, hasBias: Bool) {
        let vertical = convolution.padding.amounts(
            input: input[1], kernel: convolution.kernel.height, stride: convolution.stride.height, dilation: convolution.dilation.height,
            vertical: true)
        let horizontal = convolution.padding.amounts(
            input: input[2], kernel: convolution.kernel.width, stride: convolution.stride.width, dilation: convolution.dilation.width,
            vertical: false)
        self.init(
            batch: batch, channels: input[0], outChannels: output[0], groups: convolution.groups, input: input, output: output,
            kernel: convolution.kernel, stride: convolution.stride, dilation: convolution.dilation, top: vertical.before, left: horizontal.before,
            hasBias: hasBias)
    }

    /// The padding at the end is what the output's size asks for: less than declared where strides leave rows unread.
    init(
        batch: Int, channels: Int, outChannels: Int, groups: Int, input: Shape, output: Shape, kernel: Extent, stride: Extent, dilation: Extent,
        top: Int, left: Int, hasBias: Bool
    ) {
        func end(_ output: Int, _ stride: Int, _ kernel: Int, _ dilation: Int, _ input: Int, _ before: Int) -> Int64 {
            Int64(max(0, (output - 1) * stride + dilation * (kernel - 1) + 1 - input - before))
        }
        self.init(
            batch: Int64(batch), groups: Int64(groups), in_channels: Int64(channels), out_channels: Int64(outChannels),
            in_height: Int64(input[1]), in_width: Int64(input[2]), out_height: Int64(output[1]), out_width: Int64(output[2]),
            kernel_height: Int64(kernel.height), kernel_width: Int64(kernel.width), stride_height: Int64(stride.height),
            stride_width: Int64(stride.width), dilation_height: Int64(dilation.height), dilation_width: Int64(dilation.width), top: Int64(top),
            left: Int64(left), bottom: end(output[1], stride.height, kernel.height, dilation.height, input[1], top),
            right: end(output[2], stride.width, kernel.width, dilation.width, input[2], left), has_bias: hasBias ? 1 : 0)
    }
}

/// A pooling layer that oneDNN can compute.
struct PoolingShape {
    let shape: thaw_convolution
    /// As `thaw_pooling_forward` counts.
    let kind: Int32

    /// `nil` where windows differ in size (adaptive pooling of sizes that don't divide), or where the divisor of windows that hang over the
    /// padding differs from PyTorch's.
    init?(_ layer: Layer, batch: Int, input: Shape, output: Shape) {
        func make(_ kernel: Extent, _ stride: Extent, _ padding: Extent) -> thaw_convolution {
            thaw_convolution(
                batch: batch, channels: input[0], outChannels: output[0], groups: 1, input: input, output: output, kernel: kernel, stride: stride,
                dilation: Extent(1), top: padding.height, left: padding.width, hasBias: false)
        }
        switch layer {
        case .maxPool2d(let pooling):
            shape = make(pooling.kernel, pooling.stride, pooling.padding)
            kind = 0
        case .avgPool2d(let pooling):
            shape = make(pooling.kernel, pooling.stride, pooling.padding)
            if pooling.countIncludePad, shape.bottom > Int64(pooling.padding.height) || shape.right > Int64(pooling.padding.width) { return nil }
            kind = pooling.countIncludePad ? 1 : 2
        case .adaptiveAvgPool2d, .adaptiveMaxPool2d:
            guard output[1] > 0, output[2] > 0, input[1] % output[1] == 0, input[2] % output[2] == 0 else { return nil }
            let window = Extent(input[1] / output[1], input[2] / output[2])
            shape = make(window, window, Extent(0))
            if case .adaptiveMaxPool2d = layer { kind = 0 } else { kind = 2 }
        default: return nil
        }
        // A window that lies in the padding alone has no maximum in oneDNN.
        guard shape.bottom < shape.kernel_height, shape.right < shape.kernel_width else { return nil }
    }
}

extension Activation {
    var function: thaw_function {
        switch self {
        case .relu: THAW_RELU
        case .relu6: THAW_CLIP6
        case .silu: THAW_SILU
        case .hardswish: THAW_HARDSWISH
        case .hardsigmoid: THAW_HARDSIGMOID
        case .sigmoid: THAW_SIGMOID
        case .gelu: THAW_GELU
        case .tanh: THAW_TANH
        }
    }
}
