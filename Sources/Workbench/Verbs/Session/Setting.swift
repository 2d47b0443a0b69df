import CommandLanguage
import Execution
import Learning
import Presentation

/// What `set` sets.
enum Setting: String, CaseIterable {
    case seed, threads, device, precision, exact
    case rows
    case pictureWidth = "picture_width"
    case live
    case featureMemory = "feature_memory"
    case featureDisk = "feature_disk"
    case pictureMemory = "picture_memory"
    case cacheFolder = "cache_folder"

    var help: String {
        switch self {
        case .seed: "decides everything random: new weights, shuffling, augmentation, splits"
        case .threads: "threads that compute; `none`: one for each processor"
        case .device: "what computes: `onednn` is fast, `openblas` portable"
        case .precision: "how the frozen part computes; `bf16` where the processor multiplies it"
        case .exact: "leaves out algorithms that round differently from plain summation"
        case .rows: "rows of a table beyond so many are folded"
        case .pictureWidth: "the width of pictures in grids, in pixels"
        case .live: "whether training shows a live bar and chart, or lines of text only"
        case .featureMemory: "GB of memory for features of the frozen part"
        case .featureDisk: "GB of disk for features that don't fit into memory"
        case .pictureMemory: "GB of memory for decoded pictures"
        case .cacheFolder: "where features go that don't fit into memory"
        }
    }

    var type: ParameterType {
        switch self {
        case .seed: .integer(0...Int.max)
        case .threads: .integer(1...1024)
        case .device: .choice(Backend.allCases.map(\.rawValue))
        case .precision: .choice(Precision.allCases.map(\.rawValue))
        case .exact, .live: .bool
        case .rows: .integer(4...100_000)
        case .pictureWidth: .integer(16...2048)
        case .featureMemory, .featureDisk, .pictureMemory: .number(0...100_000)
        case .cacheFolder: .file()
        }
    }

    /// The setting as it is, as one would write it.
    func value(in state: SessionState) -> String {
        let options = state.trainer.options
        let bounds = state.trainer.bounds
        return switch self {
        case .seed: String(state.trainer.settings.seed)
        case .threads: options.threads > 0 ? String(options.threads) : "none"
        case .device: options.backend.rawValue
        case .precision: options.precision.rawValue
        case .exact: String(options.isExact)
        case .rows: String(state.display.rows)
        case .pictureWidth: String(state.display.pictureWidth)
        case .live: String(state.display.isLive)
        case .featureMemory: Self.gigabytes(bounds.featureMemory)
        case .featureDisk: Self.gigabytes(bounds.featureDisk)
        case .pictureMemory: Self.gigabytes(bounds.pictures)
        case .cacheFolder: Value.text(bounds.folder).source
        }
    }

    private static func gigabytes(_ bytes: Int) -> String { Value.written((Double(bytes) / 1e7).rounded() / 100) }

    /// Sets it; `nil` takes it back to what it is at the start. Checks nothing.
    func apply(_ value: Value?, to state: inout SessionState) {
        let fresh = SessionState()
        let usual = (options: fresh.trainer.options, bounds: fresh.trainer.bounds, display: fresh.display)
        func whole(_ usual: Int) -> Int { if case .integer(let number)? = value { number } else { usual } }
        func truth(_ usual: Bool) -> Bool { if case .bool(let flag)? = value { flag } else { usual } }
        func text(_ usual: String) -> String { if case .text(let text)? = value { text } else { usual } }
        func bytes(_ usual: Int) -> Int { value?.asNumber.map { Int($0 * 1e9) } ?? usual }
        switch self {
        case .seed: state.trainer.settings.seed = UInt64(whole(0))
        case .threads: state.trainer.options.threads = whole(0)
        case .device: state.trainer.options.backend = Backend(rawValue: text("")) ?? usual.options.backend
        case .precision: state.trainer.options.precision = Precision(rawValue: text("")) ?? usual.options.precision
        case .exact: state.trainer.options.isExact = truth(usual.options.isExact)
        case .rows: state.display.rows = whole(usual.display.rows)
        case .pictureWidth: state.display.pictureWidth = whole(usual.display.pictureWidth)
        case .live: state.display.isLive = truth(usual.display.isLive)
        case .featureMemory: state.trainer.bounds.featureMemory = bytes(usual.bounds.featureMemory)
        case .featureDisk: state.trainer.bounds.featureDisk = bytes(usual.bounds.featureDisk)
        case .pictureMemory: state.trainer.bounds.pictures = bytes(usual.bounds.pictures)
        case .cacheFolder: state.trainer.bounds.folder = text(usual.bounds.folder)
        }
    }
}

extension Session {
    /// Every setting with its value.
    var settingsTable: Table {
        Table(
            [.init("setting"), .init("value"), .init("")],
            rows: Setting.allCases.map {
                [
                    Table.Cell($0.rawValue, strong: true), Table.Cell($0.value(in: state)),
                    Table.Cell($0.help.replacing("`", with: "")),
                ]
            })
    }
}
