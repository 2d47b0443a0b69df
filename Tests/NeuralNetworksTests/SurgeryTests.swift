import Tensors
import Testing

@testable import NeuralNetworks

@Suite struct SurgeryTests {
    static let residual: Module = .block(
        Block(
            kind: "Residual",
            children: [
                .init(name: "conv", module: .layer(.conv(Convolution(4, 4, kernel: 3, padding: 1)))),
                .init(name: "relu", module: .layer(.relu)),
            ],
            wiring: .steps([
                .init(.child("conv"), [0]), .init(.function(.add), [1, 0]), .init(.child("relu"), [2]),
            ])))
    static let network: Module = .sequential([
        ("stem", .layer(.conv(Convolution(3, 4, kernel: 3, bias: false)))), ("bn", .layer(.batchNorm(4))), ("block", residual),
        ("pool", .layer(.adaptiveAvgPool2d(height: 1, width: 1))), ("flatten", .layer(.flatten)), ("fc", .layer(.linear(4, 2))),
    ])

    @Test func trunksKeepTheirNames() throws {
        let trunk = try Self.network.until("block")
        #expect(try Graph(trunk, input: [3, 8, 8]).outputShape == [4, 6, 6])
        #expect(trunk.parameterDeclarations.map(\.name).last == "block.conv.bias")
        #expect(try Graph(Self.network.until("block.conv"), input: [3, 8, 8]).outputShape == [4, 6, 6])
    }

    @Test func aCutThatLosesDataIsRefused() {
        #expect(throws: SurgeryError.notACut(path: "block.relu", block: "block", kind: "Residual")) {
            try Self.network.until("block.relu")
        }
        #expect(throws: SurgeryError.noSuchPart(path: "block.x", among: ["conv", "relu"])) { try Self.network.until("block.x") }
    }

    @Test func selections() throws {
        #expect(Self.network.parameterNames(matching: "block") == ["block.conv.weight", "block.conv.bias"])
        #expect(Self.network.parameterNames(ofKind: "batchnorm2d") == ["bn.weight", "bn.bias"])
        #expect(try Self.network.parameterNames(until: "bn") == ["stem.weight", "bn.weight", "bn.bias"])
        #expect(Self.network.parameterNames(except: "fc").count == 5)
        #expect(Self.network.batchNormPaths(matching: "**") == ["bn"])
    }

    @Test func summaryCounts() throws {
        var plan = FreezePlan()
        plan.freeze(["stem.weight"])
        let rows = try Graph(Self.network, input: [3, 8, 8]).summary(plan)
        #expect(rows.map(\.path) == ["stem", "bn", "block.conv", "block.relu", "pool", "flatten", "fc"])
        #expect(rows[0].multiplyAdds == 4 * 36 * 27)
        #expect(rows[0].parameters == 108 && rows[0].trainable == 0)
        #expect(rows[6].multiplyAdds == 8 && rows[6].trainable == 10)
    }

    @Test func checksumSeesFrozenTensorsOnly() {
        var store = ParameterStore()
        for (name, declaration) in Self.network.parameterDeclarations {
            store.insert(Tensor(zeros: declaration.shape), name: name, role: declaration.role)
        }
        var plan = FreezePlan()
        plan.freeze(Self.network.parameterNames(except: "fc"))
        let before = store.frozenChecksum(Self.network, plan)
        store["fc.weight"] = Tensor([2, 4], repeating: 1)
        #expect(store.frozenChecksum(Self.network, plan) == before)
        store["bn.running_mean"] = Tensor([4], repeating: 1)
        #expect(store.frozenChecksum(Self.network, plan) != before)
    }
}
