public import Imaging

/// A map-style data set: pictures on disk with their classes, in parts for training, validation and testing.
///
/// A value: nothing is decoded before it is asked for, and a changed copy leaves the original alone.
public struct Dataset: Sendable {
    /// The folder's or list's own name.
    public var name: String
    /// The folder below which the pictures lie.
    public let root: String
    /// The classes by index; sorted by code point unless they were given.
    public private(set) var classes: [String]
    /// Every picture, part by part, class by class.
    public private(set) var samples: [Sample]
    /// How the pictures of each part are prepared. Validation and testing share one unless `test` is set.
    public var transforms: [Split: TransformPipeline] = [:]
    /// Colour mode and what becomes of the EXIF orientation.
    public var decoding = DecodeOptions(exif: .apply)
    /// What was passed over, and why.
    public internal(set) var skipped: [SkippedPath]
    /// What its user should know about how it came to be.
    public internal(set) var notes: [DatasetNote]
    /// Samples that were put aside since this data set was made.
    var setAside: [Sample] = []
    private var positions: [Split: [Int]]

    /// A data set of the given samples, whose labels are positions in `classes`.
    public init(
        name: String, root: String, classes: [String], samples: [Sample], skipped: [SkippedPath] = [],
        notes: [DatasetNote] = []
    ) {
        precondition(samples.allSatisfy { classes.indices.contains($0.label) }, "every label is a position among the classes")
        self.name = name
        self.root = root
        self.classes = classes
        self.samples = samples
        self.skipped = skipped
        self.notes = notes
        positions = Self.positions(samples)
    }

    private static func positions(_ samples: [Sample]) -> [Split: [Int]] {
        var positions: [Split: [Int]] = [:]
        for (index, sample) in samples.enumerated() { positions[sample.split, default: []].append(index) }
        return positions
    }

    /// The number of pictures in all parts.
    public var count: Int { samples.count }

    /// The parts that have pictures.
    public var splits: [Split] { Split.allCases.filter { positions[$0] != nil } }

    /// One part.
    public subscript(_ split: Split) -> DatasetPart { DatasetPart(dataset: self, split: split, positions: positions[split] ?? []) }

    public var train: DatasetPart { self[.train] }
    public var val: DatasetPart { self[.val] }
    public var test: DatasetPart { self[.test] }

    /// The transform of a part: its own, for `test` else that of `val`; none is the empty pipeline.
    public func transform(_ split: Split) -> TransformPipeline? {
        transforms[split] ?? (split == .test ? transforms[.val] : nil)
    }

    /// The same pictures with others in their place; `keep` of `nil` drops one. Parts and positions are worked out afresh.
    func mapping(classes: [String]? = nil, _ change: (Sample) -> Sample?) -> Dataset {
        var result = self
        result.classes = classes ?? self.classes
        // Labels of what was put aside count among the old classes.
        if result.classes != self.classes { result.setAside = [] }
        result.samples = samples.compactMap(change)
        result.positions = Self.positions(result.samples)
        return result
    }

    /// The same data set with all pictures replaced.
    func replacing(samples: [Sample], classes: [String]) -> Dataset {
        var result = self
        result.classes = classes
        if classes != self.classes { result.setAside = [] }
        result.samples = samples
        result.positions = Self.positions(samples)
        return result
    }

    /// ``fingerprint`` as 16 hexadecimal digits.
    public var fingerprintText: String { StableHash.hexadecimal(fingerprint) }

    /// A number that changes when a path, a label, a class or a part does: what a run log and a checkpoint remember.
    public var fingerprint: UInt64 {
        var hash = StableHash()
        for name in classes { hash.add(name) }
        for sample in samples {
            hash.add(FilePath.relative(sample.path, to: root))
            hash.add(sample.label)
            hash.add(sample.split.rawValue)
        }
        return hash.value
    }
}

/// The pictures of one part of a data set.
public struct DatasetPart: Sendable, RandomAccessCollection {
    public let dataset: Dataset
    public let split: Split
    /// Where the part's pictures are among the data set's.
    public let positions: [Int]

    public var startIndex: Int { 0 }
    public var endIndex: Int { positions.count }
    public subscript(_ index: Int) -> Sample { dataset.samples[positions[index]] }

    public var classes: [String] { dataset.classes }
    public var transform: TransformPipeline? { dataset.transform(split) }

    /// The picture at an index that a user typed.
    public func sample(at index: Int) throws(LearningError) -> Sample {
        let position = index < 0 ? index + count : index
        guard indices.contains(position) else { throw .noSuchSample(index: index, count: count) }
        return self[position]
    }

    /// The indices of the pictures of a class.
    public func indices(ofClass name: String) throws(LearningError) -> [Int] {
        guard let label = classes.firstIndex(of: name) else { throw .unknownClass(name: name, known: classes) }
        return indices.filter { self[$0].label == label }
    }

    /// The number of pictures of each class, by class index.
    public var classCounts: [Int] {
        var counts = [Int](repeating: 0, count: classes.count)
        for sample in self { counts[sample.label] += 1 }
        return counts
    }

    /// The classes that have no picture here.
    public var missingClasses: [String] { zip(classes, classCounts).filter { $1 == 0 }.map(\.0) }
}

/// FNV-1a over 64 bits: the same in every process, unlike `Hasher`. Not for secrets.
struct StableHash {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }

    mutating func mix(_ word: UInt64) { value = (value ^ word) &* 0x100_0000_01B3 }

    /// A text and its end, so that `ab` + `c` isn't `a` + `bc`.
    mutating func add(_ text: String) {
        for byte in text.utf8 { add(byte: byte) }
        add(byte: 0)
    }

    mutating func add(_ number: Int) { add(UInt64(bitPattern: Int64(number))) }

    mutating func add(_ number: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) { add(byte: UInt8(truncatingIfNeeded: number >> UInt64(shift))) }
    }

    static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
