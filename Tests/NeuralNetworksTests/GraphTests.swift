import Tensors
import Testing

@testable import NeuralNetworks

@Suite struct GraphTests {
    static let network: Module = .sequential([
        ("conv", .layer(.conv(Convolution(3, 8, kernel: 3, stride: 2, padding: 1, bias: false)))),
        ("bn", .layer(.batchNorm(nil))),
        ("relu", .layer(.relu)),
        ("pool", .layer(.adaptiveAvgPool2d(height: 1, width: 1))),
        ("flatten", .layer(.flatten)),
        ("drop", .layer(.dropout(p: 0.5))),
        ("fc", .layer(.linear(nil, 2))),
    ])

    @Test func sizesAreInferred() throws {
        let resolved = try Self.network.resolved(input: [3, 16, 16])
        let graph = try Graph(resolved, input: [3, 16, 16])
        #expect(graph.outputShape == [2])
        #expect(resolved.parameterDeclarations.map(\.name).contains("fc.weight"))
        #expect(resolved.parameterDeclarations.first { $0.name == "fc.weight" }?.declaration.shape == [2, 8])
    }

    @Test func errorsNameTheLayerAndBothSizes() {
        let wrong = Self.network.replacing(path: "fc", with: .layer(.linear(512, 2)))
        #expect(throws: ShapeError.self) { try wrong?.resolved(input: [3, 16, 16]) }
        do { _ = try wrong?.resolved(input: [3, 16, 16]) } catch {
            #expect("\(error)" == "fc (Linear): takes 512 features, but the layer before gives 8")
        }
    }

    @Test func frontierStopsBeforeWhatTrainsOrIsRandom() throws {
        let resolved = try Self.network.resolved(input: [3, 16, 16])
        let graph = try Graph(resolved, input: [3, 16, 16])
        var plan = FreezePlan()
        #expect(Frontier(graph, plan).boundary == [0])
        plan.freeze(["conv.weight", "bn.weight", "bn.bias"])
        let frontier = Frontier(graph, plan)
        #expect(frontier.boundary.map { graph.nodes[$0].path } == ["flatten"])
        #expect(frontier.trainable == ["fc.weight", "fc.bias"])
        plan.setBatchNormMode(.training, path: "bn")
        #expect(Frontier(graph, plan).boundary.map { graph.nodes[$0].path } == ["conv"])
    }

    @Test(arguments: [
        (112, 3, 2, 1, true, 57), (112, 3, 2, 1, false, 56), (55, 3, 2, 0, true, 27), (54, 3, 2, 0, true, 27),
        (54, 3, 2, 0, false, 26),
    ])
    func poolingSizes(input: Int, kernel: Int, stride: Int, padding: Int, ceilMode: Bool, expected: Int) {
        let pooling = Pooling(kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode)
        let size = pooling.outputSize(input: input, kernel: kernel, stride: stride, padding: padding)
        #expect(size == expected)
    }
}
