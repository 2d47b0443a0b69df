import Foundation
import NeuralNetworks
import Tensors
import Testing

@testable import Checkpoints

/// The ONNX writer, read back by a small reader of Protocol Buffers. That ONNX Runtime computes the same from such files is shown by
/// `scripts/verification/onnx.py`.
@Suite struct ONNXTests {
    /// A message's fields by number, in order.
    struct Message {
        enum Field: Equatable {
            case number(UInt64)
            case bytes([UInt8])
        }
        var fields: [(number: Int, value: Field)] = []

        init(_ bytes: some Collection<UInt8>) throws {
            var rest = Array(bytes)[...]
            func varint() throws -> UInt64 {
                var (value, shift) = (UInt64(0), UInt64(0))
                while true {
                    let next = rest.popFirst()
                    let byte = try #require(next)
                    value |= UInt64(byte & 0x7F) << shift
                    if byte < 0x80 { return value }
                    shift += 7
                }
            }
            while !rest.isEmpty {
                let key = try varint()
                switch key & 7 {
                case 0: fields.append((Int(key >> 3), .number(try varint())))
                case 5:
                    fields.append((Int(key >> 3), .number(rest.prefix(4).reversed().reduce(0) { $0 << 8 | UInt64($1) })))
                    rest = rest.dropFirst(4)
                default:
                    let count = Int(try varint())
                    try #require(count <= rest.count)
                    fields.append((Int(key >> 3), .bytes(Array(rest.prefix(count)))))
                    rest = rest.dropFirst(count)
                }
            }
        }

        func numbers(_ number: Int) -> [Int] { fields.compactMap { if $0.number == number, case .number(let value) = $0.value { Int(truncatingIfNeeded: value) } else { nil } } }
        func texts(_ number: Int) -> [String] { fields.compactMap { if $0.number == number, case .bytes(let value) = $0.value { String(decoding: value, as: UTF8.self) } else { nil } } }
        func messages(_ number: Int) throws -> [Message] {
            try fields.compactMap { if $0.number == number, case .bytes(let value) = $0.value { try Message(value) } else { nil } }
        }
    }

    private func write(_ module: Module, input: Shape, softmax: Bool = false) throws -> (model: Message, graph: Message, parameters: ParameterStore) {
        let resolved = try module.resolved(input: input)
        var store = ParameterStore()
        for (name, declaration) in resolved.parameterDeclarations {
            store.insert(Tensor(declaration.shape, (0..<declaration.shape.elementCount).map { Float($0) / 7 }), name: name, role: declaration.role)
        }
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Checkpoint.writeONNX(try Graph(resolved, input: input), parameters: store, softmax: softmax, metadata: ["classes": "[\"a\"]"], name: "net", to: "\(folder)/net.onnx")
        let model = try Message(try Data(contentsOf: URL(filePath: "\(folder)/net.onnx")))
        return (model, try #require(try model.messages(7).first), store)
    }

    @Test func theFileSaysWhatItIs() throws {
        let (model, graph, store) = try write(.sequential([.layer(.conv(Convolution(nil, 4, kernel: 3, padding: 1))), .layer(.flatten), .layer(.linear(nil, 5))]), input: [3, 4, 6])
        #expect(model.numbers(1) == [8] && model.texts(2) == ["thaw"])
        #expect(try model.messages(8).map { $0.numbers(2) } == [[17]])
        #expect(try model.messages(14).map { $0.texts(1) + $0.texts(2) } == [["classes", "[\"a\"]"]])
        #expect(try graph.messages(1).flatMap { $0.texts(4) } == ["Conv", "Flatten", "Gemm", "Identity"])
        // Every node reads what stands before it.
        var known = Set(try graph.messages(5).flatMap { $0.texts(8) } + ["input"])
        for node in try graph.messages(1) {
            #expect(node.texts(1).allSatisfy(known.contains), "\(node.texts(3))")
            known.formUnion(node.texts(2))
        }
        #expect(known.contains("logits"))
        // Weights keep their names, shapes and bits.
        for tensor in try graph.messages(5) {
            let name = try #require(tensor.texts(8).first)
            let values = try #require(store[name])
            #expect(tensor.numbers(1) == values.shape.dimensions && tensor.numbers(2) == [1])
            guard case .bytes(let raw)? = tensor.fields.first(where: { $0.number == 9 })?.value else { throw CancellationError() }
            #expect(raw == values.elements.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } })
        }
        let pads = try graph.messages(1)[0].messages(5).first { $0.texts(1) == ["pads"] }
        #expect(pads?.numbers(8) == [1, 1, 1, 1])
    }

    @Test(arguments: [
        (Layer.activation(.relu6), ["Clip"]), (.activation(.silu), ["Sigmoid", "Mul"]), (.activation(.hardswish), ["HardSigmoid", "Mul"]),
        (.activation(.gelu), ["Mul", "Erf", "Mul", "Add", "Mul"]), (.activation(.hardsigmoid), ["HardSigmoid"]), (.dropout(p: 0.5), []), (.stochasticDepth(p: 0.5), []),
        (.channelShuffle(groups: 2), ["Reshape", "Transpose", "Reshape"]), (.channelSlice(start: 1, end: 3), ["Slice"]), (.adaptiveAvgPool2d(height: 1, width: 1), ["GlobalAveragePool"]),
        (.adaptiveAvgPool2d(height: 3, width: 2), ["AveragePool"]), (.adaptiveMaxPool2d(height: 6, width: 8), []),
        (.adaptiveMaxPool2d(height: 4, width: 8), ["Slice", "ReduceMax", "Slice", "ReduceMax", "Slice", "ReduceMax", "Slice", "ReduceMax", "Concat"]),
        (.adaptiveConcatPool2d(size: 1), ["GlobalMaxPool", "GlobalAveragePool", "Concat"]), (.layerNorm(LayerNormalization(nil, channelsFirst: true)), ["Transpose", "LayerNormalization", "Transpose"]),
        (.maxPool2d(Pooling(kernel: 3, stride: 2, ceilMode: true)), ["MaxPool"]), (.batchNorm(nil), ["BatchNormalization"]),
        (.conv(Convolution(nil, 4, kernel: Extent(3), stride: Extent(2), padding: .same, dilation: Extent(1), groups: 2, bias: false)), ["Conv"]),
    ] as [(Layer, [String])])
    func layersBecomeOperators(layer: Layer, operators: [String]) throws {
        let (_, graph, _) = try write(.sequential([.layer(layer)]), input: [4, 6, 8])
        #expect(try graph.messages(1).flatMap { $0.texts(4) } == operators + ["Identity"])
    }

    @Test func unevenPaddingIsWrittenOut() throws {
        let convolution = Convolution(nil, 4, kernel: Extent(3), stride: Extent(2), padding: .same, dilation: Extent(1), groups: 1, bias: false)
        let (_, graph, _) = try write(.layer(.conv(convolution)), input: [4, 6, 8])
        #expect(try graph.messages(1)[0].messages(5).first { $0.texts(1) == ["pads"] }?.numbers(8) == [0, 0, 1, 1])
    }

    @Test func probabilitiesHaveTheirOwnName() throws {
        let (_, graph, _) = try write(.sequential([.layer(.flatten), .layer(.linear(nil, 2, bias: false))]), input: [1, 2, 2], softmax: true)
        #expect(try graph.messages(1).flatMap { $0.texts(4) } == ["Flatten", "Gemm", "Softmax", "Identity"])
        #expect(try graph.messages(12).flatMap { $0.texts(1) } == ["probabilities"])
    }

    @Test func whatIsMissingIsNamed() throws {
        let module = try Module.layer(.linear(nil, 2)).resolved(input: [3])
        #expect {
            try Checkpoint.writeONNX(try Graph(module, input: [3]), parameters: ParameterStore(), name: "net", to: "/nowhere/net.onnx")
        } throws: { "\($0)".contains("weight") }
    }
}
