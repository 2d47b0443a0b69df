import Checkpoints
public import CommandLanguage
import Execution
import Imaging
import Learning
import NeuralNetworks

/// The one place where the parts' errors become diagnostics of the language.
extension Session {
    public func diagnostic(for error: any Error) -> Diagnostic {
        switch error {
        case let error as Diagnostic: error
        case let error as LearningError: Self.diagnostic(error)
        case let error as WeightsError:
            if case .interrupted = error { Diagnostic(.interrupted, "Interrupted; what has come of the file is kept.") } else { Self.make(.file, error) }
        case let error as CheckpointError: Self.make(.file, error)
        case let error as ImageError: Self.make(.file, error)
        case let error as TransformError: Self.make(.value, error)
        case let error as ShapeError: Self.make(.shape, error)
        case let error as SurgeryError: Self.make(.unknownPath, error)
        case let error as ParameterGroups.Failure: Self.make(.value, error)
        case let error as ExecutionError: Self.diagnostic(error)
        default: Self.make(.failure, error)
        }
    }

    private static func diagnostic(_ error: LearningError) -> Diagnostic {
        switch error {
        case .interrupted: Diagnostic(.interrupted, "Interrupted.")
        case .execution(let error): diagnostic(error)
        case .headSize, .shape, .batchOfOne: make(.shape, error)
        case .noSuchFolder, .noClassFolders, .noPictures, .cannotRead, .csv, .unreadablePictures, .noCheckpoint, .notAModelFile, .image, .checkpoint:
            make(.file, error)
        case .noSuchColumn(let name, let columns, _): make(.value, error, suggestions: Spelling.nearest(to: name, among: columns))
        case .unknownClass(let name, let known): make(.value, error, suggestions: Spelling.nearest(to: name, among: known))
        case .noSuchLayer(let path, let layers): make(.unknownPath, error, suggestions: Spelling.nearest(to: path, among: layers))
        case .nothingTrains, .emptySplit, .differentClasses, .differentData, .loss: make(.state, error)
        default: make(.value, error)
        }
    }

    private static func diagnostic(_ error: ExecutionError) -> Diagnostic {
        switch error {
        case .interrupted: Diagnostic(.interrupted, "Interrupted.")
        case .backendUnavailable, .precisionUnavailable, .outOfMemory: make(.device, error)
        case .missingParameter, .wrongParameterShape, .wrongInput: make(.shape, error)
        case .library: make(.failure, error)
        }
    }

    /// A sentence that begins with a capital letter, unless it begins with a path or a name in quotes.
    private static func make(_ kind: Diagnostic.Kind, _ error: any Error, suggestions: [String] = []) -> Diagnostic {
        var text = String(describing: error)
        let word = text.prefix { $0 != " " }
        if let first = text.first, first.isLowercase, word.allSatisfy(\.isLetter) { text = first.uppercased() + text.dropFirst() }
        if !text.hasSuffix(".") { text += "." }
        return Diagnostic(kind, text, suggestions: suggestions)
    }
}
