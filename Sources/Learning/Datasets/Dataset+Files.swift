extension Dataset {
    /// A sample's path below the data set's folder, where it lies there.
    public func relativePath(_ path: String) -> String { FilePath.relative(path, to: root) }

    /// The positions of the samples that a file's name means: the path as it is, below the data set's folder, or, if only one sample
    /// has it, the bare name.
    public func positions(ofFile name: String) -> [Int] {
        let given = FilePath.expandingHome(name)
        let exact = samples.indices.filter { samples[$0].path == given || relativePath(samples[$0].path) == given }
        if !exact.isEmpty { return exact }
        let named = samples.indices.filter { FilePath.lastComponent(samples[$0].path) == given }
        return named.count == 1 ? named : []
    }
}

extension DatasetPart {
    /// A sample's index within the part, by its position in the data set.
    public func index(ofPosition position: Int) -> Int? { positions.firstIndex(of: position) }
}

extension Sample {
    /// The file's last name.
    public var fileName: String { FilePath.lastComponent(path) }
    /// The file's size in bytes; `nil` if it isn't there.
    public var byteCount: Int? { FilePath.facts(path)?.byteCount }
}
