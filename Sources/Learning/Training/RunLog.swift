import Checkpoints

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// One finished, stopped or broken training, as one line of a run log.
public struct RunRecord: Hashable, Sendable, Codable {
    /// What people call the run; `run 3` by default.
    public var name: String
    /// Seconds since 1970.
    public var started: Double
    /// The source of the cell that started it.
    public var cell: String
    public var architecture: String
    public var dataset: String
    /// ``Dataset/fingerprint``, 16 hexadecimal digits.
    public var dataFingerprint: String
    public var settings: TrainingSettings
    public var trainable: [String]
    public var epochs: [EpochRecord]
    /// Why it ended.
    public var ending: String
    public var seconds: Double
    /// Names and versions of what computed it.
    public var versions: [String: String]

    public init(
        name: String, started: Double, cell: String, architecture: String, dataset: String, dataFingerprint: String,
        settings: TrainingSettings, trainable: [String], epochs: [EpochRecord], ending: String, seconds: Double,
        versions: [String: String]
    ) {
        self.name = name
        self.started = started
        self.cell = cell
        self.architecture = architecture
        self.dataset = dataset
        self.dataFingerprint = dataFingerprint
        self.settings = settings
        self.trainable = trainable
        self.epochs = epochs
        self.ending = ending
        self.seconds = seconds
        self.versions = versions
    }
}

/// Runs one after another in a file of JSON lines. A line that can't be read (cut short by a power loss) loses nothing but itself.
public struct RunLog: Sendable {
    public let path: String

    public init(path: String) { self.path = path }

    /// Adds a line, and makes the log's folder if it is not there: a run may end before its first epoch is stored.
    public func append(_ record: RunRecord) throws(LearningError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        let line: [UInt8]
        do { line = Array(try encoder.encode(record)) + [0x0A] } catch {
            throw .checkpoint(.cannotWrite(path: path, reason: "\(error)"))
        }
        try FileLine.makeFolder(FilePath.folder(path))
        try FileLine.append(line, to: path)
    }

    /// How many lines there are; 0 if there is no file.
    public var count: Int { (try? FilePath.read(path))?.count { $0 == 0x0A } ?? 0 }

    /// Every run that can be read, the oldest first; none if there is no file.
    public func read() throws(LearningError) -> [RunRecord] {
        guard FilePath.facts(path) != nil else { return [] }
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try FilePath.read(path).split(separator: 0x0A).compactMap { try? decoder.decode(RunRecord.self, from: Data($0)) }
    }
}
