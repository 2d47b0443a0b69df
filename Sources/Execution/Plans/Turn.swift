import NeuralNetworks
import Tensors

/// The places of one step, forward and back: set once, so that nothing is looked up or allocated while a plan runs.
///
/// `@safe`: every place lies in the plan's arena, as large as the plan's batch needs.
@safe struct Turn {
    /// A value that is made again before the step goes back.
    @safe struct Remake {
        let operation: BlockedNormalization
        let source, target: Floats
    }

    let inputs: [Floats]
    let inputSizes: [Int]
    let output: Floats
    /// The gradient that arrives; `nil` where the step needn't go back.
    let gradient: Floats?
    let inputGradients: [Floats?]
    /// Whether a gradient is set here first.
    let isFresh: [Bool]
    let backwardInputs: [Floats]
    let remakes: [Remake]
}

extension TrainingPlan {
    static func turns(
        _ program: TrainingProgram, _ operators: [any NodeOperator], _ memory: TrainingMemory, _ arena: Arena
    ) -> [Turn] {
        // From the last step to the first: the first to set a gradient is the last to read the value.
        var begun = Set([program.graph.output])
        var turns: [Turn] = []
        let producers = Dictionary(program.steps.enumerated().map { ($0.element.node, $0.offset) }) { first, _ in first }
        func place(_ offset: Int?) -> Floats? { unsafe offset.map { unsafe arena.pointer(at: $0) } }
        for (index, step) in program.steps.enumerated().reversed() {
            let goesBack = program.needsGradient[step.node] && begun.contains(step.node)
            var (targets, isFresh): ([Floats?], [Bool]) = unsafe ([], [])
            var backwardInputs: [Floats] = unsafe []
            var remakes: [Turn.Remake] = []
            for input in step.inputs {
                let wants = goesBack && program.needsGradient[input]
                unsafe targets.append(wants ? place(memory.gradient(input)) : nil)
                isFresh.append(wants && begun.insert(input).inserted)
                let value = unsafe place(memory.value(input)) ?? arena.pointer(at: 0)
                if let target = unsafe place(memory.remade(input, for: index)), let producer = producers[input],
                    let operation = operators[producer] as? BlockedNormalization,
                    let source = unsafe place(memory.value(program.steps[producer].inputs[0]))
                {
                    unsafe remakes.append(Turn.Remake(operation: operation, source: source, target: target))
                    unsafe backwardInputs.append(target)
                } else {
                    unsafe backwardInputs.append(value)
                }
            }
            unsafe turns.append(
                Turn(
                    inputs: step.inputs.map { unsafe place(memory.value($0)) ?? arena.pointer(at: 0) },
                    inputSizes: step.inputs.map { program.graph.nodes[$0].shape.elementCount },
                    output: place(memory.value(step.node)) ?? arena.pointer(at: 0),
                    gradient: goesBack ? place(memory.gradient(step.node)) : nil, inputGradients: targets, isFresh: isFresh,
                    backwardInputs: backwardInputs, remakes: remakes))
        }
        return turns.reversed()
    }
}
