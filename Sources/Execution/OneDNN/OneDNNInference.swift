import COneDNN
import NeuralNetworks
import Tensors

/// The fast backend: fused primitives whose layouts stay oneDNN's own from one to the next, in one arena placed by lifetimes.
///
/// `@safe`: every place lies in the arena, as large as the program said.
@safe final class OneDNNInference: InferenceEngine {
    /// One step of the run.
    @safe enum Step {
        case primitive(Primitive)
        /// What oneDNN can't do: the portable kernel, over row-major values.
        case reference(ReferenceNode, inputs: [Floats], residual: Floats?, output: Floats, scratch: Floats)
    }

    private let steps: [Step]
    private let arena: Arena
    private let constants: [Arena]
    private let input: Floats
    private let inputCount: Int
    private let outputs: [(place: Floats, count: Int)]
    private let batchSize: Int
    private let threads: Int
    let byteCount: Int

    init(
        _ graph: FusedGraph, batchSize: Int, options: ExecutionOptions, isInterrupted: () -> Bool
    ) throws(ExecutionError) {
        threads = options.threadCount
        thaw_onednn_set_threads(Int32(threads))
        self.batchSize = batchSize
        let program = try InferenceProgram(graph, batchSize: batchSize, options: options, isInterrupted: isInterrupted)
        MeasuredChoices.write()
        let layout = ArenaLayout(program.buffers)
        let arena = Arena(count: layout.count)
        self.arena = arena
        func place(_ buffer: Int) -> Floats { unsafe arena.pointer(at: layout.offsets[buffer]) }
        steps = program.steps.map { step in
            switch step.operation {
            case .primitive(let primitive):
                for (role, buffer) in step.arguments { unsafe primitive.bind(role, place(buffer)) }
                for (role, constant) in step.constants { unsafe primitive.bind(Int(role.rawValue), constant.pointer(at: 0)) }
                return .primitive(primitive)
            case .reference(let node, let inputs, let residual, let output, let scratch):
                return unsafe .reference(
                    node, inputs: inputs.map { unsafe place($0) }, residual: residual.map { unsafe place($0) }, output: place(output),
                    scratch: place(scratch))
            }
        }
        constants = program.steps.flatMap { $0.constants.map(\.1) }
        unsafe input = place(program.input)
        inputCount = graph.nodes[0].shape.elementCount
        unsafe outputs = zip(program.outputs, graph.outputs).map { unsafe (place($0), graph.nodes[$1].shape.elementCount) }
        byteCount = arena.count * 4 + constants.reduce(0) { $0 + $1.count * 4 }
    }

    func run(_ n: Int, input: UnsafePointer<Float>, outputs: [Floats], isInterrupted: () -> Bool) throws(ExecutionError) {
        thaw_onednn_set_threads(Int32(threads))
        unsafe self.input.update(from: input, count: n * inputCount)
        for step in steps {
            if isInterrupted() { throw .interrupted }
            switch step {
            case .primitive(let primitive):
                guard primitive.run() else { throw .library(name: "oneDNN", status: "a primitive did not run") }
            case .reference(let node, let inputs, let residual, let output, let scratch):
                unsafe node.run(batchSize, inputs: inputs, residual: residual, output: output, scratch: scratch)
            }
        }
        for unsafe (target, source) in unsafe zip(outputs, self.outputs) { unsafe target.update(from: source.place, count: n * source.count) }
    }
}
