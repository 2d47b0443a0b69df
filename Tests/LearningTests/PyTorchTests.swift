import Checkpoints
import Foundation
import Imaging
import NeuralNetworks
import Tensors
import Testing

@testable import Learning

/// Whole trainings against PyTorch's: same pictures from files, same first weights, same order.
@Suite struct PyTorchTests {
    private struct Run: Decodable {
        let losses: [Double]
        let validation: [Double]
    }

    private let file: CheckpointFile
    private let runs: [String: Run]
    private let folder = TemporaryFolder()

    init() throws {
        let path = (#filePath as NSString).deletingLastPathComponent + "/Fixtures/training.safetensors"
        file = try Checkpoint.read(path)
        runs = try JSONDecoder().decode([String: Run].self, from: Data(#require(file.metadata["runs"]).utf8))
        let pictures = try #require(file.state[name: "pictures"]).elements.map { UInt8($0) }
        let labels = try #require(file.state[name: "labels"]).elements.map { Int($0) }
        let size = 12 * 12 * 3
        for (index, label) in labels.enumerated() {
            let split = index % 12 < 8 ? "train" : "val"
            let image = Image(width: 12, height: 12, channels: 3, pixels: Array(pictures[index * size..<(index + 1) * size]))
            try folder.write("\(split)/\(label)/\(100 + index).png", image.encodePNG())
        }
    }

    private func configure(_ title: String, _ settings: inout TrainingSettings) -> [String] {
        settings.shuffles = false
        settings.keep = .last
        settings.learningRates = .uniform(0.05)
        switch title {
        case "sgd":
            settings.optimizer = .sgd(momentum: 0.9)
            settings.weightDecay = 0.01
        case "nesterov":
            settings.optimizer = .sgd(momentum: 0.9, nesterov: true)
            settings.schedule = .step(size: 1, gamma: 0.5)
        case "adam":
            settings.optimizer = .adam()
            settings.learningRates = .uniform(0.01)
            return ["conv1", "bn1", "conv2", "bn2"]
        case "adamw":
            settings.optimizer = .adamW()
            settings.learningRates = .uniform(0.01)
            settings.loss = .crossEntropy(labelSmoothing: 0.1)
            return ["conv1", "bn1"]
        case "rmsprop":
            settings.optimizer = .rmsprop()
            settings.learningRates = .uniform(0.002)
            settings.loss = .crossEntropy(classWeights: [1, 2, 0.5])
            settings.clipNorm = 0.5
        default: settings.accumulation = 2
        }
        return []
    }

    @Test(arguments: ["sgd", "nesterov", "adam", "adamw", "rmsprop", "accumulate"])
    func lossesAndWeightsAreTorchs(title: String) throws {
        let expected = try #require(runs[title])
        var model = try TinyTask.model(classes: 3)
        for name in model.parameters.names {
            let start = try #require(file.state[name: "start." + name])
            model.parameters[name] = start
        }
        var trainer = TinyTask.trainer()
        let frozen = configure(title, &trainer.settings)
        for path in frozen { model.freeze.freeze(PathPattern(path).filter(model.parameters.parameterNames)) }
        var losses: [Double] = []
        try trainer.run(&model, on: Dataset.imageFolder(folder.path), epochs: 3, events: {
            if case .step(let progress) = $0 { losses.append(progress.batchLoss) }
        })
        #expect(losses.count == expected.losses.count)
        for (own, torch) in zip(losses, expected.losses) { #expect(abs(own - torch) < 1e-4 * max(1, torch)) }
        for (own, torch) in zip(trainer.history.epochs, expected.validation) {
            #expect(abs((own.valLoss ?? .nan) - torch) < 2e-4 * max(1, torch))
        }
        for name in model.parameters.names {
            let torch = try #require(file.state[name: "\(title).\(name)"])
            for (a, b) in zip(try #require(model.parameters[name]).elements, torch.elements) {
                #expect(abs(a - b) < 1e-3 * max(1, abs(b)), "\(name)")
            }
        }
    }
}
