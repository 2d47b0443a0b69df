import Glibc
public import JupyterProtocol

/// The folder that tells Jupyter of a kernel: how to start it, what it is called, its logo.
public struct KernelSpecification: Sendable {
    /// The folder's name: letters, digits, `-`, `.` and `_`.
    public var name: String
    public var displayName: String
    public var language: String
    /// The program and its arguments; `{connection_file}` stands for the file.
    public var arguments: [String]
    /// Further files by name: `logo-svg.svg`, `logo-64x64.png`.
    public var files: [(name: String, bytes: [UInt8])]

    public init(name: String, displayName: String, language: String, arguments: [String], files: [(name: String, bytes: [UInt8])])
    {
        self.name = name
        self.displayName = displayName
        self.language = language
        self.arguments = arguments
        self.files = files
    }

    /// Where a specification goes.
    public enum Place: Sendable, Equatable {
        /// The user's own folder.
        case user
        /// Below a prefix, such as a virtual environment.
        case prefix(String)

        /// The folder of kernels there.
        var folder: String {
            switch self {
            case .prefix(let prefix): return "\(prefix)/share/jupyter/kernels"
            case .user:
                func variable(_ name: String) -> String? {
                    guard let value = unsafe getenv(name) else { return nil }
                    let text = unsafe String(cString: value)
                    return text.isEmpty ? nil : text
                }
                if let data = variable("JUPYTER_DATA_DIR") { return "\(data)/kernels" }
                let share = variable("XDG_DATA_HOME") ?? "\(variable("HOME") ?? ".")/.local/share"
                return "\(share)/jupyter/kernels"
            }
        }
    }

    /// The content of `kernel.json`.
    public var json: JSON {
        [
            "argv": JSON(arguments), "display_name": .string(displayName), "language": .string(language),
            // By message the interrupt reaches the kernel alone, not every process of its group.
            "interrupt_mode": "message", "metadata": ["supported_encryption": ["curve"]],
            // From 5.6 on launchers may hand over a registration file.
            "kernel_protocol_version": .string("\(JupyterProtocol.protocolVersion).0"),
        ]
    }

    /// Writes the folder; what stands there is replaced file by file.
    ///
    /// - Returns: the folder's path.
    @discardableResult
    public func install(at place: Place) throws(FileError) -> String {
        let folder = "\(place.folder)/\(name)"
        try LocalFile.makeDirectory(folder)
        for file in files { try LocalFile.replace("\(folder)/\(file.name)", with: file.bytes) }
        // Last, so that Jupyter never sees a kernel without its files.
        try LocalFile.replace("\(folder)/kernel.json", with: json.bytes + [0x0A])
        return folder
    }
}
