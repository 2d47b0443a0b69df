import Imaging

/// A data set in a file: which pictures, with which class and part, and how they are prepared. The pictures themselves stay where they are.
extension Dataset: Codable {
    private enum Key: String, CodingKey {
        case name, root, classes, samples, transforms, mode, exif, skipped, notes
    }

    /// A row of `samples`: the path below the root, the class's position, the part.
    private struct Row: Codable {
        let sample: Sample

        init(_ sample: Sample) { self.sample = sample }

        init(from decoder: any Decoder) throws {
            var values = try decoder.unkeyedContainer()
            sample = Sample(
                path: try values.decode(String.self), label: try values.decode(Int.self), split: try values.decode(Split.self))
        }

        func encode(to encoder: any Encoder) throws {
            var values = encoder.unkeyedContainer()
            try values.encode(sample.path)
            try values.encode(sample.label)
            try values.encode(sample.split)
        }
    }

    /// One of `notes`: none, where another version wrote one that this version doesn't know.
    private struct StoredNote: Decodable {
        let note: DatasetNote?

        init(from decoder: any Decoder) { note = try? DatasetNote(from: decoder) }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(name, forKey: .name)
        try values.encode(root, forKey: .root)
        try values.encode(classes, forKey: .classes)
        try values.encode(samples.map(Row.init), forKey: .samples)
        try values.encode(Dictionary(uniqueKeysWithValues: transforms.map { ($0.key.rawValue, $0.value) }), forKey: .transforms)
        try values.encode(decoding.mode.rawValue, forKey: .mode)
        try values.encode(decoding.exif.rawValue, forKey: .exif)
        try values.encode(skipped, forKey: .skipped)
        try values.encode(notes, forKey: .notes)
    }

    /// - Throws: `DecodingError` also for a label that is no position among the classes.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        let classes = try values.decode([String].self, forKey: .classes)
        let samples = try values.decode([Row].self, forKey: .samples).map(\.sample)
        guard samples.allSatisfy({ classes.indices.contains($0.label) }) else {
            throw DecodingError.dataCorruptedError(forKey: .samples, in: values, debugDescription: "a label that is no class")
        }
        self.init(
            name: try values.decode(String.self, forKey: .name), root: try values.decode(String.self, forKey: .root),
            classes: classes,
            samples: samples, skipped: try values.decode([SkippedPath].self, forKey: .skipped),
            notes: try values.decode([StoredNote].self, forKey: .notes).compactMap(\.note))
        for (name, pipeline) in try values.decode([String: TransformPipeline].self, forKey: .transforms) {
            guard let split = Split(rawValue: name) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .transforms, in: values, debugDescription: "an unknown part \(name)")
            }
            transforms[split] = pipeline
        }
        guard let mode = DecodeOptions.Mode(rawValue: try values.decode(String.self, forKey: .mode)),
            let exif = DecodeOptions.Orientation(rawValue: try values.decode(String.self, forKey: .exif))
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .mode, in: values, debugDescription: "an unknown colour mode or orientation")
        }
        decoding = DecodeOptions(mode: mode, exif: exif)
    }

    /// Pictures whose files are no longer there.
    public var missingFiles: [String] { samples.map(\.path).filter { FilePath.facts($0) == nil } }
}
