/// Batch normalisation over N, H and W of `[N, C, H, W]` (Ioffe, Szegedy 2015), with PyTorch's conventions: the batch is normalised with
/// the biased variance, the running statistics gather the unbiased one.
struct BatchNormKernel {
    let channels, area: Int
    let epsilon: Float
    let momentum: Float

    /// Normalises with the batch's statistics, stores mean and 1/σ for the backward pass, and moves the running ones.
    func forwardTraining(
        _ n: Int, x: Floats, weight: Floats, bias: Floats, y: Floats, mean: Floats, inverse: Floats, runningMean: Floats, runningVariance: Floats,
        _ parallel: Parallel
    ) {
        let count = Double(n * area)
        parallel(channels) { channel, _ in
            var sum = 0.0
            for sample in 0..<n {
                let plane = unsafe x + (sample * channels + channel) * area
                var part: Float = 0
                for i in 0..<area { unsafe part += plane[i] }
                sum += Double(part)
            }
            let average = sum / count
            let center = Float(average)
            var squares = 0.0
            for sample in 0..<n {
                let plane = unsafe x + (sample * channels + channel) * area
                var part: Float = 0
                for i in 0..<area {
                    let d = unsafe plane[i] - center
                    part += d * d
                }
                squares += Double(part)
            }
            let variance = squares / count
            let scale = Float(1 / (variance + Double(epsilon)).squareRoot())
            unsafe mean[channel] = center
            unsafe inverse[channel] = scale
            let unbiased = count > 1 ? squares / (count - 1) : variance
            unsafe runningMean[channel] += momentum * (center - runningMean[channel])
            unsafe runningVariance[channel] += momentum * (Float(unbiased) - runningVariance[channel])
            let slope = unsafe weight[channel] * scale
            let shift = unsafe bias[channel] - center * slope
            for sample in 0..<n {
                let offset = (sample * channels + channel) * area
                for i in 0..<area { unsafe y[offset + i] = slope * x[offset + i] + shift }
            }
        }
    }

    /// Normalises with the running statistics, and stores mean and 1/σ.
    func forwardEvaluation(
        _ n: Int, x: Floats, weight: Floats, bias: Floats, y: Floats, mean: Floats, inverse: Floats, runningMean: Floats, runningVariance: Floats,
        _ parallel: Parallel
    ) {
        parallel(channels) { channel, _ in
            let scale = unsafe 1 / (runningVariance[channel] + epsilon).squareRoot()
            unsafe mean[channel] = runningMean[channel]
            unsafe inverse[channel] = scale
            let slope = unsafe weight[channel] * scale
            let shift = unsafe bias[channel] - runningMean[channel] * slope
            for sample in 0..<n {
                let offset = (sample * channels + channel) * area
                for i in 0..<area { unsafe y[offset + i] = slope * x[offset + i] + shift }
            }
        }
    }

    /// `dx +=`, `dγ = Σ dy·x̂`, `dβ = Σ dy`. With fixed statistics the input's gradient is just `γ/σ · dy`.
    func backward(
        _ n: Int, x: Floats, dy: Floats, weight: Floats, mean: Floats, inverse: Floats, usesBatch: Bool, dx: Floats?, weightGradient: Floats?,
        biasGradient: Floats?, accumulate: Bool, _ parallel: Parallel
    ) {
        let count = Double(n * area)
        parallel(channels) { channel, _ in
            let (center, scale) = unsafe (mean[channel], inverse[channel])
            var (sum, product) = (0.0, 0.0)
            for sample in 0..<n {
                let offset = (sample * channels + channel) * area
                var (partSum, partProduct): (Float, Float) = (0, 0)
                for i in 0..<area {
                    let g = unsafe dy[offset + i]
                    partSum += g
                    unsafe partProduct += g * (x[offset + i] - center)
                }
                sum += Double(partSum)
                product += Double(partProduct)
            }
            let normalised = product * Double(scale)
            if let target = unsafe weightGradient { unsafe target[channel] = accumulate ? target[channel] + Float(normalised) : Float(normalised) }
            if let target = unsafe biasGradient { unsafe target[channel] = accumulate ? target[channel] + Float(sum) : Float(sum) }
            guard let target = unsafe dx else { return }
            let slope = unsafe weight[channel] * scale
            let meanGradient = usesBatch ? Float(sum / count) : 0
            let meanProduct = usesBatch ? Float(normalised / count) * scale : 0
            for sample in 0..<n {
                let offset = (sample * channels + channel) * area
                for i in 0..<area {
                    unsafe target[offset + i] += slope * (dy[offset + i] - meanGradient - (x[offset + i] - center) * meanProduct)
                }
            }
        }
    }
}

/// Layer normalisation of rows of `size` numbers that lie `stride` apart.
struct LayerNormKernel {
    /// Numbers that are normalised together.
    let size: Int
    /// The distance between them: 1 for the last axis, H·W for channels first.
    let stride: Int
    let epsilon: Float

    /// The first number of row `index`.
    @inline(__always) private func start(_ index: Int) -> Int { index / stride * (size * stride) + index % stride }

    func forward(rows: Int, x: Floats, weight: Floats, bias: Floats, y: Floats, _ parallel: Parallel) {
        parallel.ranges(rows, grain: 64) { range in
            for row in range {
                let offset = start(row)
                let (mean, inverse) = unsafe statistics(x + offset)
                for i in 0..<size {
                    unsafe y[offset + i * stride] = (x[offset + i * stride] - mean) * inverse * weight[i] + bias[i]
                }
            }
        }
    }

    private func statistics(_ x: Floats) -> (mean: Float, inverse: Float) {
        var (sum, squares) = (0.0, 0.0)
        for i in 0..<size { unsafe sum += Double(x[i * stride]) }
        let mean = sum / Double(size)
        for i in 0..<size {
            let d = unsafe Double(x[i * stride]) - mean
            squares += d * d
        }
        return (Float(mean), Float(1 / (squares / Double(size) + Double(epsilon)).squareRoot()))
    }

    /// `dx +=`; parameter gradients are summed in order of the rows, on one thread.
    func backward(
        rows: Int, x: Floats, dy: Floats, weight: Floats, dx: Floats?, weightGradient: Floats?, biasGradient: Floats?, accumulate: Bool,
        _ parallel: Parallel
    ) {
        if let target = unsafe dx {
            parallel.ranges(rows, grain: 64) { range in
                for row in range {
                    let offset = start(row)
                    let (mean, inverse) = unsafe statistics(x + offset)
                    var (sum, product): (Float, Float) = (0, 0)
                    for i in 0..<size {
                        let g = unsafe dy[offset + i * stride] * weight[i]
                        sum += g
                        unsafe product += g * (x[offset + i * stride] - mean) * inverse
                    }
                    for i in 0..<size {
                        let normalised = unsafe (x[offset + i * stride] - mean) * inverse
                        unsafe target[offset + i * stride] +=
                            inverse * (dy[offset + i * stride] * weight[i] - (sum + normalised * product) / Float(size))
                    }
                }
            }
        }
        guard unsafe weightGradient != nil || biasGradient != nil else { return }
        var sums = [Float](repeating: 0, count: size)
        var products = [Float](repeating: 0, count: size)
        for row in 0..<rows {
            let offset = start(row)
            let (mean, inverse) = unsafe statistics(x + offset)
            for i in 0..<size {
                let g = unsafe dy[offset + i * stride]
                sums[i] += g
                unsafe products[i] += g * (x[offset + i * stride] - mean) * inverse
            }
        }
        for i in 0..<size {
            if let target = unsafe weightGradient { unsafe target[i] = accumulate ? target[i] + products[i] : products[i] }
            if let target = unsafe biasGradient { unsafe target[i] = accumulate ? target[i] + sums[i] : sums[i] }
        }
    }
}
