import CommandLanguage
import Imaging
import Presentation
import Tensors
import Testing

@testable import Workbench

/// What is seen of pictures: reports, batches, augmentation, and leafing through a data set.
@Suite struct PictureViewTests {
    @Test func reportCountsAndMeasures() throws {
        try Desk.withPictures { desk in
            let text = desk.run("show bees")
            for part in ["bees: 33 pictures, 3 classes", "imbalance", "33.3 % on train", "width : height", "palette 33, read as RGB", "PNG 33", "smallest"] {
                #expect(text.contains(part), "\(part)")
            }
            #expect(desk.output.pages.contains { $0.components(separatedBy: "data:image/svg+xml").count == 4 })
            #expect(desk.run("show bees.val[\"fruit\"]").contains("3 pictures"))
            #expect(desk.run("bees.train[3]").contains("place   train[3]"))
        }
    }

    @Test func batchIsWhatTheNetworkSees() throws {
        try Desk.withPictures { desk in
            desk.run("bees.train.transform = [CenterCrop(40), ToTensor, Normalize([0.1, 0.2, 0.3], [2, 2, 2])]")
            let text = desk.run("show batch bees.train[2..4]")
            #expect(text.contains("[2] bugs") && text.contains("[3] bugs") && !text.contains("[4]") && text.contains("normalisation undone"))
            // Without chance, the picture shown is the crop itself.
            let object = try #require(desk.session.object(named: "bees") as? DatasetObject)
            let source = object.dataset.train.source(under: try #require(object.dataset.transform(.train)))
            let crop = try TransformPipeline([.centerCrop(ImageSize(side: 40))])
            var random = RandomSource(seed: 1)
            #expect(try source.seen(at: 2) == crop.preview(object.dataset.train.image(at: 2), random: &random))
        }
    }

    @Test func augmentationDrawsAnew() throws {
        try Desk.withPictures { desk in
            desk.run("bees.train.transform = [RandomResizedCrop(32), RandomErasing(p=1)]")
            #expect(desk.run("show augment bees.train[3] n=5").contains("epoch 5"))
            let object = try #require(desk.session.object(named: "bees") as? DatasetObject)
            let source = object.dataset.train.source(under: try #require(object.dataset.transform(.train)))
            let draws = try (1...5).map { try source.seen(at: 3, epoch: $0, seed: 1).pixels }
            #expect(Set(draws).count == 5)
            #expect(try source.seen(at: 3, epoch: 2, seed: 1).pixels == draws[1])
            desk.run("bees.train.transform = [CenterCrop(32)]")
            #expect(desk.run("show augment bees.train[3] n=5").contains("nothing in it is random"))
        }
    }

    @Test func leafingThroughADataset() throws {
        try Desk.withPictures { desk in
            let object = try #require(desk.session.object(named: "bees") as? DatasetObject)
            let view = try DatasetView(DatasetPlace(object.dataset, nil), name: "bees", in: desk.session)
            var state = view.initialState
            #expect(view.body(state).plain.contains("[picture 24] ") && view.body(state).plain.contains("33 pictures"))
            state = view.handle(WidgetEvent(key: "forward", action: .clicked), state)
            #expect(view.body(state).plain.contains("val[8] fruit"))
            state = view.handle(WidgetEvent(key: "class", action: .selected(3)), state)
            #expect(view.body(state).plain.contains("11 pictures") && !view.body(state).plain.contains("bugs ["))
            state = view.handle(WidgetEvent(key: "look", action: .selected(1)), state)
            #expect(view.body(state).html.contains("quarantine bees.train[16]"))
            // What a stale page may send changes nothing that could trap.
            for event in [WidgetEvent(key: "part", action: .selected(99)), WidgetEvent(key: "page", action: .moved(-7)), WidgetEvent(key: "look", action: .selected(999)), WidgetEvent(key: "order", action: .selected(nil))] {
                state = view.handle(event, state)
                _ = view.body(state)
            }
        }
    }

    @Test func everyTransformIsWrittenAsItIsRead() throws {
        let cells = [
            "Resize(256)", "Resize(320x240, interpolation=bicubic)", "Resize(256, max_size=400)", "CenterCrop(224)", "CenterCrop(320x240)", "Pad(4)",
            "Pad([1, 2, 3, 4], fill=255, padding_mode=reflect)", "RandomCrop(32, padding=4)", "RandomCrop(32, pad_if_needed=true)",
            "RandomResizedCrop(224)", "RandomResizedCrop(224, scale=0.8..1, ratio=1..1)", "RandomHorizontalFlip", "RandomVerticalFlip(p=0.25)",
            "RandomRotation(15)", "RandomRotation(0..90, interpolation=bilinear, expand=true, center=[1, 2], fill=[1, 2, 3])",
            "RandomAffine(10, translate=[0.1, 0.2], scale=0.9..1.1, shear=5)", "RandomAffine(0, shear=[-1, 2, -3, 4])",
            "ColorJitter(brightness=0.4, contrast=0.5..2, hue=0.1)", "Grayscale", "Grayscale(3)", "RandomGrayscale", "GaussianBlur(5)",
            "GaussianBlur([3, 5], sigma=1)", "TrivialAugmentWide", "RandAugment(num_ops=3, magnitude=5)", "ToTensor", "Normalize(imagenet)",
            "Normalize([0.5, 0.5, 0.5], [0.25, 0.25, 0.25])", "RandomErasing", "RandomErasing(p=1, scale=0.1..0.2, value=random)",
        ]
        let desk = Desk()
        for cell in cells {
            desk.run("step = \(cell)")
            let step = try #require(desk.session.object(named: "step") as? TransformObject, "\(cell)")
            #expect(step.summary == cell)
            #expect(!step.transform.effect.isEmpty)
        }
        #expect(Set(cells.map { $0.prefix { $0 != "(" } }) == Set(Transform.allNames.map { $0[...] }))
    }

    @Test(arguments: [
        ("Resize(224, interpolation=cubic)", "bicubic"), ("CenterCrop(0)", "CenterCrop"), ("Pad([1, 2, 3])", "four"), ("RandomRotation(-5)", "degrees=-5..5"),
        ("RandomResizedCrop(224, scale=0..2)", "scale"), ("ColorJitter(hue=0.7)", "hue"), ("Grayscale(2)", "1 or 3"), ("GaussianBlur(4)", "odd"),
        ("Normalize([0.5, 0.5], [0.1])", "std"), ("RandAugment(magnitude=40)", "magnitude"), ("Resize(224, antialias=false)", "antialias"),
        ("RandomErasing(ratio=3..1)", "backwards"), ("RandomAffine(5, shear=[1, 2, 3])", "shear"), ("RandomCrop(size=32, paddding=4)", "padding"),
    ])
    func wrongParametersAreToldApart(cell: String, part: String) {
        let problem = Desk().problem("step = \(cell)")
        #expect(problem.contains(part), "\(problem)")
    }
}
