/// Which parameters of a network are held fixed, and what BatchNorm does meanwhile.
///
/// Kept by name, so that it outlives optimisers, epochs and swapped heads.
public struct FreezePlan: Hashable, Sendable, Codable {
    /// What a BatchNorm layer does while the network trains.
    public enum BatchNormMode: String, Hashable, Sendable, Codable {
        /// Normalises with its running statistics and leaves them alone.
        case evaluation = "eval"
        /// Normalises with the batch's statistics and moves the running ones, as PyTorch's `model.train()` does.
        case training = "train"
    }

    /// Full names of the parameters that are held fixed.
    public private(set) var frozen: Set<String>
    /// Modes that were asked for, by the layer's path.
    public private(set) var batchNormModes: [String: BatchNormMode]

    /// Nothing is frozen.
    public init() {
        frozen = []
        batchNormModes = [:]
    }

    /// Holds parameters fixed.
    public mutating func freeze(_ names: some Sequence<String>) { frozen.formUnion(names) }

    /// Lets parameters train again.
    public mutating func unfreeze(_ names: some Sequence<String>) { frozen.subtract(names) }

    /// Asks for a mode of the BatchNorm layer at `path`; `nil` gives it back to the default.
    public mutating func setBatchNormMode(_ mode: BatchNormMode?, path: String) { batchNormModes[path] = mode }

    /// Drops names and paths at or below `path`: the part that stood there was replaced.
    public mutating func forget(path: String) {
        func below(_ name: String) -> Bool { path.isEmpty || name == path || name.hasPrefix(path + ".") }
        frozen = frozen.filter { !below($0) }
        batchNormModes = batchNormModes.filter { !below($0.key) }
    }

    /// Whether the parameter trains.
    public func trains(_ name: String) -> Bool { !frozen.contains(name) }

    /// The mode of the BatchNorm layer at `path`: as asked for, else evaluation when both its parameters are frozen (they are
    /// statistics of other data otherwise), else training.
    public func batchNormMode(path: String) -> BatchNormMode {
        if let mode = batchNormModes[path] { return mode }
        let names = path.isEmpty ? ["weight", "bias"] : ["\(path).weight", "\(path).bias"]
        return names.allSatisfy(frozen.contains) ? .evaluation : .training
    }
}
