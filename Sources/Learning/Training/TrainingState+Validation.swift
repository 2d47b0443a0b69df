import Imaging

extension TrainingState {
    /// What an epoch was validated on: accuracies on other pictures, or on the same ones prepared otherwise, can't be compared.
    struct Validation: Hashable, Sendable, Codable {
        /// Of each picture's class, size in bytes and path below the data set's folder. Their order is no matter.
        let pictures: UInt64
        let transform: TransformPipeline
        let mode: String
        let exif: String

        init(_ source: PictureSource, of data: Dataset) {
            let fingerprints = source.samples.map { sample -> UInt64 in
                var hash = StableHash()
                hash.add(sample.label)
                hash.add(FilePath.facts(sample.path)?.byteCount ?? -1)
                hash.add(data.relativePath(sample.path))
                return hash.value
            }
            var hash = StableHash()
            for fingerprint in fingerprints.sorted() { hash.add(fingerprint) }
            pictures = hash.value
            transform = source.pipeline
            mode = source.decoding.mode.rawValue
            exif = source.decoding.exif.rawValue
        }
    }
}

extension TrainingState.Best {
    /// Whether epochs that are validated so can be better or worse than this one. Where one side is not known they are taken to be.
    func isComparable(with other: TrainingState.Validation?) -> Bool {
        guard let validation, let other else { return true }
        return validation == other
    }
}
