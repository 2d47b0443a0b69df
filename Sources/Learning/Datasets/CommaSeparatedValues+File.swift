extension CommaSeparatedValues {
    /// Reads a table that is a file's content; errors name the file.
    init(_ bytes: [UInt8], path: String) throws(LearningError) {
        do throws(Defect) { try self.init(bytes) } catch { throw .csv(path: path, line: error.line, defect: error.text) }
    }
}
