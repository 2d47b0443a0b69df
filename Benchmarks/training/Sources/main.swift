import Execution
import Imaging
import Learning
import ModelZoo
import NeuralNetworks
import Tensors

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

// Reads lines from standard input: `prepare MODEL WORK BATCH THREADS PRECISION BACKEND` compiles, `go` runs once and prints
// the seconds, and the processor's seconds. What can't be done is answered with `error` and the reason.
// `epoch MODEL frozen|all BATCH THREADS FOLDER` prepares a whole epoch over the folder's training pictures, from their files.
// WORK: inference, training (every layer), head (frozen trunk, uncached), cached (the head from kept features).

/// One kind of work, ready to be timed.
func prepare(_ words: [Substring]) throws -> (run: () throws -> Void, bytes: Int) {
    guard words.count >= 6, let architecture = ModelZoo[String(words[0])], let batch = Int(words[2]), let threads = Int(words[3]) else {
        fatalError("prepare MODEL WORK BATCH THREADS PRECISION BACKEND, not \(words)")
    }
    // A new head is for a few classes, as the tutorial's is for two.
    let classes = ["head", "cached"].contains(words[1]) ? 2 : 1000
    let (module, parameters) = architecture.initialised(classes: classes, seed: 1)
    let graph = try Graph(module, input: architecture.inputShape)
    let options = ExecutionOptions(
        backend: words[5] == "openblas" ? .openBLAS : .oneDNN, precision: words[4] == "bf16" ? .bfloat16 : .float32, threads: threads)
    var random = RandomSource(seed: 2)
    let input = Tensor(
        Shape([batch] + architecture.inputShape.dimensions),
        (0..<batch * architecture.inputShape.elementCount).map { _ in random.uniform(-1, 1) })
    guard words[1] != "inference" else {
        let plan = try InferencePlan(graph, parameters: parameters, batchSize: batch, options: options)
        return ({ _ = try plan.run(input) }, plan.byteCount)
    }
    var freeze = FreezePlan()
    if words[1] != "training" {
        freeze.freeze(parameters.parameterNames.filter { !$0.hasPrefix(architecture.headPath) })
    }
    let plan = try TrainingPlan(graph, parameters: parameters, freeze: freeze, batchSize: batch, options: options)
    let targets = Targets.classes((0..<batch).map { $0 % classes })
    let source: TrainingPlan.Source = words[1] == "cached" ? .features(try plan.features(input)) : .input(input)
    let rule = OptimizerRule.sgd(momentum: 0.9)
    func step() throws {
        let logits = try plan.forward(source, random: &random)
        let (_, gradient) = Loss.crossEntropy()(logits: logits, targets: targets)
        try plan.backward(gradient)
        plan.update(rule) { _ in (1e-3, 0) }
    }
    return (step, plan.byteCount)
}

/// An epoch as a user's `train` runs it, without validation; neither pictures nor features are kept from one to the next.
func prepareEpoch(_ words: [Substring]) throws -> () throws -> Void {
    guard words.count >= 5, let architecture = ModelZoo[String(words[0])], let batch = Int(words[2]), let threads = Int(words[3]) else {
        fatalError("epoch MODEL frozen|all BATCH THREADS FOLDER, not \(words)")
    }
    var data = try Dataset.imageFolder(words[4...].joined(separator: " "))
    let side = ImageSize(side: 224)
    data.transforms[.train] = try TransformPipeline([.randomResizedCrop(side), .randomHorizontalFlip(), .toTensor, .normalizeImageNet])
    var model = ModelState(architecture, classes: data.classes, seed: 1)
    if words[1] == "frozen" {
        _ = try model.freeze()
        for name in model.parameters.parameterNames where name.hasPrefix(architecture.headPath) { _ = try model.unfreeze(PathPattern(name)) }
    }
    var trainer = Trainer()
    trainer.options = ExecutionOptions(threads: threads)
    trainer.settings.batchSize = batch
    trainer.settings.validates = false
    trainer.settings.keep = .last
    trainer.settings.cache = .off
    return {
        trainer.caches.clear()
        try trainer.run(&model, on: data, epochs: 1)
    }
}

/// What all threads of this process have used.
func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// The seconds of what a line asks for, or what is ready.
func answer(_ words: [Substring], _ work: inout () throws -> Void) throws -> String {
    switch words.first {
    case "prepare":
        // The plan before it goes first.
        work = {}
        let (run, bytes) = try prepare(Array(words.dropFirst()))
        work = run
        try work()
        return "ready \(bytes)"
    case "epoch":
        work = {}
        work = try prepareEpoch(Array(words.dropFirst()))
        try work()
        return "ready"
    default:
        let begun = processorSeconds()
        let time = try ContinuousClock().measure { try work() }
        return "\(time / .seconds(1)) \(processorSeconds() - begun)"
    }
}

var work: () throws -> Void = {}
while let line = readLine() {
    do { print(try answer(line.split(separator: " "), &work)) } catch { print("error \(error)") }
    fflush(nil)
}
