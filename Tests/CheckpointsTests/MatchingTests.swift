import Checkpoints
import Tensors
import Testing

@Suite struct MatchingTests {
    static let model: [(name: String, shape: Shape)] = [
        ("conv.weight", [2, 2]), ("conv.bias", [2]), ("bn.num_batches_tracked", []), ("fc.weight", [3, 2]), ("fc.bias", [3]),
    ]

    static func state(_ tensors: [(String, Shape)]) -> StateDictionary {
        StateDictionary(tensors.map { StateDictionary.Entry(name: $0.0, tensor: Tensor($0.1, repeating: 1)) })
    }

    @Test func fourLists() {
        let report = Checkpoint.match(
            Self.state([("conv.weight", [2, 2]), ("conv.bias", [2]), ("fc.weight", [10, 2]), ("aux.weight", [4]), ("aux.num_batches_tracked", [])]), into: Self.model)
        #expect(report.loaded.map(\.name) == ["conv.weight", "conv.bias"])
        #expect(report.missing == ["fc.bias"])
        #expect(report.unexpected.map(\.name) == ["aux.weight"])
        #expect(report.wrongShape.map(\.name) == ["fc.weight"])
        #expect(report.loadedElements == 6 && report.wantedElements == 15)
        #expect(!report.isComplete && report.isCredible)
    }

    @Test func prefixesAreStrippedAndTold() {
        let report = Checkpoint.match(
            Self.state([("model.backbone.conv.weight", [2, 2]), ("model.backbone.conv.bias", [2]), ("model.backbone.fc.weight", [3, 2]), ("model.backbone.fc.bias", [3])]),
            into: Self.model)
        #expect(report.isComplete)
        #expect(report.notes == ["prefix model.backbone. stripped"])
    }

    @Test func renamingAndOnly() {
        let state = Self.state([("trunk.weight", [2, 2]), ("trunk.bias", [2]), ("head.weight", [3, 2]), ("head.bias", [3])])
        let report = Checkpoint.match(state, into: Self.model, rename: [("trunk.*", "conv.*"), ("head.*", "fc.*")])
        #expect(report.isComplete)
        let part = Checkpoint.match(state, into: Self.model, rename: [("trunk.*", "conv.*"), ("head.*", "fc.*")], only: "conv")
        #expect(part.loaded.map(\.name) == ["conv.weight", "conv.bias"])
        #expect(part.missing.isEmpty && part.unexpected.isEmpty)
    }

    @Test func almostNothingIsNoLoad() {
        let report = Checkpoint.match(Self.state([("other.a", [1]), ("other.b", [1])]), into: Self.model)
        #expect(!report.isCredible)
        #expect(report.loaded.isEmpty)
    }

    @Test func nothingIsBroadcast() {
        let report = Checkpoint.match(Self.state([("conv.weight", [1, 2]), ("conv.bias", [2])]), into: Self.model)
        #expect(report.wrongShape.map(\.name) == ["conv.weight"])
    }
}
