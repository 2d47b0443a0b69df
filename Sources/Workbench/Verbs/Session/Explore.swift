import CommandLanguage

/// `explore net`
enum Explore: Verb {
    static let declaration = VerbDeclaration(
        "explore", group: "look", "Opens a network, a data set or a parameter as widgets to click through.",
        discussion: "The widgets answer while the session computes, and show what was there when they were opened.",
        parameters: [.positional("what", .path(), defaultText: "the network in use, else the data set", "what to open")],
        examples: ["explore net", "explore bees"], setup: "net")

    static func run(_ call: BoundCall, in session: Session) throws {
        guard
            let path = call.optionalPath("what")
                ?? (session.currentNetwork?.name ?? session.currentDataset?.name).map({ Path($0) })
        else {
            throw call.error(
                .state, "There is nothing to explore yet.",
                hint: "`data = ImageFolder(\"folder\")` makes a data set, `net = resnet18(weights=imagenet)` a network.")
        }
        guard let object = session.object(named: path.root) else {
            // Unknown, or a plain value: the one error says which.
            let value = try session.value(at: path)
            throw call.error(.type, at: "what", "`\(path)` is \(value.described): there is nothing to explore in it.")
        }
        try object.explore(path, in: session)
    }
}
