extension Reply {
    /// How the kernel introduces itself.
    ///
    /// - Parameters:
    ///   - language: the object `language_info`.
    ///   - features: optional parts of the protocol that this kernel has (JEP 92).
    public static func kernelInfo(
        implementation: String, implementationVersion: String, language: JSON, banner: String,
        helpLinks: [(text: String, url: String)], features: [String]
    ) -> Reply {
        Reply(
            "kernel_info_reply",
            [
                ("protocol_version", .string(JupyterProtocol.protocolVersion)),
                ("implementation", .string(implementation)),
                ("implementation_version", .string(implementationVersion)), ("language_info", language),
                ("banner", .string(banner)),
                ("help_links", .array(helpLinks.map { ["text": .string($0.text), "url": .string($0.url)] })),
                ("supported_features", JSON(features)), ("debugger", false),
            ])
    }
}
