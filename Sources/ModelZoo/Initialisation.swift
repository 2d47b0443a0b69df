public import NeuralNetworks
import Tensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How a network's fresh tensors are drawn. Norm layers always begin as the identity, running statistics at mean 0 and variance 1.
public struct Initialisation: Hashable, Sendable {
    /// A distribution for one weight. fan_in is what one output reads, fan_out what one input feeds, both as PyTorch counts them.
    public enum Rule: Hashable, Sendable {
        /// U(±1/√fan_in): PyTorch's own default for convolutions, linear layers and their biases.
        case torch
        /// N(0, √(2/fan_out)) (He et al. 2015, `mode="fan_out"`).
        case kaimingNormalFanOut
        /// N(0, √(2/fan_in)).
        case kaimingNormalFanIn
        /// U(±√(6/fan_in)).
        case kaimingUniformFanIn
        /// U(±√(3/fan_out)): MNASNet's head, gain 1.
        case uniformFanOut
        /// U(±1/√out): EfficientNet's head.
        case uniformOutputs
        case normal(Float)
        /// Normal, redrawn beyond ±2 (GoogLeNet's; torchvision cuts at ±2, not at two deviations).
        case truncatedNormal(Float)
        case zeros
    }
    public var convolution: Rule
    public var convolutionBias: Rule
    public var linear: Rule
    public var linearBias: Rule
    /// Layers drawn in another way: weights by path.
    public var exceptions: [String: Rule] = [:]

    /// PyTorch's defaults: what a new head gets.
    public static let torch = Initialisation(convolution: .torch, convolutionBias: .torch, linear: .torch, linearBias: .torch)
    static let resNet = Initialisation(convolution: .kaimingNormalFanOut, convolutionBias: .torch, linear: .torch, linearBias: .torch)
    /// VGG, MobileNet V2 and V3.
    static let fanOut = Initialisation(
        convolution: .kaimingNormalFanOut, convolutionBias: .zeros, linear: .normal(0.01), linearBias: .zeros)
    static let efficientNet = Initialisation(
        convolution: .kaimingNormalFanOut, convolutionBias: .zeros, linear: .uniformOutputs, linearBias: .zeros)
    static let denseNet = Initialisation(
        convolution: .kaimingNormalFanIn, convolutionBias: .torch, linear: .torch, linearBias: .zeros)
    static let squeezeNet = Initialisation(
        convolution: .kaimingUniformFanIn, convolutionBias: .zeros, linear: .torch, linearBias: .torch,
        exceptions: ["classifier.1": .normal(0.01)])
    static let googLeNet = Initialisation(
        convolution: .truncatedNormal(0.01), convolutionBias: .torch, linear: .truncatedNormal(0.01), linearBias: .torch)
    static let mnasNet = Initialisation(
        convolution: .kaimingNormalFanOut, convolutionBias: .zeros, linear: .uniformFanOut, linearBias: .zeros)
}

extension ModelZoo {
    /// Fresh tensors for a whole network. Each is drawn from its own stream, keyed by seed and full name, so the values of one
    /// layer don't depend on the others.
    ///
    /// - Parameters:
    ///   - module: a network whose sizes are resolved; layers without sizes get no tensors.
    ///   - scheme: by default PyTorch's own.
    public static func initialise(_ module: Module, seed: UInt64, as scheme: Initialisation = .torch) -> ParameterStore {
        var store = ParameterStore()
        initialise(module, path: "", seed: seed, as: scheme, into: &store)
        return store
    }

    /// Fresh tensors for the part that now stands at `path`, in place of what the store held there: a new head.
    public static func initialise(
        _ part: Module, path: String, seed: UInt64, as scheme: Initialisation = .torch, into store: inout ParameterStore
    ) {
        for (layerPath, layer) in part.namedLayers {
            let full = [path, layerPath].filter { !$0.isEmpty }.joined(separator: ".")
            for declaration in layer.parameters {
                let name = full.isEmpty ? declaration.name : "\(full).\(declaration.name)"
                store.insert(
                    scheme.tensor(declaration, of: layer, path: full, name: name, seed: seed), name: name, role: declaration.role)
            }
        }
    }
}

extension Initialisation {
    fileprivate func tensor(
        _ declaration: ParameterDeclaration, of layer: Layer, path: String, name: String, seed: UInt64
    ) -> Tensor {
        let rule: Rule
        let isBias = declaration.name == "bias"
        let fan: (input: Int, output: Int)
        switch layer {
        case .conv2d(let c):
            let window = c.kernel.height * c.kernel.width
            fan = ((c.inChannels ?? c.groups) / c.groups * window, c.outChannels * window)
            rule = isBias ? convolutionBias : exceptions[path] ?? convolution
        case .linear(let l):
            fan = (l.inFeatures ?? 1, l.outFeatures)
            rule = isBias ? linearBias : exceptions[path] ?? linear
        default:
            let isOne = declaration.name == "weight" || declaration.name == "running_var"
            return Tensor(declaration.shape, repeating: isOne ? 1 : 0)
        }
        return rule.draw(declaration.shape, fanIn: max(1, fan.input), fanOut: max(1, fan.output), seed: seed, name: name)
    }
}

extension Initialisation.Rule {
    fileprivate func draw(_ shape: Shape, fanIn: Int, fanOut: Int, seed: UInt64, name: String) -> Tensor {
        var random = RandomSource(seed: seed, name: name)
        func uniform(_ bound: Float) -> Tensor { fill(shape) { random.uniform(-bound, bound) } }
        func normal(_ deviation: Float) -> Tensor { fill(shape) { random.normal(standardDeviation: deviation) } }
        switch self {
        case .torch: return uniform(1 / Float(fanIn).squareRoot())
        case .kaimingNormalFanOut: return normal((2 / Float(fanOut)).squareRoot())
        case .kaimingNormalFanIn: return normal((2 / Float(fanIn)).squareRoot())
        case .kaimingUniformFanIn: return uniform((6 / Float(fanIn)).squareRoot())
        case .uniformFanOut: return uniform((3 / Float(fanOut)).squareRoot())
        case .uniformOutputs: return uniform(1 / Float(fanOut).squareRoot())
        case .normal(let deviation): return normal(deviation)
        case .truncatedNormal(let deviation):
            return fill(shape) {
                while true {
                    let value = random.normal(standardDeviation: deviation)
                    if abs(value) <= 2 { return value }
                }
            }
        case .zeros: return Tensor(zeros: shape)
        }
    }

    private func fill(_ shape: Shape, _ next: () -> Float) -> Tensor {
        var tensor = Tensor(zeros: shape)
        unsafe tensor.withMutableElements { elements in
            for index in elements.indices { unsafe elements[index] = next() }
        }
        return tensor
    }
}
