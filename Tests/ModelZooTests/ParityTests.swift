import Execution
import Foundation
import NeuralNetworks
import Tensors
import Testing

@testable import ModelZoo

/// One network as PyTorch built and ran it: see `scripts/fixtures/models.py`.
struct Reference: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let size: Int
    let tensors: Int
    let crc: UInt32
    let parameters: Int
    let logits: [Float]
    var testDescription: String { name }

    static let all: [Reference] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/models.json")
        guard let data = try? Data(contentsOf: file) else { return [] }
        return (try? JSONDecoder().decode([Reference].self, from: data)) ?? []
    }()
}

/// The weights that the fixture's script uses, by the same formula.
enum Formula {
    static let period = 65521
    /// Two periods: any window of up to one period is a slice.
    static let table: [Float] = {
        let one = (0..<UInt32(period)).map { index -> Float in
            var x = index
            x = (x ^ (x >> 16)) &* 0x7FEB_352D
            x = (x ^ (x >> 15)) &* 0x846C_A68B
            x ^= x >> 16
            return Float(x >> 8) * 0x1p-23 - 1
        }
        return one + one
    }()

    static func crc32(_ text: String) -> UInt32 {
        var crc = ~UInt32(0)
        for byte in text.utf8 {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }

    static func noise(_ name: String, _ shape: Shape, scale: Float = 1, offset: Float = 0) -> Tensor {
        let count = shape.elementCount
        let start = Int(crc32(name)) % period
        let window = table[start..<(start + min(count, period))].map { $0 * scale + offset }
        var elements: [Float] = []
        elements.reserveCapacity(count)
        while elements.count + window.count <= count { elements += window }
        elements += window.prefix(count - elements.count)
        return Tensor(shape, elements)
    }

    static func value(_ name: String, _ shape: Shape) -> Tensor {
        if name.hasSuffix("running_var") { return noise(name, shape, scale: 0.25, offset: 1) }
        if name.hasSuffix("num_batches_tracked") { return Tensor(zeros: shape) }
        if shape.rank > 1 {
            let fan = shape.dimensions.dropFirst().reduce(1, *)
            return noise(name, shape, scale: (3 / Float(fan)).squareRoot())
        }
        return noise(name, shape, scale: 0.1, offset: name.hasSuffix("weight") ? 1 : 0)
    }
}

@Suite struct ParityTests {
    @Test func everyArchitectureHasAReference() {
        #expect(Set(Reference.all.map(\.name)) == Set(ModelZoo.architectures.map(\.name)))
        #expect(Set(ModelZoo.architectures.map(\.name)).count == ModelZoo.architectures.count)
    }

    @Test(arguments: Reference.all) func namesShapesAndOrderAreTorchvisions(reference: Reference) throws {
        let module = try #require(ModelZoo[reference.name]).build(classes: 10)
        let declarations = module.parameterDeclarations
        let listing = declarations.map { name, declaration in
            "\(name):\(declaration.shape.dimensions.map(String.init).joined(separator: "x"))\n"
        }
        #expect(declarations.count == reference.tensors)
        #expect(Formula.crc32(listing.joined()) == reference.crc)
        let count = declarations.reduce(0) { $0 + ($1.declaration.role == .parameter ? $1.declaration.shape.elementCount : 0) }
        #expect(count == reference.parameters)
    }

    @Test(arguments: Reference.all) func logitsAreTorchvisions(reference: Reference) throws {
        let module = try #require(ModelZoo[reference.name]).build(classes: 10)
        var store = ParameterStore()
        for (name, declaration) in module.parameterDeclarations {
            store.insert(Formula.value(name, declaration.shape), name: name, role: declaration.role)
        }
        let side = reference.size
        let graph = try Graph(module, input: [3, side, side])
        let plan = try InferencePlan(graph, parameters: store, batchSize: 2, options: ExecutionOptions(backend: .openBLAS))
        let logits = try plan.run(Formula.noise("input", [2, 3, side, side]))[0].elements
        let largest = reference.logits.map(abs).max() ?? 0
        #expect(logits.count == reference.logits.count && largest > 0)
        for (ours, theirs) in zip(logits, reference.logits) {
            #expect(abs(ours - theirs) <= 1e-3 * max(largest, 1e-3), "\(ours) for \(theirs)")
        }
    }
}
