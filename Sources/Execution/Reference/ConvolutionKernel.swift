import COpenBLAS
import NeuralNetworks
import Tensors

typealias Floats = UnsafeMutablePointer<Float>

/// 2-D convolution over `[N, C, H, W]` by im2col and matrix products.
///
/// Samples are independent pieces of work; weight gradients are summed in a fixed number of slots, in order, so that the number of threads
/// never shows in a result.
struct ConvolutionKernel {
    let channels, height, width: Int
    let outChannels, outHeight, outWidth: Int
    let groups: Int
    let kernel, stride, dilation: Extent
    let top, left: Int
    let hasBias: Bool
    let parallel: Parallel

    /// Partial sums of the weight gradient.
    static let gradientSlots = 4

    init(_ convolution: Convolution, input: Shape, output: Shape, parallel: Parallel) {
        (channels, height, width) = (input[0], input[1], input[2])
        (outChannels, outHeight, outWidth) = (output[0], output[1], output[2])
        groups = convolution.groups
        kernel = convolution.kernel
        stride = convolution.stride
        dilation = convolution.dilation
        hasBias = convolution.hasBias
        self.parallel = parallel
        top =
            convolution.padding.amounts(
                input: height, kernel: kernel.height, stride: stride.height, dilation: dilation.height, vertical: true
            ).before
        left =
            convolution.padding.amounts(
                input: width, kernel: kernel.width, stride: stride.width, dilation: dilation.width, vertical: false
            ).before
    }

    private var area: Int { outHeight * outWidth }
    private var groupChannels: Int { channels / groups }
    private var groupOut: Int { outChannels / groups }
    /// Rows of a group's column matrix.
    private var depth: Int { groupChannels * kernel.height * kernel.width }
    private var isPointwise: Bool {
        kernel == Extent(1) && stride == Extent(1) && top == 0 && left == 0 && outHeight == height && outWidth == width
    }
    private var isDepthwise: Bool { groupChannels == 1 }
    var weightCount: Int { outChannels * depth }

    /// Floats of scratch for one worker.
    var columnCount: Int { isPointwise || isDepthwise ? 0 : depth * area }
    var scratchCount: Int { columnCount * parallel.threads }
    var gradientScratchCount: Int { columnCount * 2 * parallel.threads + Self.gradientSlots * (weightCount + outChannels) }

    // MARK: - Forward

    /// `y = w ∗ x + b` for n samples; `b` is empty where there is no bias.
    func forward(_ n: Int, x: Floats, weight: Floats, bias: Floats?, y: Floats, scratch: Floats) {
        let (inSize, outSize) = (channels * height * width, outChannels * area)
        if isDepthwise {
            parallel(n * channels) { piece, _ in
                let (sample, channel) = (piece / channels, piece % channels)
                for k in 0..<groupOut {
                    let out = channel * groupOut + k
                    unsafe depthwise(
                        x: x + sample * inSize + channel * height * width, weight: weight + out * kernel.height * kernel.width,
                        start: bias?[out] ?? 0, y: y + sample * outSize + out * area)
                }
            }
            return
        }
        parallel(n * groups) { piece, worker in
            let (sample, group) = (piece / groups, piece % groups)
            let input = unsafe x + sample * inSize + group * groupChannels * height * width
            let output = unsafe y + sample * outSize + group * groupOut * area
            var columns = unsafe input
            if !isPointwise {
                unsafe columns = scratch + worker * columnCount
                unsafe gather(input, into: columns)
            }
            unsafe cblas_sgemm(
                CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(groupOut), Int32(area), Int32(depth), 1,
                weight + group * groupOut * depth, Int32(depth), columns, Int32(area), 0, output, Int32(area))
            if let bias = unsafe bias {
                for channel in 0..<groupOut {
                    let value = unsafe bias[group * groupOut + channel]
                    let row = unsafe output + channel * area
                    for i in 0..<area { unsafe row[i] += value }
                }
            }
        }
    }

    private func depthwise(x: Floats, weight: Floats, start: Float, y: Floats) {
        for row in 0..<outHeight {
            for column in 0..<outWidth {
                var sum = start
                for i in 0..<kernel.height {
                    let sourceRow = row * stride.height - top + i * dilation.height
                    guard sourceRow >= 0, sourceRow < height else { continue }
                    for j in 0..<kernel.width {
                        let sourceColumn = column * stride.width - left + j * dilation.width
                        guard sourceColumn >= 0, sourceColumn < width else { continue }
                        unsafe sum += weight[i * kernel.width + j] * x[sourceRow * width + sourceColumn]
                    }
                }
                unsafe y[row * outWidth + column] = sum
            }
        }
    }

    /// Output columns whose source lies inside the picture, for one horizontal offset.
    private func inside(_ j: Int) -> Range<Int> {
        let offset = j * dilation.width - left
        let first = offset >= 0 ? 0 : (-offset + stride.width - 1) / stride.width
        let last = offset >= width ? 0 : min(outWidth, (width - 1 - offset) / stride.width + 1)
        return first..<max(first, last)
    }

    /// im2col for one group of one sample: `[depth, area]`.
    private func gather(_ input: Floats, into columns: Floats) {
        var target = unsafe columns
        for channel in 0..<groupChannels {
            let plane = unsafe input + channel * height * width
            for i in 0..<kernel.height {
                for j in 0..<kernel.width {
                    let valid = inside(j)
                    let offset = j * dilation.width - left
                    for row in 0..<outHeight {
                        let line = unsafe target + row * outWidth
                        let sourceRow = row * stride.height - top + i * dilation.height
                        guard sourceRow >= 0, sourceRow < height else {
                            unsafe line.update(repeating: 0, count: outWidth)
                            continue
                        }
                        let source = unsafe plane + sourceRow * width
                        for column in 0..<min(valid.lowerBound, outWidth) { unsafe line[column] = 0 }
                        if stride.width == 1 {
                            if !valid.isEmpty { unsafe (line + valid.lowerBound).update(from: source + valid.lowerBound + offset, count: valid.count) }
                        } else {
                            for column in valid { unsafe line[column] = source[column * stride.width + offset] }
                        }
                        for column in min(valid.upperBound, outWidth)..<outWidth { unsafe line[column] = 0 }
                    }
                    unsafe target += area
                }
            }
        }
    }

    // MARK: - Backward

    /// `dx += wᵀ ∗ dy`; `dx` holds zeros or what other readers gave.
    func backwardInput(_ n: Int, dy: Floats, weight: Floats, dx: Floats, scratch: Floats) {
        let (inSize, outSize) = (channels * height * width, outChannels * area)
        if isDepthwise {
            parallel(n * channels) { piece, _ in
                let (sample, channel) = (piece / channels, piece % channels)
                for k in 0..<groupOut {
                    let out = channel * groupOut + k
                    unsafe depthwiseInput(
                        dy: dy + sample * outSize + out * area, weight: weight + out * kernel.height * kernel.width,
                        dx: dx + sample * inSize + channel * height * width)
                }
            }
            return
        }
        parallel(n * groups) { piece, worker in
            let (sample, group) = (piece / groups, piece % groups)
            let gradient = unsafe dy + sample * outSize + group * groupOut * area
            let target = unsafe dx + sample * inSize + group * groupChannels * height * width
            if isPointwise {
                unsafe cblas_sgemm(
                    CblasRowMajor, CblasTrans, CblasNoTrans, Int32(depth), Int32(area), Int32(groupOut), 1,
                    weight + group * groupOut * depth, Int32(depth), gradient, Int32(area), 1, target, Int32(area))
                return
            }
            let columns = unsafe scratch + worker * columnCount
            unsafe cblas_sgemm(
                CblasRowMajor, CblasTrans, CblasNoTrans, Int32(depth), Int32(area), Int32(groupOut), 1,
                weight + group * groupOut * depth, Int32(depth), gradient, Int32(area), 0, columns, Int32(area))
            unsafe scatter(columns, onto: target)
        }
    }

    /// col2im: adds `[depth, area]` back onto the picture.
    private func scatter(_ columns: Floats, onto output: Floats) {
        var source = unsafe columns
        for channel in 0..<groupChannels {
            let plane = unsafe output + channel * height * width
            for i in 0..<kernel.height {
                for j in 0..<kernel.width {
                    let valid = inside(j)
                    let offset = j * dilation.width - left
                    for row in 0..<outHeight {
                        let targetRow = row * stride.height - top + i * dilation.height
                        guard targetRow >= 0, targetRow < height else { continue }
                        let line = unsafe source + row * outWidth
                        let target = unsafe plane + targetRow * width
                        for column in valid { unsafe target[column * stride.width + offset] += line[column] }
                    }
                    unsafe source += area
                }
            }
        }
    }

    private func depthwiseInput(dy: Floats, weight: Floats, dx: Floats) {
        for row in 0..<outHeight {
            for column in 0..<outWidth {
                let gradient = unsafe dy[row * outWidth + column]
                for i in 0..<kernel.height {
                    let targetRow = row * stride.height - top + i * dilation.height
                    guard targetRow >= 0, targetRow < height else { continue }
                    for j in 0..<kernel.width {
                        let targetColumn = column * stride.width - left + j * dilation.width
                        guard targetColumn >= 0, targetColumn < width else { continue }
                        unsafe dx[targetRow * width + targetColumn] += gradient * weight[i * kernel.width + j]
                    }
                }
            }
        }
    }

    /// `dw = Σ dy · xᵀ` and `db = Σ dy`; `accumulate` adds to what is there.
    func backwardParameters(
        _ n: Int, x: Floats, dy: Floats, weightGradient: Floats?, biasGradient: Floats?, accumulate: Bool, scratch: Floats
    ) {
        let slots = min(Self.gradientSlots, n)
        let slotSize = weightCount + outChannels
        let sums = unsafe scratch + columnCount * 2 * parallel.threads
        unsafe sums.update(repeating: 0, count: slots * slotSize)
        parallel(slots) { slot, worker in
            let columns = unsafe scratch + worker * columnCount
            for sample in slot * n / slots..<(slot + 1) * n / slots {
                unsafe addGradients(
                    x: x + sample * channels * height * width, dy: dy + sample * outChannels * area, weight: sums + slot * slotSize,
                    bias: sums + slot * slotSize + weightCount, columns: columns, wantsWeight: weightGradient != nil)
            }
        }
        if let target = unsafe weightGradient { unsafe collect(sums, slots, slotSize, offset: 0, weightCount, accumulate, target) }
        if let target = unsafe biasGradient { unsafe collect(sums, slots, slotSize, offset: weightCount, outChannels, accumulate, target) }
    }

    private func collect(
        _ sums: Floats, _ slots: Int, _ slotSize: Int, offset: Int, _ count: Int, _ accumulate: Bool, _ target: Floats
    ) {
        parallel.ranges(count) { range in
            for i in range {
                var sum = unsafe sums[offset + i]
                for slot in 1..<max(slots, 1) { unsafe sum += sums[slot * slotSize + offset + i] }
                unsafe target[i] = accumulate ? target[i] + sum : sum
            }
        }
    }

    private func addGradients(x: Floats, dy: Floats, weight: Floats, bias: Floats, columns: Floats, wantsWeight: Bool) {
        for channel in 0..<outChannels {
            let row = unsafe dy + channel * area
            var sum: Float = 0
            for i in 0..<area { unsafe sum += row[i] }
            unsafe bias[channel] += sum
        }
        guard wantsWeight else { return }
        if isDepthwise {
            for out in 0..<outChannels {
                unsafe depthwiseWeight(
                    x: x + (out / groupOut) * height * width, dy: dy + out * area, weight: weight + out * kernel.height * kernel.width)
            }
            return
        }
        for group in 0..<groups {
            let input = unsafe x + group * groupChannels * height * width
            var matrix = unsafe input
            if !isPointwise {
                unsafe gather(input, into: columns)
                unsafe matrix = columns
            }
            unsafe cblas_sgemm(
                CblasRowMajor, CblasNoTrans, CblasTrans, Int32(groupOut), Int32(depth), Int32(area), 1,
                dy + group * groupOut * area, Int32(area), matrix, Int32(area), 1, weight + group * groupOut * depth, Int32(depth))
        }
    }

    private func depthwiseWeight(x: Floats, dy: Floats, weight: Floats) {
        for i in 0..<kernel.height {
            for j in 0..<kernel.width {
                let valid = inside(j)
                let offset = j * dilation.width - left
                var sum: Float = 0
                for row in 0..<outHeight {
                    let sourceRow = row * stride.height - top + i * dilation.height
                    guard sourceRow >= 0, sourceRow < height else { continue }
                    for column in valid {
                        unsafe sum += dy[row * outWidth + column] * x[sourceRow * width + column * stride.width + offset]
                    }
                }
                unsafe weight[i * kernel.width + j] += sum
            }
        }
    }
}
