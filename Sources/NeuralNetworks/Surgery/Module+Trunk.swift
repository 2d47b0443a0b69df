/// Why a part of a network can't be taken or swapped.
public enum SurgeryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Nothing stands at the path.
    case noSuchPart(path: String, among: [String])
    /// The network can't end there: data that flows around the part is still needed.
    case notACut(path: String, block: String, kind: String)

    public var description: String {
        switch self {
        case .noSuchPart(let path, let names):
            "the network has no part called \(path); there it has \(names.isEmpty ? "no parts" : names.joined(separator: ", "))"
        case .notACut(let path, let block, let kind):
            "the network can't be cut after \(path): \(block.isEmpty ? "the network" : block) (\(kind)) carries other data around it; cut after the whole of \(block.isEmpty ? "it" : block)"
        }
    }
}

extension Module {
    /// The network up to and including the part at `path`: a trunk to put a new head on. Paths, and so the names of the weights, stay.
    ///
    /// In a block with its own order of steps the order in which data flows decides, not the order of definition.
    /// - Throws: ``SurgeryError`` if there is no such part, or data flows around it.
    public func until(_ path: String) throws(SurgeryError) -> Module { try until(path[...], whole: path, at: "") }

    private func until(_ rest: Substring, whole: String, at place: String) throws(SurgeryError) -> Module {
        guard !rest.isEmpty else { return self }
        guard case .block(var block) = self else { throw .noSuchPart(path: whole, among: []) }
        let name = String(rest.prefix { $0 != "." })
        let later = rest.dropFirst(name.count + 1)
        guard let child = block[name] else { throw .noSuchPart(path: whole, among: block.children.map(\.name)) }
        let trunk = try child.until(later, whole: whole, at: place.isEmpty ? name : "\(place).\(name)")
        switch block.wiring {
        case .sequential:
            guard let index = block.children.firstIndex(where: { $0.name == name }) else { return self }
            block.children.removeSubrange((index + 1)...)
        case .steps(let steps):
            guard let last = steps.lastIndex(where: { $0.action == .child(name) }) else {
                throw .notACut(path: whole, block: place, kind: block.kind)
            }
            // A part used several times, or side by side with others, is no cut: what remains must be one chain.
            let kept = Array(steps[...last])
            guard kept.enumerated().allSatisfy({ $0.element.inputs == [$0.offset] }) else {
                throw .notACut(path: whole, block: place, kind: block.kind)
            }
            let used = Set(kept.map(\.action))
            block.children.removeAll { !used.contains(.child($0.name)) }
            block.wiring = .steps(kept)
        }
        block[name] = trunk
        return .block(block)
    }
}
