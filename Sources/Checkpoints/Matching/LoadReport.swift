public import Tensors

/// What a set of weights has for a model, name by name: the four lists that a careful `load_state_dict` would print.
public struct LoadReport: Sendable {
    /// A tensor of the file that fits a parameter or buffer of the model.
    public struct Loaded: Sendable {
        /// The model's name.
        public let name: String
        /// The file's name, before renaming.
        public let source: String
        public let tensor: Tensor
    }

    /// A tensor whose name fits and whose shape does not. Nothing is ever broadcast or reshaped.
    public struct WrongShape: Sendable, Equatable {
        public let name: String
        public let source: String
        public let expected: Shape
        public let found: Shape
    }

    /// A tensor of the file that the model has no place for.
    public struct Unexpected: Sendable, Equatable {
        public let name: String
        public let shape: Shape
    }

    /// Found and fitting, in the model's order.
    public let loaded: [Loaded]
    /// Wanted by the model, absent from the file; `num_batches_tracked` is never listed, since old files lack it.
    public let missing: [String]
    /// In the file, not wanted by the model. Names that `only` leaves out are not listed, nor is `num_batches_tracked`.
    public let unexpected: [Unexpected]
    public let wrongShape: [WrongShape]
    /// The elements of the model's tensors that were considered, and of those among them that are loaded.
    public let wantedElements: Int
    public let loadedElements: Int
    /// What was done to names on the way: "prefix backbone. stripped", "DenseNet's old names rewritten".
    public let notes: [String]

    /// The share of the model's elements that the file fills, in 0...1.
    public var share: Double { wantedElements == 0 ? 0 : Double(loadedElements) / Double(wantedElements) }

    /// Whether every tensor of the model was found and fits.
    public var isComplete: Bool { missing.isEmpty && wrongShape.isEmpty && !loaded.isEmpty }

    /// Whether this deserves the name of a load: at least one in ten of the wanted tensors was found and fits.
    public var isCredible: Bool {
        let wanted = loaded.count + missing.count + wrongShape.count
        return !loaded.isEmpty && loaded.count * 10 >= wanted
    }
}
