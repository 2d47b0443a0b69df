/// One of the brackets, or the statement, that surround the cursor, with what has been said in it so far.
struct CursorFrame {
    enum Kind {
        /// A verb with its arguments; `nil` if there is no such verb (yet).
        case command(word: String, VerbDeclaration?)
        /// `path = …`
        case assignment(root: String, segments: [String])
        /// A constructor or a method; `nil` if there is none of the name.
        case call(ConstructorDeclaration?)
        /// `path[…`
        case index(root: String, segments: [String])
        case list
        case map
        case group
        /// `?…`, `help …`
        case topic
        /// A value that stands alone.
        case value
    }

    var kind: Kind
    /// What an element of a list, a value of a map or the assigned value may be.
    var wanted: ParameterType = .any
    /// The parameters that have their arguments.
    var given: Set<String> = []
    /// The single words among them.
    var words: [String: String] = [:]
    /// Arguments of a command that have been written, the current one excluded.
    var items = 0
    /// The option or the parameter of a connecting word whose value comes next.
    var option: Parameter?
    /// Whether a value stands there already.
    var holdsValue = false
    /// Whether an operator wants another value.
    var awaitsOperand = false
    /// In a map: whether a key comes next.
    var isKey = true
    /// The path that was just written, to which a bracket or a dot may be added.
    var chain: (root: String, segments: [String])?
    /// Whether a dot was written after ``chain``.
    var awaitsSegment = false
    /// The kind of the object that the current value is, if it is known.
    var valueKind: String?

    init(_ kind: Kind, wanted: ParameterType = .any) {
        self.kind = kind
        self.wanted = wanted
    }

    /// The parameters of what is called.
    var parameters: [Parameter] {
        switch kind {
        case .command(_, let verb): verb?.parameters ?? []
        case .call(let constructor): constructor?.parameters ?? []
        default: []
        }
    }

    /// The parameters that a value by its place may go to, the first first.
    var open: [Parameter] {
        let free = parameters.filter { parameter in
            if parameter.type.isRepeatable, parameter.style == .positional { return true }
            return !given.contains(parameter.name)
        }
        if case .call = kind { return Array(free.prefix(1)) }
        return free.filter { $0.style == .positional }
    }

    /// What a value that begins here may be.
    var expected: ParameterType {
        if awaitsOperand { return .number(nil) }
        if let option { return type(of: option) }
        switch kind {
        case .command, .call: return .oneOf(open.map(type(of:)))
        case .map: return isKey ? .text : wanted
        default: return wanted
        }
    }

    /// The type of a parameter's argument, as far as the words before it decide.
    func type(of parameter: Parameter) -> ParameterType {
        if case .depends(let other, _) = parameter.type, words[other] == nil { return .oneOf([]) }
        return parameter.type.resolved { words[$0] }
    }

    /// The value that was being written is over.
    mutating func finish() {
        defer {
            option = nil
            holdsValue = false
            awaitsOperand = false
            chain = nil
            awaitsSegment = false
            valueKind = nil
        }
        isKey = true
        guard holdsValue || option != nil else { return }
        items += 1
        let fitting = valueKind.flatMap { kind in open.first { $0.type.objectKinds.contains(kind) } }
        guard let parameter = option ?? fitting ?? open.first else { return }
        given.insert(parameter.name)
        if let chain, chain.segments.isEmpty { words[parameter.name] = chain.root }
    }

    /// A value begins. Between the arguments of a verb stand only blanks.
    mutating func begin(kind valueKind: String? = nil) {
        if holdsValue, !awaitsOperand, case .command = kind { finish() }
        awaitsOperand = false
        holdsValue = true
        chain = nil
        awaitsSegment = false
        self.valueKind = valueKind
    }
}

extension ParameterType {
    /// The kinds of objects that fit.
    var objectKinds: [String] {
        switch self {
        case .object(let kinds), .path(let kinds): kinds
        case .list(let element), .map(let element): element.objectKinds
        case .oneOf(let types): types.flatMap(\.objectKinds)
        default: []
        }
    }

    /// What an element of a list may be that stands where this is wanted.
    var element: ParameterType {
        switch self {
        case .list(let element): element
        case .object, .any: self
        case .range, .size: .number(nil)
        case .oneOf(let types): .oneOf(types.map(\.element))
        default: .none
        }
    }

    /// What a value of a map may be that stands where this is wanted.
    var mapped: ParameterType {
        switch self {
        case .map(let value): value
        case .oneOf(let types): .oneOf(types.map(\.mapped))
        case .any: .any
        default: .none
        }
    }

    /// The alternatives one by one.
    var alternatives: [ParameterType] {
        switch self {
        case .oneOf(let types): types.flatMap(\.alternatives)
        case .list(let element): element.alternatives
        default: [self]
        }
    }
}
