import Imaging

/// Mean and standard deviation of each channel over a data set's pictures, in 0…1: what `Normalize` takes for pictures that are unlike
/// photographs.
public struct ChannelStatistics: Hashable, Sendable {
    public let mean: [Double]
    /// Of single pixels around the mean of all, not of pictures' means.
    public let standardDeviation: [Double]
    public let pictures: Int
    public let failures: [LoadFailure]

    /// Decodes every picture of a part. Each picture counts the same, whatever its size.
    public init(
        _ part: DatasetPart, progress: (_ done: Int, _ count: Int) -> Void = { _, _ in }, isInterrupted: () -> Bool = { false }
    ) throws(LearningError) {
        let decoding = part.dataset.decoding
        let sums = WorkerThreads.map(
            Array(part.enumerated()), isInterrupted: isInterrupted, progress: { progress($0, part.count) }
        ) { index, sample -> Result<Moments, LoadFailure.Reason> in
            do { return .success(Moments(try Image.decode(path: sample.path, decoding))) } catch {
                return .failure(.init(PictureSource.reason(error)))
            }
        }
        guard let sums else { throw .interrupted }
        var failures: [LoadFailure] = []
        var total: Moments?
        var count = 0
        for (index, result) in sums.enumerated() {
            switch result {
            case .success(let moments):
                total = total.map { $0.adding(moments) } ?? moments
                count += 1
            case .failure(let reason): failures.append(LoadFailure(index: index, path: part[index].path, reason: reason.text))
            }
        }
        guard let total else {
            throw .unreadablePictures(
                count: failures.count, of: part.count, first: failures.first?.path ?? "", reason: failures.first?.reason ?? "")
        }
        let means = total.first.map { $0 / Double(count) }
        mean = means
        standardDeviation = zip(total.second, means).map { max($0 / Double(count) - $1 * $1, 0).squareRoot() }
        pictures = count
        self.failures = failures
    }

    /// Means of the values and of their squares over a picture, by channel.
    private struct Moments: Sendable {
        var first: [Double]
        var second: [Double]

        init(_ image: Image) {
            var sums = [Int](repeating: 0, count: image.channels)
            var squares = [Int](repeating: 0, count: image.channels)
            unsafe image.withPixels { pixels in
                for position in 0..<pixels.count {
                    let value = unsafe Int(pixels[position])
                    sums[position % image.channels] += value
                    squares[position % image.channels] += value * value
                }
            }
            let count = Double(max(image.width * image.height, 1))
            first = sums.map { Double($0) / count / 255 }
            second = squares.map { Double($0) / count / (255 * 255) }
        }

        func adding(_ other: Moments) -> Moments {
            var result = self
            result.first = zip(first, other.first).map(+)
            result.second = zip(second, other.second).map(+)
            return result
        }
    }
}
