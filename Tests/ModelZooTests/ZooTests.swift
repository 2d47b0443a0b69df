import NeuralNetworks
import Tensors
import Testing

@testable import ModelZoo

@Suite struct ZooTests {
    @Test(arguments: ModelZoo.architectures.map(\.name)) func headIsTheLastLayerThatGivesTheClasses(name: String) throws {
        let architecture = try #require(ModelZoo[name])
        let module = architecture.build(classes: 7)
        let graph = try Graph(module, input: architecture.inputShape)
        #expect(graph.outputShape == [7])
        let owners = module.namedLayers.filter { !$0.layer.parameters.isEmpty }
        #expect(owners.last?.path == architecture.headPath)
        #expect(!architecture.weights.isEmpty)
    }

    @Test func hashesAreTheOnesInFileNames() {
        for weights in ModelZoo.architectures.flatMap(\.weights) {
            #expect(weights.file.fileName.contains("-\(weights.file.sha256)."))
            #expect(weights.file.sha256.count >= 8 && weights.file.sha256.allSatisfy(\.isHexDigit))
        }
        #expect(Set(PublishedWeights.all.keys) == Set(ModelZoo.architectures.map(\.name)))
    }

    @Test func imageNetHasAThousandClasses() {
        #expect(ImageNet.classes.count == 1000)
        #expect(ImageNet.classes.first == "tench")
        #expect(ImageNet.classes[282] == "tiger cat")
        #expect(ImageNet.classes[997] == "bolete")
        #expect(ImageNet.classes[994...] == ["stinkhorn", "earthstar", "hen-of-the-woods", "bolete", "ear", "toilet tissue"])
    }

    @Test(arguments: [
        ("densenet121", "features.denseblock1.denselayer2.norm.1.running_var", "features.denseblock1.denselayer2.norm1.running_var"),
        ("densenet121", "features.denseblock1.denselayer2.conv2.weight", "features.denseblock1.denselayer2.conv2.weight"),
        ("densenet121", "features.transition1.norm.weight", "features.transition1.norm.weight"),
        ("efficientnet_lite0", "_conv_stem.weight", "features.0.0.weight"),
        ("efficientnet_lite0", "_bn0.bias", "features.0.1.bias"),
        ("efficientnet_lite0", "_blocks.0._depthwise_conv.weight", "features.1.0.block.0.0.weight"),
        ("efficientnet_lite0", "_blocks.0._bn2.running_mean", "features.1.0.block.1.1.running_mean"),
        ("efficientnet_lite0", "_blocks.1._expand_conv.weight", "features.2.0.block.0.0.weight"),
        ("efficientnet_lite0", "_blocks.15._project_conv.weight", "features.7.0.block.2.0.weight"),
        ("efficientnet_lite0", "_fc.bias", "classifier.1.bias"),
        ("googlenet", "aux1.fc1.weight", nil),
        ("resnet18", "fc.weight", "fc.weight"),
    ] as [(String, String, String?)]) func publishedNames(architecture: String, name: String, expected: String?) throws {
        #expect(try #require(ModelZoo[architecture]).parameterName(published: name) == expected)
    }

    @Test func freshWeightsFollowTorchvisionsDistributions() throws {
        func deviation(_ name: String, _ tensor: String) throws -> Float {
            let (_, store) = try #require(ModelZoo[name]).initialised(classes: 1000, seed: 3)
            let elements = try #require(store[tensor]).elements
            return (elements.reduce(0) { $0 + $1 * $1 } / Float(elements.count)).squareRoot()
        }
        // √(2 / fan_out), √(2 / fan_out), 0.01, 1/√(3 · out), 1/√(3 · in)
        let cases: [(String, String, Float)] = [
            ("resnet18", "layer2.0.conv2.weight", (2 / Float(128 * 9)).squareRoot()),
            ("mobilenet_v2", "features.2.conv.0.0.weight", (2 / Float(96)).squareRoot()),
            ("mobilenet_v2", "classifier.1.weight", 0.01),
            ("efficientnet_b0", "classifier.1.weight", (1 / Float(3 * 1000)).squareRoot()),
            ("resnet18", "fc.weight", (1 / Float(3 * 512)).squareRoot()),
        ]
        for (name, tensor, expected) in cases {
            #expect(abs(try deviation(name, tensor) / expected - 1) < 0.05, "\(name) \(tensor)")
        }
    }

    @Test func aSeedDecidesAndALayerStandsAlone() throws {
        let resNet = try #require(ModelZoo["resnet18"])
        let first = resNet.initialised(classes: 2, seed: 1).parameters
        let again = resNet.initialised(classes: 3, seed: 1).parameters
        let other = resNet.initialised(classes: 2, seed: 2).parameters
        #expect(first["conv1.weight"] == again["conv1.weight"])
        #expect(first["conv1.weight"] != other["conv1.weight"])
    }
}
