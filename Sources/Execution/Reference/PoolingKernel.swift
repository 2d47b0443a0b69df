import NeuralNetworks
import Tensors

/// Pooling over `[N, C, H, W]`, one plane at a time.
struct PoolingKernel {
    enum Kind { case maximum, mean }
    let kind: Kind
    let height, width, outHeight, outWidth: Int
    /// Windows by output row and column: first and end of the input, and the divisor's extent.
    private let rows, columns: [(start: Int, end: Int, extent: Int)]

    /// Windows of a fixed size.
    init(_ pooling: Pooling, kind: Kind, input: Shape, output: Shape) {
        self.kind = kind
        (height, width) = (input[1], input[2])
        (outHeight, outWidth) = (output[1], output[2])
        func windows(_ count: Int, size: Int, kernel: Int, stride: Int, padding: Int) -> [(start: Int, end: Int, extent: Int)] {
            (0..<count).map { index in
                let start = index * stride - padding
                let end = min(start + kernel, size + padding)
                let inside = (max(start, 0), min(end, size))
                return (inside.0, inside.1, pooling.countIncludePad ? end - start : inside.1 - inside.0)
            }
        }
        rows = windows(outHeight, size: height, kernel: pooling.kernel.height, stride: pooling.stride.height, padding: pooling.padding.height)
        columns = windows(outWidth, size: width, kernel: pooling.kernel.width, stride: pooling.stride.width, padding: pooling.padding.width)
    }

    /// Windows that divide the input: from ⌊i·in/out⌋ to ⌈(i+1)·in/out⌉.
    init(adaptive kind: Kind, input: Shape, output: Shape) {
        self.kind = kind
        (height, width) = (input[1], input[2])
        (outHeight, outWidth) = (output[1], output[2])
        func windows(_ count: Int, _ size: Int) -> [(start: Int, end: Int, extent: Int)] {
            (0..<count).map { index in
                let (start, end) = (index * size / count, ((index + 1) * size + count - 1) / count)
                return (start, end, end - start)
            }
        }
        rows = windows(outHeight, height)
        columns = windows(outWidth, width)
    }

    func forward(planes: Int, x: Floats, y: Floats, _ parallel: Parallel) {
        parallel(planes) { plane, _ in
            let input = unsafe x + plane * height * width
            let output = unsafe y + plane * outHeight * outWidth
            for row in 0..<outHeight {
                for column in 0..<outWidth {
                    unsafe output[row * outWidth + column] = pooled(input, rows[row], columns[column])
                }
            }
        }
    }

    private func pooled(_ x: Floats, _ v: (start: Int, end: Int, extent: Int), _ h: (start: Int, end: Int, extent: Int)) -> Float {
        switch kind {
        case .maximum:
            var largest = -Float.infinity
            for i in v.start..<v.end {
                for j in h.start..<h.end {
                    let value = unsafe x[i * width + j]
                    if value > largest || value.isNaN { largest = value }
                }
            }
            return largest
        case .mean:
            var sum: Float = 0
            for i in v.start..<v.end { for j in h.start..<h.end { unsafe sum += x[i * width + j] } }
            return sum / Float(v.extent * h.extent)
        }
    }

    /// `dx +=`; the first of equal maxima gets the gradient, as in PyTorch.
    func backward(planes: Int, x: Floats, dy: Floats, dx: Floats, _ parallel: Parallel) {
        parallel(planes) { plane, _ in
            let input = unsafe x + plane * height * width
            let target = unsafe dx + plane * height * width
            let gradient = unsafe dy + plane * outHeight * outWidth
            for row in 0..<outHeight {
                let v = rows[row]
                for column in 0..<outWidth {
                    let h = columns[column]
                    let value = unsafe gradient[row * outWidth + column]
                    switch kind {
                    case .maximum:
                        var (largest, place) = (-Float.infinity, v.start * width + h.start)
                        for i in v.start..<v.end {
                            for j in h.start..<h.end {
                                let candidate = unsafe input[i * width + j]
                                if candidate > largest || candidate.isNaN { (largest, place) = (candidate, i * width + j) }
                            }
                        }
                        unsafe target[place] += value
                    case .mean:
                        let share = value / Float(v.extent * h.extent)
                        for i in v.start..<v.end { for j in h.start..<h.end { unsafe target[i * width + j] += share } }
                    }
                }
            }
        }
    }
}
