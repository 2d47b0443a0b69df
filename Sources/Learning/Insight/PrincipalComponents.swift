import Tensors

/// Principal components by subspace iteration: no covariance matrix is formed, so thousands of features are no matter.
struct PrincipalComponents {
    let result: (points: [[Double]], explained: [Double])

    init(_ vectors: Tensor, count wanted: Int) {
        let (rows, columns) = (vectors.shape[0], vectors.shape[1])
        let count = max(0, min(wanted, min(rows, columns)))
        var data = vectors.elements.map(Double.init)
        for column in 0..<columns {
            var mean = 0.0
            for row in 0..<rows { mean += data[row * columns + column] }
            mean /= Double(max(rows, 1))
            for row in 0..<rows { data[row * columns + column] -= mean }
        }
        let total = data.reduce(0) { $0 + $1 * $1 }
        var random = RandomSource(seed: 0x5043_41)
        // Two spare directions make the wanted ones converge faster.
        let width = min(count + 2, min(rows, columns))
        var basis = (0..<width).map { _ in (0..<columns).map { _ in Double(random.normal()) } }
        Self.orthonormalise(&basis)
        for _ in 0..<60 where width > 0 {
            basis = basis.map { Self.transposedProduct(data, rows, columns, Self.product(data, rows, columns, $0)) }
            Self.orthonormalise(&basis)
        }
        var components = basis.map { direction -> (scores: [Double], variance: Double) in
            let scores = Self.product(data, rows, columns, direction)
            return (scores, scores.reduce(0) { $0 + $1 * $1 })
        }
        components.sort { $0.variance > $1.variance }
        // The sign is arbitrary; the largest score is made positive so that plots don't flip.
        let kept = components.prefix(count).map { component -> (scores: [Double], variance: Double) in
            let extreme = component.scores.max { abs($0) < abs($1) } ?? 0
            return extreme < 0 ? (component.scores.map { -$0 }, component.variance) : component
        }
        result = (
            (0..<rows).map { row in kept.map { $0.scores[row] } }, kept.map { total > 0 ? $0.variance / total : 0 }
        )
    }

    private static func product(_ data: [Double], _ rows: Int, _ columns: Int, _ vector: [Double]) -> [Double] {
        (0..<rows).map { row in
            var sum = 0.0
            for column in 0..<columns { sum += data[row * columns + column] * vector[column] }
            return sum
        }
    }

    private static func transposedProduct(_ data: [Double], _ rows: Int, _ columns: Int, _ vector: [Double]) -> [Double] {
        var result = [Double](repeating: 0, count: columns)
        for row in 0..<rows {
            let factor = vector[row]
            for column in 0..<columns { result[column] += data[row * columns + column] * factor }
        }
        return result
    }

    /// Gram–Schmidt; a direction that vanishes becomes zero.
    private static func orthonormalise(_ basis: inout [[Double]]) {
        for index in basis.indices {
            for earlier in 0..<index {
                var dot = 0.0
                for axis in basis[index].indices { dot += basis[index][axis] * basis[earlier][axis] }
                for axis in basis[index].indices { basis[index][axis] -= dot * basis[earlier][axis] }
            }
            let norm = basis[index].reduce(0) { $0 + $1 * $1 }.squareRoot()
            for axis in basis[index].indices { basis[index][axis] = norm > 1e-12 ? basis[index][axis] / norm : 0 }
        }
    }
}
