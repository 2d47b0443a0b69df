import Checkpoints
import CommandLanguage
import Foundation
import Learning
import NeuralNetworks
import Tensors
import Testing

@testable import Workbench

/// Loading and saving, and what is said of it.
@Suite struct WeightsTests {
    private func model(_ desk: Desk, _ name: String = "net") throws -> ModelState { try #require(desk.session.object(named: name) as? NetworkObject).model }

    /// A path keeps its letters, also where it begins as a sentence does.
    @Test func pathsAreNotCapitalised() throws {
        try ScratchFolder.use { _ in
            let desk = Desk()
            desk.run("net = Sequential(Conv2d(2, 3), AdaptiveAvgPool2d(1), Flatten, Linear(2), input_size=16)")
            for folder in ["no dir", "the", "nothing"] {
                let problem = desk.problem("save net to \"\(folder)/x.pth\"")
                #expect(problem.contains("FileError: \(folder)/x.pth can't be written"), "\(problem)")
            }
            #expect(desk.problem("x = ImageFolder(\"nowhere\")").contains("FileError: There is no folder"))
        }
    }

    @Test func aSavedNetworkIsMadeAgainInAnEmptySession() throws {
        try ScratchFolder.use { _ in
            let desk = Desk()
            desk.run("net = squeezenet1_1(num_classes=2)\nfreeze net.features\nnet.classes = [\"ant\", \"bee\"]\nnet.classifier = [Dropout(0.1), Conv2d(2, 1), AdaptiveAvgPool2d, Flatten]")
            desk.run("net.classes = [\"ant\", \"bee\"]")
            #expect(desk.run("save net to \"net.safetensors\"").contains("net.safetensors: net as 52 tensors with layers, 2 classes and preprocessing"))
            #expect(desk.run("save net to \"net.safetensors\"").contains("(replaced)"))
            let other = Desk()
            let text = other.run("load again from \"net.safetensors\"")
            #expect(text.contains("again: squeezenet1_1, weights: net.safetensors") && text.contains("classes ant, bee"), "\(text)")
            let (saved, loaded) = try (model(desk), model(other, "again"))
            #expect(loaded.parameters == saved.parameters && loaded.module == saved.module && loaded.classes == saved.classes)
            #expect(loaded.freeze == saved.freeze && loaded.preprocessing == saved.preprocessing)
            #expect(other.run("third = squeezenet1_1(weights=\"net.safetensors\")").contains("net.safetensors"))
            #expect(other.problem("x = resnet18(weights=\"net.safetensors\")").contains("holds a squeezenet1_1, not a resnet18"))
        }
    }

    @Test func loadedWeightsGoWithTheNetworkIntoAnother() throws {
        try ScratchFolder.use { _ in
            let desk = Desk()
            let row = "Sequential(Conv2d(3, 8, 3, stride=2), ReLU, AdaptiveAvgPool2d(1), Flatten, Linear(3), input_size=32)"
            desk.run("set seed 1\nfirst = \(row)\nsave first to \"first.pth\"\nset seed 2\nnet = \(row)\nload net from \"first.pth\"")
            desk.run("own = Sequential(trunk=net, head=Linear(2))")
            let (trunk, own) = try (model(desk, "first"), model(desk, "own"))
            #expect(trunk.parameters.names.allSatisfy { own.parameters["trunk.\($0)"] == trunk.parameters[$0] } && own.inputShape == [3, 32, 32])
        }
    }

    /// What a network begins with knows how its pictures are prepared, whichever way it was taken.
    @Test func aPartThatBeginsTheNetworkBringsItsPreparation() throws {
        try ScratchFolder.use { _ in
            let desk = Desk()
            desk.run("net = squeezenet1_1(num_classes=2)\nnet.preprocessing = [Resize(70), CenterCrop(64), ToTensor, Normalize([0.1, 0.2, 0.3], [0.4, 0.5, 0.6])]")
            desk.run("save net to \"net.safetensors\"\nload net from \"net.safetensors\"")
            let tail = "pool=AdaptiveAvgPool2d(1), flat=Flatten, head=Linear(2))"
            for part in ["net.features", "net.until(features)", "net.features.0"] {
                desk.run("own = Sequential(trunk=\(part), \(tail)")
                let own = try model(desk, "own")
                #expect(try own.preprocessing == model(desk).preprocessing && own.weights == "net.safetensors (squeezenet1_1)", "\(part)")
            }
            // What begins in the middle takes other things than pictures.
            desk.run("own = Sequential(first=Conv2d(3, 64, 3), rest=net.features.3, \(tail)")
            #expect(try model(desk, "own").preprocessing != model(desk).preprocessing)
        }
    }

    @Test func whatIsNotFiniteIsToldAndNotTrained() throws {
        try TrainingTests.use { _ in
            let desk = TrainingTests.desk()
            var broken = try #require(desk.session.object(named: "net") as? NetworkObject)
            broken.model.parameters["conv2.weight"] = Tensor([12, 8, 3, 3], repeating: .nan)
            desk.session.put(broken, as: "broken")
            desk.run("save broken to \"broken.pth\"")
            #expect(desk.run("load net from \"broken.pth\"").contains("conv2.weight: not all values are finite numbers"))
            #expect(desk.problem("train net on bees epochs=1").contains("conv2.weight holds values that are no finite numbers"))
        }
    }

    @Test func partsAreSavedAndLoadedAlone() throws {
        try ScratchFolder.use { _ in
            let desk = Desk()
            desk.run("set seed 1\nnet = squeezenet1_1(num_classes=2)\nset seed 2\nother = squeezenet1_1(num_classes=2)")
            desk.run("save net.classifier to \"head.safetensors\"\nload other.classifier from \"head.safetensors\"\nload other.features.3 from net.features.3")
            let (mine, theirs) = try (model(desk).parameters, model(desk, "other").parameters)
            let same = mine.names.filter { $0.hasSuffix("weight") && mine[$0] == theirs[$0] }
            #expect(same.sorted() == ["classifier.1.weight", "features.3.expand1x1.weight", "features.3.expand3x3.weight", "features.3.squeeze.weight"])
            #expect(desk.problem("load other.features.6 from \"head.safetensors\"").contains("is not for other.features.6"))
        }
    }

    /// What is said of the weights is said of the features: a head that is loaded alone changes nothing of it.
    @Test func aHeadAloneDoesNotRenameTheWeights() throws {
        try ScratchFolder.use { _ in
            let desk = Desk()
            func weights(_ name: String) -> String? { try? model(desk, name).weights }
            desk.run("net = squeezenet1_1(num_classes=2)\nsave net to \"net.safetensors\"\nsave net.classifier to \"head.safetensors\"")
            desk.run("load mine from \"net.safetensors\"\nload mine.classifier from \"head.safetensors\"")
            #expect(weights("mine") == "net.safetensors")
            desk.run("set seed 3\nother = squeezenet1_1(num_classes=2)\nload mine.classifier from other.classifier")
            #expect(weights("mine") == "net.safetensors")
            desk.run("load other from mine only=features.3")
            #expect(weights("other") == "in part net.safetensors")
            desk.run("load other from \"net.safetensors\"")
            #expect(weights("other") == "net.safetensors")
        }
    }

    @Test func aSavedFileGetsAsManyOutputsAsAreAskedFor() throws {
        try ScratchFolder.use { _ in
            let desk = Desk()
            desk.run("net = squeezenet1_1(num_classes=2)\nnet.classes = [\"ant\", \"bee\"]\nsave net to \"net.safetensors\"\nset seed 5")
            let text = desk.run("wide = squeezenet1_1(weights=\"net.safetensors\", num_classes=5)")
            #expect(text.contains("the saved head (2 classes) was replaced by a fresh one of 5: classifier.1"), "\(text)")
            let (saved, wide) = try (model(desk), model(desk, "wide"))
            #expect(try wide.graph().outputShape == [5] && wide.classes.isEmpty)
            #expect(wide.parameters["features.0.weight"] == saved.parameters["features.0.weight"])
            let same = desk.run("same = squeezenet1_1(weights=\"net.safetensors\", num_classes=2)")
            #expect(!same.contains("replaced"), "\(same)")
            #expect(try model(desk, "same").classes == ["ant", "bee"])
        }
    }

    @Test func halfPrecisionIsRoundedNotLost() throws {
        try ScratchFolder.use { _ in
            let desk = Desk()
            desk.run("net = squeezenet1_1(num_classes=2)\nsave net to \"half.safetensors\" dtype=float16\nsave net to \"full.safetensors\"\nload half from \"half.safetensors\"")
            let size = { (try FileManager.default.attributesOfItem(atPath: $0)[.size] as? Int) ?? 0 }
            #expect(try size("half.safetensors") * 2 < size("full.safetensors") + 100_000)
            let (a, b) = try (#require(model(desk).parameters["features.0.weight"]), #require(model(desk, "half").parameters["features.0.weight"]))
            #expect(zip(a.elements, b.elements).allSatisfy { abs($0 - $1) <= abs($0) * 0x1p-10 + 1e-7 } && a != b)
        }
    }

    @Test func pyTorchsFormatHoldsTheSameWeights() throws {
        try ScratchFolder.use { _ in
            let desk = Desk()
            desk.run("net = mobilenet_v3_small(num_classes=2)\nset seed 4")
            let text = desk.run("save net to \"net.pth\"\nsave net.classifier to \"head.pt\"\nsave net to \"half.pth\" dtype=bfloat16")
            #expect(text.contains("net.pth: net as 244 tensors, without layers, classes and preprocessing"), "\(text)")
            #expect(desk.run("again = mobilenet_v3_small(weights=\"net.pth\")").contains("210 of 210 tensors (100.0 % of the values)"))
            #expect(try model(desk, "again").parameters == model(desk).parameters)
            #expect(try Checkpoint.read("head.pt").state.names == ["0.weight", "0.bias", "3.weight", "3.bias"])
            let half = try Checkpoint.read("half.pth").state
            #expect(half.entry(named: "classifier.0.weight")?.storedAs == .bfloat16 && half.entry(named: "features.0.1.num_batches_tracked")?.storedAs == .int64)
        }
    }

    @Test func whatIsAlmostAllIsNotCalledAll() throws {
        let desk = Desk()
        desk.run("net = resnet18(num_classes=2)\nother = resnet18(num_classes=3)\nw = other.state_dict")
        let text = desk.run("load net from w partial=true")
        #expect(text.contains("100 of 102 tensors (more than 99.9 % of the values), 2 of another shape") && !text.contains("100.0 %"), "\(text)")
        let part = desk.run("load net from w only=layer4")
        #expect(part.contains("net.layer4: loaded 25 of 25 tensors (100.0 % of the values)") && part.contains("100.0 % of net.layer4's 8,398,848 values"), "\(part)")
    }

    @Test func loadingTellsFourLists() throws {
        try ScratchFolder.use { _ in
            let desk = Desk()
            desk.run("net = squeezenet1_1(num_classes=2)\nother = squeezenet1_1(num_classes=3)\nset seed 3\nnet = squeezenet1_1(num_classes=2)\nsave other.state_dict to \"w.safetensors\"")
            let before = try model(desk).parameters
            let (shown, problem) = desk.attempt("load net from \"w.safetensors\"")
            #expect(shown.contains("of another shape") && shown.contains("classifier.1.weight: file 3×512×1×1, network 2×512×1×1"), "\(shown)")
            #expect(try #require(problem).contains("50 of 52 tensors") && problem?.contains("partial=true") == true, "\(problem ?? "")")
            #expect(try model(desk).parameters == before)
            let text = desk.run("load net from \"w.safetensors\" partial=true")
            #expect(text.contains("net: loaded 50 of 52 tensors (99.9 % of the values), 2 of another shape"), "\(text)")
            #expect(text.contains("as they were before: classifier.1.weight, classifier.1.bias"))
            #expect(try model(desk).parameters["classifier.1.weight"] == before["classifier.1.weight"])
            #expect(try model(desk).parameters["features.0.weight"] == model(desk, "other").parameters["features.0.weight"])
        }
    }

    @Test func namesAreRewrittenAndPartsChosen() throws {
        try ScratchFolder.use { _ in
            let desk = Desk()
            desk.run("net = squeezenet1_1(num_classes=2)")
            let state = try model(desk).parameters
            var renamed = StateDictionary()
            for name in state.names { renamed.set(.init(name: "encoder.body." + name, tensor: try #require(state[name]))) }
            renamed.set(.init(name: "optimizer.step", tensor: Tensor(1)))
            try Checkpoint.write(renamed, to: "renamed.safetensors")
            desk.run("set seed 9\nfresh = squeezenet1_1(num_classes=2)")
            #expect(desk.run("load fresh from \"renamed.safetensors\" rename={\"encoder.body.**\": \"**\"}").contains("52 of 52 tensors"))
            #expect(try model(desk, "fresh").parameters == state)
            desk.run("set seed 10\npart = squeezenet1_1(num_classes=2)\nbest = net.state_dict")
            #expect(desk.run("load part from best only=features.3").contains("6 of 6 tensors"))
            #expect(try model(desk, "part").parameters["features.3.squeeze.weight"] == state["features.3.squeeze.weight"])
            #expect(try model(desk, "part").parameters["features.0.weight"] != state["features.0.weight"])
            desk.run("load part.classifier from best\nload part from net")
            #expect(try model(desk, "part").parameters == state)
            #expect(desk.problem("load net from \"absent.pth\"").contains("absent.pth can't be read"))
            #expect(desk.problem("load nobody from \"renamed.safetensors\"").contains("`nobody` doesn't exist yet"))
            #expect(desk.problem("load net from best only=nothing").contains("nothing"))
        }
    }

    @Test func weightsOfAnotherNetworkAreNoLoad() throws {
        let desk = Desk()
        desk.run("net = squeezenet1_1(num_classes=2)\nother = shufflenet_v2_x0_5(num_classes=2)\nw = other.state_dict")
        let (_, problem) = desk.attempt("load net from w partial=true")
        #expect(try #require(problem).contains("is not for net") && problem?.contains("Nothing was loaded") == true)
    }

    @Test func filesOfManyKindsAreRefusedWithAWayOut() throws {
        try ScratchFolder.use { _ in
            let desk = Desk()
            desk.run("net = squeezenet1_1(num_classes=2)")
            for (cell, expected) in [
                ("save net to \"net.ckpt\"", "\"net.pth\""), ("save net to \"net.onnx\"", "`export net to \"net.onnx\"`"),
                ("save net to \"net\"", "net.safetensors"), ("save net to \"absent/net.safetensors\"", "absent/net.safetensors can't be written"), ("save 5 to \"x.safetensors\"", "path"),
                ("export net to \"net.safetensors\"", "`save` writes safetensors"), ("export net.features to \"x.onnx\"", "whole networks"),
            ] {
                let problem = desk.problem(cell)
                #expect(problem.contains(expected), "\(cell): \(problem)")
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: ".").filter { !$0.hasPrefix(".") }
            #expect(left.isEmpty)
        }
    }

    @Test func aTorchHubCacheIsFoundAndChecked() throws {
        try ScratchFolder.use { folder in
            let cache = "\(folder.path)/torch/hub/checkpoints"
            try FileManager.default.createDirectory(atPath: cache, withIntermediateDirectories: true)
            try "not the weights".write(toFile: "\(cache)/squeezenet1_1-b8a52dc0.pth", atomically: true, encoding: .utf8)
            let session = Session(environment: [
                "HOME": folder.path, "TORCH_HOME": "\(folder.path)/torch", "THAW_HOME": ".thaw", "THAW_WEIGHTS_URL": "http://127.0.0.1:9",
            ])
            guard case .failed(let diagnostics, _) = session.run("net = squeezenet1_1(weights=imagenet)", output: RecordingOutput()) else {
                Issue.record("a wrong file was taken")
                return
            }
            #expect(diagnostics[0].message.contains("squeezenet1_1-b8a52dc0.pth is not the published file"), "\(diagnostics[0].message)")
            guard case .failed(let offline, _) = session.run("net = resnet18(weights=imagenet)", output: RecordingOutput()) else {
                Issue.record("there can be no such file")
                return
            }
            #expect(offline[0].message.contains("resnet18-f37072fd.pth is not on this machine") && offline[0].message.contains("put it at \(folder.path)/.cache/thaw/weights/resnet18-f37072fd.pth"), "\(offline[0].message)")
        }
    }
}
