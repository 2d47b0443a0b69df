import Tensors

/// Turns what a pickle describes into named tensors.
struct TorchTensors {
    let file: ReadableFile
    /// Where each storage's elements begin, and how many bytes are there.
    let storages: [String: (offset: Int, byteCount: Int)]

    /// Keys under which training programs put the weights among other things, most usual first.
    private static let wrappers = ["state_dict", "model_state_dict", "model_state", "model", "net", "network", "params", "weights", "module"]

    /// The dictionary of tensors in the object of a file.
    func stateDictionary(_ root: PickleValue, _ notes: inout [String]) throws(CheckpointError) -> StateDictionary {
        guard case .dictionary(let dictionary) = root else { throw .noTensors(path: file.path, found: Self.described(root)) }
        var found = dictionary
        if !Self.holdsTensors(dictionary) {
            // A million entries can name one dictionary: each is looked into once.
            var known: [ObjectIdentifier: Bool] = [:]
            func holdsTensors(_ inner: PickleDictionary) -> Bool {
                if let answer = known[ObjectIdentifier(inner)] { return answer }
                let answer = Self.holdsTensors(inner)
                known[ObjectIdentifier(inner)] = answer
                return answer
            }
            let nested = dictionary.entries.compactMap { entry -> (name: String, value: PickleDictionary)? in
                guard case .text(let name) = entry.key, case .dictionary(let inner) = entry.value, holdsTensors(inner) else { return nil }
                return (name, inner)
            }
            let chosen = Self.wrappers.lazy.compactMap { name in nested.first { $0.name == name } }.first ?? nested.first
            guard let chosen else {
                let keys = dictionary.entries.compactMap { if case .text(let name) = $0.key { name } else { nil } }
                throw .noTensors(path: file.path, found: keys.isEmpty ? "an empty dictionary" : "the keys \(keys.prefix(8).joined(separator: ", "))")
            }
            found = chosen.value
            let others = dictionary.entries.compactMap { entry -> String? in
                if case .text(let name) = entry.key, name != chosen.name { name } else { nil }
            }
            notes.append(
                "took the nested \(chosen.name)" + (others.isEmpty ? "" : ", left \(others.prefix(6).joined(separator: ", "))"))
        }
        var state = StateDictionary()
        var shared: [TorchTensor: Tensor] = [:]
        var passedOver = 0
        var total = 0
        let limit = file.size * 4 + (1 << 24)
        for (key, value) in found.entries {
            guard case .text(let name) = key, case .tensor(let tensor) = value else {
                passedOver += 1
                continue
            }
            let values: Tensor
            if let known = shared[tensor] { values = known } else {
                // Views may overlap, and each is read by itself: a small file must not ask for a large memory.
                let (sum, overflow) = total.addingReportingOverflow(elementCount(of: tensor.shape, atMost: limit) ?? limit)
                guard !overflow, sum <= limit else {
                    throw .tooLarge(path: file.path, what: "its tensors together (in values)", size: UInt64(clamping: sum), limit: UInt64(limit))
                }
                total = sum
                values = try read(tensor, named: name)
            }
            shared[tensor] = values
            state.set(.init(name: name, tensor: values, storedAs: tensor.storage.type))
        }
        if passedOver > 0 { notes.append("\(passedOver) entries that are no tensors passed over") }
        return state
    }

    private func read(_ tensor: TorchTensor, named name: String) throws(CheckpointError) -> Tensor {
        guard let (start, byteCount) = storages[tensor.storage.key] else {
            throw .malformed(path: file.path, defect: "\(name) has no storage")
        }
        guard let span = tensor.span, elementCount(of: tensor.shape, atMost: max(file.size, 1) * 8) != nil else {
            throw .malformed(path: file.path, defect: "\(name) has an impossible shape")
        }
        let (first, overflow) = tensor.offset.addingReportingOverflow(tensor.storage.viewOffset)
        let (last, more) = first.addingReportingOverflow(span)
        guard !overflow, !more, last <= byteCount / tensor.storage.type.byteCount else {
            throw .malformed(path: file.path, defect: "\(name) reaches beyond its storage")
        }
        let source = TensorSource(file: file, offset: start + first * tensor.storage.type.byteCount, type: tensor.storage.type)
        return try source.tensor(Shape(tensor.shape), strides: tensor.strides, span: span, named: name)
    }

    private static func holdsTensors(_ dictionary: PickleDictionary) -> Bool {
        dictionary.entries.contains { if case .tensor = $0.value { true } else { false } }
    }

    private static func described(_ value: PickleValue) -> String {
        switch value {
        case .tensor: "a single tensor without a name"
        case .list, .tuple: "a list"
        case .dictionary: "a dictionary"
        default: "a single value"
        }
    }
}
