/// A verb: its declaration, and what it does.
public protocol Verb<Context> {
    associatedtype Context
    static var declaration: VerbDeclaration { get }
    /// Does it. Computes first and changes the context last, so that a verb that fails changes nothing.
    static func run(_ call: BoundCall, in context: Context) throws
}

/// A constructor: its declaration, and what it makes.
public protocol Constructor<Context> {
    associatedtype Context
    static var declaration: ConstructorDeclaration { get }
    static func make(_ call: BoundCall, in context: Context) throws -> Value
}

/// The declarations alone: all that completion, help and errors need. Immutable, so every thread may read it.
public struct Vocabulary: Sendable {
    public let verbs: [VerbDeclaration]
    public let constructors: [ConstructorDeclaration]
    private let verbIndex: [String: Int]
    private let constructorIndex: [String: Int]
    private let methodIndex: [String: Int]

    public init(verbs: [VerbDeclaration], constructors: [ConstructorDeclaration]) {
        self.verbs = verbs
        self.constructors = constructors
        var verbIndex: [String: Int] = [:]
        for (index, verb) in verbs.enumerated() { for name in [verb.name] + verb.aliases { verbIndex[name] = index } }
        self.verbIndex = verbIndex
        var constructorIndex: [String: Int] = [:]
        var methodIndex: [String: Int] = [:]
        for (index, constructor) in constructors.enumerated() {
            if constructor.receivers.isEmpty {
                constructorIndex[constructor.name] = index
            } else {
                methodIndex[constructor.name] = index
            }
        }
        self.constructorIndex = constructorIndex
        self.methodIndex = methodIndex
    }

    /// The verb of this name or alias.
    public func verb(_ name: String) -> VerbDeclaration? { verbIndex[name].map { verbs[$0] } }
    public func constructor(_ name: String) -> ConstructorDeclaration? { constructorIndex[name].map { constructors[$0] } }
    public func method(_ name: String) -> ConstructorDeclaration? { methodIndex[name].map { constructors[$0] } }

    /// Whether a word begins a verb, by itself or with a second one.
    public func beginsVerb(_ word: String) -> Bool {
        verbIndex[word] != nil || verbIndex.keys.contains { $0.hasPrefix(word + " ") }
    }

    /// The second words of a verb's first: `batch`, `confusion`, … of `show`.
    public func topics(of word: String) -> [String] {
        verbIndex.keys.filter { $0.hasPrefix(word + " ") }.map { String($0.dropFirst(word.count + 1)) }.sorted()
    }

    /// Every first word of a verb, aliases included.
    public var verbWords: [String] { Set(verbIndex.keys.map { String($0.prefix { $0 != " " }) }).sorted() }

    /// What contradicts itself: two of one name, an option twice, no example. Empty when all is well; a test says so.
    public var problems: [String] {
        var found: [String] = []
        var names = Set<String>()
        for verb in verbs {
            for name in [verb.name] + verb.aliases where !names.insert(name).inserted {
                found.append("the verb \(name) is declared twice")
            }
            if verb.examples.isEmpty { found.append("\(verb.name) has no example") }
            found += Self.problems(of: verb.parameters, in: verb.name)
        }
        var made = Set<String>()
        for constructor in constructors {
            let name = (constructor.receivers.isEmpty ? "" : ".") + constructor.name
            if !made.insert(name).inserted { found.append("\(name) is declared twice") }
            if names.contains(name) { found.append("\(name) is a verb and a constructor") }
            if constructor.examples.isEmpty { found.append("\(name) has no example") }
            found += Self.problems(of: constructor.parameters, in: name)
        }
        return found
    }

    private static func problems(of parameters: [Parameter], in owner: String) -> [String] {
        var seen = Set<String>()
        return parameters.flatMap { parameter in
            ([parameter.name] + parameter.aliases).filter { !seen.insert($0).inserted }.map { "\(owner) has \($0) twice" }
                + (parameter.help.isEmpty ? ["\(owner): \(parameter.name) has no help"] : [])
        }
    }
}

/// Every verb and constructor of a language with what they do.
public struct CommandTable<Context> {
    public let vocabulary: Vocabulary
    private let verbs: [String: (BoundCall, Context) throws -> Void]
    private let constructors: [String: (BoundCall, Context) throws -> Value]

    public init(verbs: [any Verb<Context>.Type], constructors: [any Constructor<Context>.Type]) {
        var runs: [String: (BoundCall, Context) throws -> Void] = [:]
        for verb in verbs { Self.add(verb, to: &runs) }
        var makes: [String: (BoundCall, Context) throws -> Value] = [:]
        for constructor in constructors { Self.add(constructor, to: &makes) }
        self.verbs = runs
        self.constructors = makes
        vocabulary = Vocabulary(verbs: verbs.map { $0.declaration }, constructors: constructors.map { $0.declaration })
    }

    /// A table with further constructors that share one implementation, such as a family of models.
    public init(
        verbs: [any Verb<Context>.Type], constructors: [any Constructor<Context>.Type],
        families: [(ConstructorDeclaration, (BoundCall, Context) throws -> Value)]
    ) {
        var runs: [String: (BoundCall, Context) throws -> Void] = [:]
        for verb in verbs { Self.add(verb, to: &runs) }
        var makes: [String: (BoundCall, Context) throws -> Value] = [:]
        for constructor in constructors { Self.add(constructor, to: &makes) }
        for (declaration, make) in families { makes[Self.key(declaration)] = make }
        self.verbs = runs
        self.constructors = makes
        vocabulary = Vocabulary(
            verbs: verbs.map { $0.declaration }, constructors: constructors.map { $0.declaration } + families.map(\.0))
    }

    /// A table of declarations alone, whose calls go to one place each: binding without doing.
    init(
        _ vocabulary: Vocabulary, run: @escaping (VerbDeclaration, BoundCall, Context) throws -> Void,
        make: @escaping (ConstructorDeclaration, BoundCall, Context) throws -> Value
    ) {
        self.vocabulary = vocabulary
        verbs = Dictionary(vocabulary.verbs.map { verb in (verb.name, { try run(verb, $0, $1) }) }) { first, _ in first }
        constructors = Dictionary(
            vocabulary.constructors.map { constructor in (Self.key(constructor), { try make(constructor, $0, $1) }) }
        ) { first, _ in first }
    }

    private static func add<V: Verb<Context>>(_ verb: V.Type, to runs: inout [String: (BoundCall, Context) throws -> Void]) {
        runs[verb.declaration.name] = { try verb.run($0, in: $1) }
    }

    private static func add<C: Constructor<Context>>(
        _ constructor: C.Type, to makes: inout [String: (BoundCall, Context) throws -> Value]
    ) {
        makes[key(constructor.declaration)] = { try constructor.make($0, in: $1) }
    }

    private static func key(_ declaration: ConstructorDeclaration) -> String {
        (declaration.receivers.isEmpty ? "" : ".") + declaration.name
    }

    func run(_ declaration: VerbDeclaration, _ call: BoundCall, in context: Context) throws {
        guard let run = verbs[declaration.name] else {
            throw Diagnostic(.unknownVerb, "There is no verb `\(declaration.name)`.", at: call.span)
        }
        try run(call, context)
    }

    func make(_ declaration: ConstructorDeclaration, _ call: BoundCall, in context: Context) throws -> Value {
        guard let make = constructors[Self.key(declaration)] else {
            throw Diagnostic(.unknownName, "There is no `\(declaration.name)`.", at: call.span)
        }
        return try make(call, context)
    }
}
