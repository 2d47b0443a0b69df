extension Module {
    /// Full names of learned parameters that a pattern means: a layer, a glob, or one tensor.
    public func parameterNames(matching pattern: PathPattern) -> [String] { learnedNames.filter(pattern.matches) }

    /// Full names of learned parameters in layers of a kind such as `BatchNorm2d`, letter case ignored; a block's kind means all in it.
    public func parameterNames(ofKind kind: String) -> [String] {
        let wanted = kind.lowercased()
        let paths = namedModules().filter { $0.module.kind.lowercased() == wanted }.map(\.path)
        return learnedNames.filter { name in paths.contains { $0.isEmpty || name.hasPrefix($0 + ".") } }
    }

    /// Full names of learned parameters that come no later in the network than the part at `path`.
    /// - Throws: ``SurgeryError`` if there is no such part, or data flows around it.
    public func parameterNames(until path: String) throws(SurgeryError) -> [String] {
        let kept = Set(try until(path).parameterDeclarations.map(\.name))
        return learnedNames.filter(kept.contains)
    }

    /// Full names of learned parameters outside the head.
    public func parameterNames(except headPath: String) -> [String] {
        learnedNames.filter { $0 != headPath && !$0.hasPrefix(headPath + ".") }
    }

    /// Paths of the BatchNorm layers that a pattern means.
    public func batchNormPaths(matching pattern: PathPattern) -> [String] {
        namedLayers.filter { if case .batchNorm2d = $0.layer { pattern.matches($0.path) } else { false } }.map(\.path)
    }

    private var learnedNames: [String] {
        parameterDeclarations.filter { $0.declaration.role == .parameter }.map(\.name)
    }
}
