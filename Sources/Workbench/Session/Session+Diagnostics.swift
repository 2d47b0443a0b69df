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
            Self.make(.shape, error, hint: headHint(outputs: outputs, classes: classes))
        case LearningError.noArea(_, let others):
            Self.make(.value, error, suggestions: meantNetwork.map { name in others.prefix(1).map { "\(name).\($0)" } } ?? [])
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

    /// How the network of so many outputs that was meant, or the newest, gets as many as there are classes.
    private func headHint(outputs: Int, classes: Int) -> String {
        for name in (meantNetwork.map { [$0] } ?? []) + names(of: NetworkObject.self) {
            guard let network = object(named: name) as? NetworkObject, let head = network.model.head,
                let shape = try? network.model.graph().outputShape
            else { continue }
            let hasHead = if case .layer(let layer)? = network.model.module[path: head] { Self.isHead(layer) } else { true }
            // Without a head the outputs follow from the pictures' size, which the data may have set.
            guard shape.elementCount == outputs || !hasHead && name == meantNetwork else { continue }
            // In the place of a convolution in the middle a head would be none.
            if !hasHead {
                let before = shape.rank > 1 ? "AdaptiveAvgPool2d(1), Flatten, " : ""
                return "It ends without a head. Put one behind it: `\(name) = Sequential(\(name), \(before)Linear(\(classes)))`."
            }
            return "Give it a head of that size: `\(name).\(head) = Linear(\(classes))`."
        }
        return "Give it a head of that size: `net.head = Linear(\(classes))`."
    }

    private static func isHead(_ layer: Layer) -> Bool {
        switch layer {
        case .linear: true
        case .conv2d(let convolution): convolution.kernel == Extent(1)
        default: false
        }
    }

    private static func diagnostic(_ error: LearningError) -> Diagnostic {
        switch error {
        case .interrupted: Diagnostic(.interrupted, "Interrupted.")
        case .execution(let error): diagnostic(error)
        case .shape: make(.shape, error)
        case .unreadablePictures where error.blamesTransform: make(.value, error)
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

    /// Whether the sentence begins with a path, which keeps its letters even where it begins as a word does: `no dir/net.pth can't be …`.
    private static func beginsWithPath(_ error: any Error) -> Bool {
        switch error {
        case let error as LearningError:
            switch error {
            case .noClassFolders, .cannotRead, .csv, .noSuchColumn, .badPattern, .noLabel, .notAModelFile: true
            case .checkpoint(let inner): beginsWithPath(inner)
            case .image(let inner): beginsWithPath(inner)
            default: false
            }
        case is CheckpointError: true
        case let error as ImageError: if case .inFile = error { true } else { false }
        case let error as WeightsError:
            switch error {
            case .unreachable, .offline, .refused, .wrongContent: true
            case .wrongDownload, .cannotStore, .package, .interrupted: false
            }
        default: false
        }
    }

    /// A sentence that begins with a capital letter, unless it begins with a path (`fc (Linear): …`) or a name in quotes.
    private static func make(
        _ kind: Diagnostic.Kind, _ error: any Error, hint: String? = nil, suggestions: [String] = []
    ) -> Diagnostic {
        var text = String(describing: error)
        let word = text.prefix { $0 != " " }
        if let first = text.first, first.isLowercase, !beginsWithPath(error), word.allSatisfy(\.isLetter), !text.dropFirst(word.count).hasPrefix(" (") {
            text = first.uppercased() + text.dropFirst()
        }
        if !text.hasSuffix(".") { text += "." }
        return Diagnostic(kind, text, hint: hint, suggestions: suggestions)
    }
}
