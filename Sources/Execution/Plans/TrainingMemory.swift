import NeuralNetworks

/// What an operator's backward pass reads of the forward pass.
struct BackwardReads {
    var firstInput = true
    var otherInputs = true
    var output = true

    static let nothing = BackwardReads(firstInput: false, otherInputs: false, output: false)

    func input(_ position: Int) -> Bool { position == 0 ? firstInput : otherInputs }
}

/// Where the values and gradients of a training lie: in one arena, each while it is needed.
///
/// Time runs forward through the steps, turns, and runs back: step k of S happens at k and at 2S - k. A value that no backward pass reads gives
/// its place to gradients; one that can be made again from its step's input (a normalisation and its activation) is, for each reader's turn.
struct TrainingMemory {
    /// A value that is made again for the backward pass of a step.
    struct Remade: Hashable {
        let reader: Int
        let node: Int
    }

    let layout: ArenaLayout
    private let valueNumbers, gradientNumbers: [Int: Int]
    private let remadeNumbers: [Remade: Int]

    /// - Parameters:
    ///   - sizes: floats of each node's value for the whole batch.
    ///   - reads: for each step.
    init(_ program: TrainingProgram, sizes: [Int], reads: [BackwardReads]) {
        let steps = program.steps
        let turn = steps.count
        func back(_ step: Int) -> Int { 2 * turn - step }
        var (first, last): ([Int: Int], [Int: Int]) = ([:], [:])
        for node in program.boundary { (first[node], last[node]) = (-1, 0) }
        for (index, step) in steps.enumerated() { (first[step.node], last[step.node]) = (index, index) }
        let remakable = Self.remakable(program, reads)
        var remade: [Remade] = []
        for (index, step) in steps.enumerated() {
            let goesBack = program.needsGradient[step.node]
            for (position, input) in step.inputs.enumerated() {
                last[input] = max(last[input] ?? 0, index)
                guard goesBack, reads[index].input(position) else { continue }
                if remakable.contains(input) {
                    remade.append(Remade(reader: index, node: input))
                } else {
                    last[input] = max(last[input] ?? 0, back(index))
                }
            }
            if goesBack, reads[index].output { last[step.node] = max(last[step.node] ?? 0, back(index)) }
        }
        last[program.graph.output] = max(last[program.graph.output] ?? 0, turn)
        for node in program.kept where last[node] != nil { last[node] = 2 * turn + 1 }

        var (gradientFirst, gradientLast): ([Int: Int], [Int: Int]) = ([:], [:])
        for (index, step) in steps.enumerated() where program.needsGradient[step.node] {
            gradientFirst[step.node] = min(gradientFirst[step.node] ?? back(index), back(index))
            gradientLast[step.node] = max(gradientLast[step.node] ?? 0, back(index))
            for input in step.inputs where program.needsGradient[input] {
                gradientFirst[input] = min(gradientFirst[input] ?? back(index), back(index))
                gradientLast[input] = max(gradientLast[input] ?? 0, back(index))
            }
        }
        if gradientFirst[program.graph.output] != nil { gradientFirst[program.graph.output] = turn }
        for node in program.kept where gradientLast[node] != nil { gradientLast[node] = 2 * turn + 1 }

        var lifetimes: [ArenaLayout.Lifetime] = []
        func number(_ size: Int, _ first: Int, _ last: Int) -> Int {
            lifetimes.append(.init(size: size, first: first, last: last))
            return lifetimes.count - 1
        }
        var (values, gradients, again): ([Int: Int], [Int: Int], [Remade: Int]) = ([:], [:], [:])
        for node in program.valued { values[node] = number(sizes[node], first[node] ?? 0, last[node] ?? 0) }
        for (node, begin) in gradientFirst.sorted(by: { $0.key < $1.key }) {
            gradients[node] = number(sizes[node], begin, gradientLast[node] ?? begin)
        }
        for item in remade { again[item] = number(sizes[item.node], back(item.reader), back(item.reader)) }
        layout = ArenaLayout(lifetimes)
        (valueNumbers, gradientNumbers, remadeNumbers) = (values, gradients, again)
    }

    /// Nodes whose values are cheap to make again: normalisations without a residual that only convolutions read.
    private static func remakable(_ program: TrainingProgram, _ reads: [BackwardReads]) -> Set<Int> {
        var result = Set<Int>()
        for (index, step) in program.steps.enumerated() {
            guard let fused = step.normalization, !fused.hasResidual, program.needsGradient[step.node],
                !program.kept.contains(step.node),
                step.node != program.graph.output, !reads[index].output
            else { continue }
            result.insert(step.node)
        }
        for step in program.steps {
            if case .layer(.conv2d) = program.graph.nodes[step.node].operation, step.normalization == nil { continue }
            for input in step.inputs { result.remove(input) }
        }
        return result
    }

    func value(_ node: Int) -> Int? { valueNumbers[node].map { layout.offsets[$0] } }
    func gradient(_ node: Int) -> Int? { gradientNumbers[node].map { layout.offsets[$0] } }
    func remade(_ node: Int, for reader: Int) -> Int? {
        remadeNumbers[Remade(reader: reader, node: node)].map { layout.offsets[$0] }
    }
}
