import CommandLanguage
import Foundation
import Learning
import NeuralNetworks
import Testing

@testable import Workbench

/// What a session remembers of what it did, and for how long it holds.
@Suite struct RememberingTests {
    @Test func evaluationsAgeWithWeightsAndTransforms() throws {
        try TrainingTests.use { _ in
            let desk = TrainingTests.desk()
            desk.run("train net on bees batch_size=8")
            desk.run("evaluate")
            #expect(!desk.run("status").contains("before the weights or pictures changed"))
            #expect(!desk.run("show confusion").contains("evaluated net"))
            desk.run("bees.val.transform = [Resize(24x24), RandomHorizontalFlip, ToTensor, Normalize(imagenet)]")
            #expect(desk.run("status").contains("before the weights or pictures changed"))
            #expect(desk.run("show confusion").contains("evaluated net on bees"))
            #expect(!desk.run("status").contains("before the weights or pictures changed"))
            desk.run("train lr=0.1 keep=last")
            #expect(desk.run("status").contains("before the weights or pictures changed"))
            #expect(desk.session.nextSteps().first?.cell == "evaluate")
        }
    }

    /// Looking is nothing to take back.
    @Test func undoPassesOverWhatOnlyFindsOut() throws {
        try TrainingTests.use { _ in
            let desk = TrainingTests.desk()
            desk.run("train net on bees batch_size=8")
            desk.run("evaluate")
            desk.run("check bees")
            desk.run("compute normalisation bees")
            desk.run("show confusion")
            let checked = try #require(desk.session.object(named: "bees") as? DatasetObject)
            #expect(checked.check != nil)
            #expect(desk.run("undo").contains("Back to before `train net on bees"))
            #expect(desk.session.state.trainer.epochCount == 0)
        }
    }

    @Test func groupsStayWhenTheRateIsGiven() throws {
        try TrainingTests.use { _ in
            let desk = TrainingTests.desk()
            desk.run("train net on bees batch_size=8 groups={\"conv1.*\": 1e-4} lr=1e-3")
            desk.run("train lr=1e-2")
            #expect(desk.session.state.trainer.settings.learningRates == .patterns(otherwise: 1e-2, [.init(PathPattern("conv1.*"), 1e-4)]))
            desk.run("trainer.lr = 1e-5..1e-3")
            #expect(desk.session.state.trainer.settings.learningRates == .range(1e-5, 1e-3))
        }
    }

    @Test func fineTuningTakesTheDecayThatIsGiven() throws {
        try TrainingTests.use { _ in
            let desk = TrainingTests.desk()
            let text = desk.run("finetune net on bees epochs=1 head_epochs=1 batch_size=8 weight_decay=0.1 decay_bias=false")
            let settings = desk.session.state.trainer.settings
            #expect(settings.optimizer == .adamW() && settings.weightDecay == 0.1 && settings.sparesBiasesAndNorms)
            #expect(text.contains("weight_decay=0.1") && text.contains("decay_bias=false"), "\(text)")
            // The recipe's own rates are no reason to warn.
            #expect(!text.contains("just unfrozen"), "\(text)")
        }
    }

    @Test func resumingGivesTheDataItsTransformsBack() throws {
        try TrainingTests.use { _ in
            let desk = TrainingTests.desk()
            desk.run("train net on bees epochs=2 batch_size=8")
            let later = Desk()
            later.run("bees = ImageFolder(\"pictures\")")
            #expect(later.run("resume epochs=1").contains("bees prepares its pictures as that training did again"))
            let was = try #require(desk.session.object(named: "bees") as? DatasetObject).dataset.transforms
            let found = try #require(later.session.object(named: "bees") as? DatasetObject)
            #expect(found.dataset.transforms == was)
        }
    }

    @Test func aSessionThatIsLoadedTwiceHasRunItsCellsOnce() throws {
        try TrainingTests.use { _ in
            let desk = TrainingTests.desk()
            desk.run("save session to \"saved\"")
            desk.run("x = 1")
            desk.run("load session from \"saved\"")
            #expect(desk.session.cells.count { $0.contains("ImageFolder") } == 1)
            let later = Desk()
            later.run("y = 1")
            later.run("load session from \"saved\"")
            #expect(later.session.cells.count { $0.contains("ImageFolder") } == 1 && later.session.cells.contains("y = 1"))
        }
    }

    /// Epochs of a training that was taken back don't stand beside those of what came after it.
    @Test func trainingsThatBranchAreStoredApart() throws {
        try TrainingTests.use { _ in
            let desk = TrainingTests.desk()
            desk.session.state.trainer.checkpoints?.minimumInterval = 0
            desk.run("train net on bees epochs=1 batch_size=8")
            desk.run("train epochs=2")
            let first = try #require(desk.session.state.trainer.checkpoints).folder
            desk.run("undo")
            desk.run("train epochs=1 lr=0.003")
            let second = try #require(desk.session.state.trainer.checkpoints).folder
            #expect(first != second && desk.session.storage.trainings.count == 2)
            // In the place of the branch there is only the branch.
            #expect(desk.session.state.trainer.newestStoredEpoch == 2)
            desk.run("save session to \"saved\"")
            let later = Desk()
            later.run("load session from \"saved\"")
            later.run("train")
            let third = try #require(later.session.state.trainer.checkpoints).folder
            #expect(third != second && later.session.storage.trainings.contains(third))
        }
    }

    /// A loader is heard also where it isn't named, as long as it says something new.
    @Test func loadersSpeakOnce() throws {
        try TrainingTests.use { _ in
            let desk = TrainingTests.desk()
            desk.run("loader = DataLoader(bees, batch_size=6)")
            desk.run("train net")
            #expect(desk.session.state.trainer.settings.batchSize == 6)
            desk.run("train batch_size=9")
            desk.run("train")
            #expect(desk.session.state.trainer.settings.batchSize == 9)
            desk.run("loader = DataLoader(bees, batch_size=3)")
            desk.run("train")
            #expect(desk.session.state.trainer.settings.batchSize == 3)
        }
    }

    @Test func patternsTakeNoIndex() throws {
        try TrainingTests.use { _ in
            let desk = TrainingTests.desk()
            #expect(desk.problem("net.**.weight[0]").contains("An index stands behind one tensor"))
            #expect(desk.problem("train net on bees lr=1e30").contains("At most 1000000."))
        }
    }
}
