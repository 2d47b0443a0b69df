import CommandLanguage
import Foundation
import Learning
import Testing

@testable import Workbench

/// Data sets as cells know them: constructors, paths, assignment, and what is remembered in the folder.
@Suite struct DatasetTests {
    @Test func introductionHasTheFacts() throws {
        try ScratchFolder.use { folder in
            try folder.fill()
            try FileManager.default.createDirectory(atPath: "pictures/train/.ipynb_checkpoints", withIntermediateDirectories: true)
            try Data([1]).write(to: URL(fileURLWithPath: "pictures/train/bugs/notes.txt"))
            let text = Desk().run("bees = ImageFolder(\"pictures\")")
            #expect(text.contains("33 pictures of 3 classes (bugs, flowers, fruit): train 24, val 9"))
            #expect(text.contains("1 hidden (train/.ipynb_checkpoints)") && text.contains("1 not a picture by its name (train/bugs/notes.txt)"))
        }
    }

    @Test func classesThatOnlyValidationHasAreTold() throws {
        try ScratchFolder.use { folder in
            try folder.fill()
            try FileManager.default.createDirectory(atPath: "pictures/val/wasps", withIntermediateDirectories: true)
            for index in 0..<2 { try FileManager.default.copyItem(atPath: "picture.png", toPath: "pictures/val/wasps/\(index).png") }
            let warning = "class wasps has no train pictures: its 2 pictures for validation or testing are left out"
            let desk = Desk()
            #expect(desk.run("bees = ImageFolder(\"pictures\")").contains(warning))
            #expect(desk.run("show bees").contains(warning))
            #expect(desk.run("check bees").contains(warning))
        }
    }

    /// What `compute normalisation` shows is what `Normalize` takes.
    @Test func measuredNormalisationCanBeWrittenOut() throws {
        try Desk.withPictures { desk in
            let told = desk.run("compute normalisation bees")
            desk.run("bees.train.transform = [Resize(80), CenterCrop(64), ToTensor, Normalize(bees)]")
            let written = try #require(told.firstMatch(of: /Normalize\(\[[^)]*\]\)/).map { String($0.output) })
            let shown = desk.run("bees.train.transform")
            let step = try #require(shown.firstMatch(of: /Normalize\(\[[^)]*\]\)/).map { String($0.output) })
            func numbers(_ text: String) -> [Double] { text.matches(of: /[0-9]+\.[0-9]+/).compactMap { Double($0.output) } }
            #expect(numbers(step) == numbers(written) && numbers(step).count == 6)
        }
    }

    @Test(arguments: [
        ("bees.count", "33"), ("bees.train.count", "24"), ("bees.val[\"fruit\"].count", "3"), ("bees.train[2..5].count", "3"),
        ("bees.train[-1].label", "\"fruit\""), ("bees.train[0].label", "\"bugs\""), ("bees.train.fruit[0].label", "\"fruit\""),
        ("bees.train[\"fruit\"][1].index", "17"), ("bees.train[20..1000].count", "4"), ("bees.classes[1]", "flowers"),
        ("bees.mode", "\"RGB\""), ("bees.len", "33"), ("bees.validation.count", "9"),
    ])
    func pathsLeadInside(path: String, value: String) throws {
        try Desk.withPictures { #expect($0.run(path) == value) }
    }

    @Test(arguments: [
        ("bees.trian", "bees.train"), ("bees[3]", "bees.train"), ("bees.test", "no test pictures"), ("bees.train[99]", "there are 24"),
        ("bees.train[\"wasps\"]", "no class wasps"), ("bees.train[3].labl", "leads to nothing"), ("bees.train[0][1]", "One picture has no items"),
        ("bees.root = \"x\"", "can't be given another value"), ("bees.train.transform = [SGD(lr=0.1)]", "is no step"),
        ("bees.train.transform = [ToTensor, CenterCrop(8)]", "can't stand after ToTensor"), ("bees.train[0].label = \"wasp\"", "no class wasp"),
        ("bees.classes = {\"wasps\": \"bugs\"}", "no class wasps"), ("x = ImageFolder(\"nowhere\")", "no folder nowhere"),
        ("x = ImageFolder(\"pictures\", filter=\"*.gif\")", "No pictures"), ("x = ImageFolder(\"pictures\", split={train: 20%})", "not `train`"),
        ("x = ImageFolder(\"pictures\", filter={min_size: 3})", "min_side"), ("x = ImageList(\"labels.csv\", label=\"lable\")", "label"),
        ("x = ImagePattern(\"pictures/**/*.png\", label=\"(\")", "no valid pattern"), ("x = Subset(bees, [0, 1])", "whole dataset"),
        ("relabel bees.train as \"fruit\" store=flase", "false"), ("quarantine bees", "not been checked"), ("show augment bees.train[0]", "no transform"),
        ("bees.train.transform[0] = Resize(300)", "Assign the whole list: `bees.train.transform = […]`"),
        ("bees.classes[0] = \"x\"", "Assign the whole list: `bees.classes = […]`"),
        ("bees.train[0..4].transform = [ToTensor]", "`bees.train[0..4].transform` can't be given another value"),
        ("bees.val[\"bugs\"].classes = [\"bugs\"]", "can't be given another value"),
        ("bees.train[5..2]", "Did you mean `2..5`?"), ("bees.train[-2..-5]", "goes backwards"),
        ("x = ImageFolder(\"pictures\", filter=\"*.jpg\")", "the filter \"*.jpg\" leaves out all 33"),
        ("bees.train.transform = [CenterCrop(32), ToTensor, Normalize([0.5, 0.5], [0.5, 0.5])]", "values for 2 channels, the pictures have 3"),
        ("show batch bees.train.transform", "stands for no pictures"),
        ("bees.train.transform = [RandomRotation(5..1)]", "goes backwards"), ("bees.train.transform = [Normalize([0.5])]", "standard deviation"),
    ])
    func errorsNameTheWayOut(cell: String, part: String) throws {
        try Desk.withPictures { desk in
            let problem = desk.problem(cell)
            #expect(problem.contains(part), "\(problem)")
        }
    }

    @Test func patternsThatMatchNothingAreTold() throws {
        try Desk.withPictures { desk in
            let told = desk.run("x = ImageFolder(\"pictures\", filter=[\"!fruit/*\", \"!nothing*\", \"!**/bugs/*\"])")
            #expect(told.contains("\"!fruit/*\" matches no picture: it is held against paths such as train/bugs/") && told.contains("\"!nothing*\" matches no"), "\(told)")
            #expect(!told.contains("bugs/*\" matches") && told.contains("22 pictures"), "\(told)")
        }
    }

    /// Mode and transforms are set one after the other, so what doesn't fit at once is told, not refused.
    @Test func channelsThatDoNotFitAreTold() throws {
        try Desk.withPictures { desk in
            desk.run("bees.transform = [Resize(80), CenterCrop(64), ToTensor, Normalize(imagenet)]")
            #expect(desk.run("bees.mode = L").contains("bees.train.transform: Normalize has values for 3 channels, the pictures have 1"))
            #expect(desk.problem("bees.val.transform = [CenterCrop(64), ToTensor, Normalize(imagenet)]").contains("`Grayscale(3)` before it"))
            desk.run("bees.transform = [Grayscale(3), CenterCrop(64), ToTensor, Normalize(imagenet)]")
            desk.run("bees.transform = [CenterCrop(64), ToTensor, Normalize([0.5], [0.5])]")
        }
    }

    /// A refused assignment changes nothing, least of all something else.
    @Test func whatIsRefusedStaysAsItWas() throws {
        try Desk.withPictures { desk in
            desk.run("bees.train.transform = [Resize(80), CenterCrop(64), ToTensor]")
            let before = try #require(desk.session.object(named: "bees") as? DatasetObject).dataset
            _ = desk.problem("bees.train.transform[0] = Resize(300)")
            _ = desk.problem("bees.train[0..4].transform = [ToTensor]")
            _ = desk.problem("bees.classes[0] = \"x\"")
            let after = try #require(desk.session.object(named: "bees") as? DatasetObject).dataset
            #expect(after.decoding == before.decoding && after.transforms == before.transforms && after.fingerprint == before.fingerprint)
            // One picture among some of them is a picture like any other.
            #expect(desk.run("bees.train[\"bugs\"][0].label = \"fruit\"").contains("bugs → fruit"))
        }
    }

    @Test func transformsAreAssignedAndShown() throws {
        try Desk.withPictures { desk in
            let told = desk.run("bees.train.transform = [RandomResizedCrop(64, scale=0.8..1.0), RandomHorizontalFlip, ToTensor, Normalize(imagenet)]")
            #expect(told.contains("4 steps for train → 3×64×64, 2 of them random"))
            #expect(desk.run("bees.val.transform = bees.train.transform").contains("makes the val figures random"))
            let shown = desk.run("bees.train.transform")
            #expect(shown.contains("RandomResizedCrop(64, scale=0.8..1)") && shown.contains("3×64×64") && shown.contains("Normalize(imagenet)"))
            desk.run("steps = [Resize(80), CenterCrop(64)]")
            #expect(desk.run("bees.transform = steps").contains("2 steps for train, val"))
            #expect(desk.run("bees.val.transform = none").contains("network's own"))
            #expect(desk.run("bees.val.transform = [Resize(80)]").contains("keep different sizes"))
        }
    }

    @Test func classesAreRenamedMergedAndChosen() throws {
        try Desk.withPictures { desk in
            #expect(desk.run("bees.classes = {\"bugs\": \"animals\", \"flowers\": \"plants\", \"fruit\": \"plants\"}").contains("2 classes now: animals, plants; 33 pictures"))
            #expect(desk.run("bees.train.plants.count") == "16")
            #expect(desk.run("two = ImageFolder(\"pictures\", classes=[\"fruit\", \"bugs\"])").contains("22 pictures of 2 classes (fruit, bugs)"))
            #expect(desk.run("one = ImageFolder(\"pictures\", classes={\"bugs\": none})").contains("(flowers, fruit)"))
        }
    }

    @Test func listsPatternsSubsetsAndConcatenations() throws {
        try Desk.withPictures { desk in
            #expect(desk.run("a = ImageList(\"labels.csv\", split=25%, seed=3)").contains("24 pictures of 3 classes (bugs, flowers, fruit): train 18, val 6"))
            #expect(desk.run("b = ImagePattern(\"pictures/val/**/*.png\", label=\"([^/]+)/[^/]+$\", split=34%)").contains("9 pictures of 3 classes"))
            #expect(desk.run("c = Subset(bees, per_class=2)").contains("train 6, val 6"))
            #expect(desk.run("d = Subset(bees.train[\"fruit\"])").contains("train 8, val 9"))
            #expect(desk.run("e = Subset(bees.train, 3..5)").contains("train 2, val 9"))
            // Two indices are no range.
            #expect(desk.run("e2 = Subset(bees.train, [7, 3])").contains("train 2, val 9"))
            #expect(desk.problem("Subset(bees.train, [0, 24])").contains("There is no picture 24"))
            for nothing in ["[]", "4..4"] { #expect(desk.problem("Subset(bees.train, \(nothing))").contains("No picture is left")) }
            #expect(desk.run("f = Concat(Subset(bees, classes=[\"fruit\"]), bees.val)").contains("(fruit, bugs, flowers)"))
            #expect(desk.run("g = DataLoader(bees, batch_size=10, drop_last=true)").contains("2 training batches of 10"))
            #expect(desk.run("g.train.count") == "24" && desk.run("g.batch_size") == "10")
        }
    }

    /// A split of some pictures leaves the others in the parts that they lie in.
    @Test func aSubsetsSplitIsItsOwn() throws {
        try Desk.withPictures { desk in
            desk.run("few = Subset(bees, per_class=2)\nsplit few val=25%")
            #expect(desk.run("again = ImageFolder(\"pictures\")").contains("train 27, val 6"))
            desk.run("others = Subset(bees, classes=[\"fruit\"])\nsplit others val=50%")
            #expect(desk.run("again = ImageFolder(\"pictures\")").contains("train 23, val 10"))
        }
    }

    @Test func splitsAreStratifiedAndRemembered() throws {
        try Desk.withPictures { desk in
            let told = desk.run("split bees val=25% test=20% seed=4")
            #expect(told.contains("train 18, val 9, test 6"), "\(told)")
            let before = desk.run("bees.val[0].path")
            #expect(desk.run("again = ImageFolder(\"pictures\")").contains("split as stored"))
            #expect(desk.run("again.val[0].path") == before && desk.run("again.test.count") == "6")
            #expect(desk.run("fresh = ImageFolder(\"pictures\", split=50%)").contains("fresh"))
        }
    }

    @Test func quarantineIsRememberedAndRestored() throws {
        try Desk.withPictures { desk in
            try Data("<html>gone</html>".utf8).write(to: URL(fileURLWithPath: "pictures/train/bugs/page.png"))
            try FileManager.default.copyItem(atPath: "picture.png", toPath: "pictures/train/bugs/zz-copy.png")
            desk.run("bees = ImageFolder(\"pictures\")")
            let found = desk.run("check bees")
            #expect(found.contains("1 can't be used") && found.contains("page.png") && found.contains("looks like a web page"), "\(found)")
            #expect(found.contains("in both train and val") && found.contains("`quarantine bees`"))
            #expect(desk.run("quarantine bees").contains("2 pictures put aside"))
            #expect(desk.run("check bees").contains("33 pictures decoded"))
            let path = desk.run("bees.train[0].path")
            #expect(desk.run("quarantine bees.train[0] bees.val[\"fruit\"][0..2]").contains("3 pictures put aside"))
            #expect(desk.run("bees = ImageFolder(\"pictures\")").contains("5 quarantined files left out"))
            #expect(desk.run("quarantine \(path.replacing("pictures/", with: "")) of bees restore").contains("1 file off the list, 0 pictures back"))
            #expect(desk.run("bees = ImageFolder(\"pictures\")").contains("4 quarantined"))
            #expect(desk.run("bees.train[0].path") == path)
            desk.run("quarantine bees.train[1]")
            #expect(desk.run("quarantine bees restore").contains("5 files off the list, 1 picture back"))
        }
    }

    @Test func labelsAreCorrectedAndRemembered() throws {
        try Desk.withPictures { desk in
            let path = desk.run("bees.train[0].path")
            #expect(desk.run("relabel bees.train[0] as \"fruit\"").contains("bugs → fruit"))
            #expect(desk.run("bees = ImageFolder(\"pictures\")").contains("1 corrected label"))
            #expect(desk.run("bees.train.fruit.count") == "9" && desk.run("bees.train[0].path") == path)
            #expect(desk.run("bees.train[0].label") == "\"fruit\"")
            #expect(desk.run("bees.train[0].label = \"bugs\"").contains("fruit → bugs"))
        }
    }

    @Test func normalisationIsMeasuredOnce() throws {
        try Desk.withPictures { desk in
            let told = desk.run("compute normalisation bees")
            #expect(told.contains("24 train pictures") && told.contains("or Normalize(bees)"))
            let mean = try #require((desk.session.object(named: "bees") as? DatasetObject)?.statistics?.mean)
            desk.run("norm = Normalize(bees)")
            guard let step = (desk.session.object(named: "norm") as? TransformObject)?.transform, case .normalize(let used, _) = step else {
                Issue.record("no Normalize was made")
                return
            }
            #expect(used.count == mean.count && zip(used, mean).allSatisfy { abs(Double($0) - $1) <= 0.500001e-4 })
        }
    }
}
