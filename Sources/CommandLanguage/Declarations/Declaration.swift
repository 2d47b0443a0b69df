/// One parameter of a verb or a constructor.
public struct Parameter: Sendable {
    /// How the argument is written.
    public enum Style: Sendable, Equatable {
        /// By its place, or by name.
        case positional
        /// By its place after a connecting word (`on bees`), or by name.
        case connected(String)
        /// By name only: `epochs=5`.
        case option
        /// By its bare name: `trainable`.
        case flag
    }

    public let name: String
    public let type: ParameterType
    public let style: Style
    public let isRequired: Bool
    /// The default as one would write it; for help, and for what is bound when nothing is given (`nil`: nothing is bound).
    public let defaultValue: Value?
    /// The default in words where it isn't a fixed value.
    public let defaultText: String?
    public let help: String
    /// Other spellings that people use.
    public let aliases: [String]

    init(
        _ name: String, _ type: ParameterType, _ style: Style, isRequired: Bool = false, defaultValue: Value? = nil,
        defaultText: String? = nil, help: String, aliases: [String] = []
    ) {
        self.name = name
        self.type = type
        self.style = style
        self.isRequired = isRequired
        self.defaultValue = defaultValue
        self.defaultText = defaultText
        self.help = help
        self.aliases = aliases
    }

    /// An argument that must be given.
    public static func required(_ name: String, _ type: ParameterType, _ help: String, aliases: [String] = []) -> Parameter {
        Parameter(name, type, .positional, isRequired: true, help: help, aliases: aliases)
    }

    /// An argument by place that may be left out.
    public static func positional(
        _ name: String, _ type: ParameterType, default value: Value? = nil, defaultText: String? = nil, _ help: String,
        aliases: [String] = []
    ) -> Parameter {
        Parameter(name, type, .positional, defaultValue: value, defaultText: defaultText, help: help, aliases: aliases)
    }

    /// An argument after a connecting word.
    public static func connected(
        _ word: String, _ name: String, _ type: ParameterType, isRequired: Bool = false, defaultText: String? = nil, _ help: String,
        aliases: [String] = []
    ) -> Parameter {
        Parameter(name, type, .connected(word), isRequired: isRequired, defaultText: defaultText, help: help, aliases: aliases)
    }

    /// An argument by name.
    public static func option(
        _ name: String, _ type: ParameterType, default value: Value? = nil, defaultText: String? = nil, _ help: String,
        aliases: [String] = []
    ) -> Parameter {
        Parameter(name, type, .option, defaultValue: value, defaultText: defaultText, help: help, aliases: aliases)
    }

    /// A bare word that switches something on.
    public static func flag(_ name: String, _ help: String) -> Parameter {
        Parameter(name, .bool, .flag, defaultValue: .bool(false), help: help)
    }

    var isPositional: Bool {
        switch style {
        case .positional, .connected: true
        case .option, .flag: false
        }
    }

    /// The parameter in a usage line.
    public var usage: String {
        let core =
            switch style {
            case .positional: name.uppercased()
            case .connected(let word): "\(word) \(name.uppercased())"
            case .option: "\(name)=\(type.label)"
            case .flag: name
            }
        return isRequired ? core : "[\(core)]"
    }

    /// The default, for help pages.
    public var shownDefault: String? { defaultText ?? (style == .flag ? nil : defaultValue?.source) }
}

/// The declaration of a verb: what parsing, binding, errors, completion, help and the reference are derived from.
public struct VerbDeclaration: Sendable {
    /// One or two words: `train`, `show batch`.
    public let name: String
    /// The group that it stands under in help: `look`, `data`, `model`, `train`, `use`, `session`.
    public let group: String
    /// One line.
    public let summary: String
    /// More, in Markdown; may be empty.
    public let discussion: String
    public let parameters: [Parameter]
    public let aliases: [String]
    /// Cells that work, each run by a test after the declaration's ``setup``.
    public let examples: [String]
    /// What has to stand before the examples: a key that the tests know.
    public let setup: String

    public init(
        _ name: String, group: String, _ summary: String, discussion: String = "", parameters: [Parameter] = [], aliases: [String] = [],
        examples: [String], setup: String = ""
    ) {
        self.name = name
        self.group = group
        self.summary = summary
        self.discussion = discussion
        self.parameters = parameters
        self.aliases = aliases
        self.examples = examples
        self.setup = setup
    }

    /// `train [MODEL] [on DATA] [epochs=int] …`
    public var usage: String { ([name] + parameters.map(\.usage)).joined(separator: " ") }
}

/// The declaration of a constructor, or of a method of an object.
public struct ConstructorDeclaration: Sendable {
    public let name: String
    /// The kind of what it makes: `dataset`, `network`, `transform`, `layer`, `loss`, `optimizer`, `scheduler`…
    public let kind: String
    public let summary: String
    public let discussion: String
    public let parameters: [Parameter]
    /// Kinds of objects that it is a method of; empty for a constructor.
    public let receivers: [String]
    /// Whether further `name=value` arguments are taken: `Sequential(trunk=…, head=…)`; the type of their values.
    public let others: ParameterType?
    public let examples: [String]
    public let setup: String

    public init(
        _ name: String, kind: String, _ summary: String, discussion: String = "", parameters: [Parameter] = [], receivers: [String] = [],
        others: ParameterType? = nil, examples: [String], setup: String = ""
    ) {
        self.name = name
        self.kind = kind
        self.summary = summary
        self.discussion = discussion
        self.parameters = parameters
        self.receivers = receivers
        self.others = others
        self.examples = examples
        self.setup = setup
    }

    /// `SGD(lr=0.001, momentum=0, …)`
    public var usage: String {
        var arguments = parameters.map { parameter in
            if let shown = parameter.shownDefault { return "\(parameter.name)=\(shown)" }
            return parameter.isRequired ? parameter.name : "\(parameter.name)="
        }
        if others != nil { arguments.append("name=…") }
        let prefix = receivers.isEmpty ? "" : "\(receivers[0])."
        return "\(prefix)\(name)(\(arguments.joined(separator: ", ")))"
    }
}
