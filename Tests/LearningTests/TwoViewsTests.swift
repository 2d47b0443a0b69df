import Foundation
import Testing

@testable import Learning

/// Pictures and their mirror images are two passes over the files: one may come or go between them.
@Suite struct TwoViewsTests {
    let task: TinyTask
    let data: Dataset
    let model: ModelState
    let options = TinyTask.trainer().options
    let path: String

    init() throws {
        task = try TinyTask()
        data = try task.data()
        model = try TinyTask.model()
        path = task.folder.path + "/val/left/13.png"
    }

    /// The evaluation is that of the other pictures.
    private func check(_ found: Evaluation, against whole: Evaluation) {
        #expect(found.failures.count == 1 && found.failures.allSatisfy { $0.path.hasSuffix("val/left/13.png") })
        let expected = whole.predictions.filter { !$0.path.hasSuffix("val/left/13.png") }
        #expect(found.count == 11 && expected.count == 11)
        for (ours, theirs) in zip(found.predictions, expected) {
            #expect(ours.path == theirs.path && ours.index == theirs.index && ours.label == theirs.label)
            for (p, q) in zip(ours.probabilities, theirs.probabilities) { #expect(abs(p - q) < 1e-5) }
        }
    }

    @Test func aFileThatGoesIsLeftOut() throws {
        let whole = try model.evaluate(on: data, views: 2, options: options)
        let found = try model.evaluate(
            on: data, views: 2, options: options,
            progress: { done, count in if done == count { try? FileManager.default.removeItem(atPath: path) } })
        check(found, against: whole)
    }

    @Test func aFileThatComesStaysOut() throws {
        let whole = try model.evaluate(on: data, views: 2, options: options)
        let bytes = try Data(contentsOf: URL(filePath: path))
        try FileManager.default.removeItem(atPath: path)
        let found = try model.evaluate(
            on: data, views: 2, options: options,
            progress: { done, count in if done == count { try? bytes.write(to: URL(filePath: path)) } })
        check(found, against: whole)
    }

    @Test func predictionsNameTheFileThatWent() throws {
        let paths = data.val.map(\.path)
        let whole = try model.predict(paths, views: 2, options: options)
        let found = try model.predict(
            paths, views: 2, options: options,
            progress: { done, count in if done == count { try? FileManager.default.removeItem(atPath: path) } })
        #expect(found.map(\.path) == paths && found.count == 12)
        for (ours, theirs) in zip(found, whole) {
            let isGone = ours.path.hasSuffix("val/left/13.png")
            #expect((ours.failure != nil) == isGone && ours.probabilities.isEmpty == isGone)
            for (p, q) in zip(ours.probabilities, theirs.probabilities) { #expect(abs(p - q) < 1e-5) }
        }
    }

    @Test func noCommonPictureIsAnError() throws {
        let other = task.folder.path + "/val/left/14.png"
        let bytes = try Data(contentsOf: URL(filePath: path))
        try FileManager.default.removeItem(atPath: path)
        func exchange() {
            try? bytes.write(to: URL(filePath: path))
            try? FileManager.default.removeItem(atPath: other)
        }
        #expect(throws: LearningError.self) {
            try model.predict([path, other], views: 2, options: options, progress: { done, count in if done == count { exchange() } })
        }
    }
}
