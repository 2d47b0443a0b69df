import COpenBLAS

/// `y = x Wᵀ + b` over the last axis of `[rows, in]`.
struct LinearKernel {
    let inFeatures, outFeatures: Int

    func forward(_ rows: Int, x: Floats, weight: Floats, bias: Floats?, y: Floats) {
        unsafe cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows), Int32(outFeatures), Int32(inFeatures), 1, x, Int32(inFeatures),
            weight, Int32(inFeatures), 0, y, Int32(outFeatures))
        guard let bias = unsafe bias else { return }
        for row in 0..<rows {
            for i in 0..<outFeatures { unsafe y[row * outFeatures + i] += bias[i] }
        }
    }

    /// `dx += dy W`
    func backwardInput(_ rows: Int, dy: Floats, weight: Floats, dx: Floats) {
        unsafe cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(rows), Int32(inFeatures), Int32(outFeatures), 1, dy, Int32(outFeatures),
            weight, Int32(inFeatures), 1, dx, Int32(inFeatures))
    }

    /// `dW = dyᵀ x`, `db = Σ dy`
    func backwardParameters(
        _ rows: Int, x: Floats, dy: Floats, weightGradient: Floats?, biasGradient: Floats?, accumulate: Bool
    ) {
        if let target = unsafe weightGradient {
            unsafe cblas_sgemm(
                CblasRowMajor, CblasTrans, CblasNoTrans, Int32(outFeatures), Int32(inFeatures), Int32(rows), 1, dy, Int32(outFeatures),
                x, Int32(inFeatures), accumulate ? 1 : 0, target, Int32(inFeatures))
        }
        if let target = unsafe biasGradient {
            for i in 0..<outFeatures {
                var sum: Float = 0
                for row in 0..<rows { unsafe sum += dy[row * outFeatures + i] }
                unsafe target[i] = accumulate ? target[i] + sum : sum
            }
        }
    }
}
