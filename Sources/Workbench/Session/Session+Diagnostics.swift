import Checkpoints
public import CommandLanguage
import Execution
import Imaging
import Learning
import ModelZoo
import NeuralNetworks
import Tensors

/// The one place where the parts' errors become diagnostics of the language.
extension Session {
    public func diagnostic(for error: any Error) -> Diagnostic {
        switch error {
        case let error as Diagnostic: error
        case LearningError.headSize(let outputs, let classes):
            Self.make(.shape, error, hint: "Give it a head of that size: `\(headPath(outputs: outputs)) = Linear(\(classes))`.")
        case let error as LearningError: Self.diagnostic(error)
        case let error as WeightsError:
            switch error {
            case .interrupted: Diagnostic(.interrupted, "Interrupted; what has come of the file is kept.")
            case .offline: Self.make(.file, error, hint: weightsHere)
            default: Self.make(.file, error)
            }
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

    /// What could be taken instead of weights that can't be fetched.
    private var weightsHere: String? {
        let names = ModelZoo.architectures.filter { $0.weights.contains { weights.find($0.file) != nil } }.map(\.name)
        return names.isEmpty ? nil : "Weights that are here: \(Self.listed(names)), as in `net = \(names[0])(weights=imagenet)`."
    }

    /// The path of the head that has so many outputs: of the network that was meant, or of the newest.
    private func headPath(outputs: Int) -> String {
        for name in (meantNetwork.map { [$0] } ?? []) + names(of: NetworkObject.self) {
            guard let network = object(named: name) as? NetworkObject, let head = network.model.head,
                (try? network.model.graph().outputShape.elementCount) == outputs
            else { continue }
            return "\(name).\(head)"
        }
        return "net.head"
    }

    private static func diagnostic(_ error: LearningError) -> Diagnostic {
        switch error {
        case .interrupted: Diagnostic(.interrupted, "Interrupted.")
        case .execution(let error): diagnostic(error)
        case .shape: make(.shape, error)
        case .noSuchFolder, .noClassFolders, .noPictures, .allFiltered, .cannotRead, .csv, .unreadablePictures, .noCheckpoint, .notAModelFile,
            .image, .checkpoint:
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

    /// A sentence that begins with a capital letter, unless it begins with a path (`fc (Linear): …`) or a name in quotes.
    private static func make(
        _ kind: Diagnostic.Kind, _ error: any Error, hint: String? = nil, suggestions: [String] = []
    ) -> Diagnostic {
        var text = String(describing: error)
        let word = text.prefix { $0 != " " }
        // Sentences about files begin with the file's path, which may look like a word.
        let isPath = kind == .file && !["the", "there", "no", "nothing"].contains(word)
        if let first = text.first, first.isLowercase, !isPath, word.allSatisfy(\.isLetter), !text.dropFirst(word.count).hasPrefix(" (") {
            text = first.uppercased() + text.dropFirst()
        }
        if !text.hasSuffix(".") { text += "." }
        return Diagnostic(kind, text, hint: hint, suggestions: suggestions)
    }
}
