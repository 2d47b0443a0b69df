import Foundation
import Imaging
import Tensors
import Testing

@Suite struct PipelineTests {
    static let train: [Transform] = [
        .randomResizedCrop(ImageSize(side: 24)), .randomHorizontalFlip(), .colorJitter(brightness: 0.4, hue: 0.1), .toTensor,
        .normalizeImageNet, .randomErasing(),
    ]

    @Test func croppingInTheDecoderChangesNothing() throws {
        let pipeline = try TransformPipeline(Self.train)
        for name in ["s2b.jpg", "s1p.jpg", "cmyk.jpg", "exif6.jpg", "rgb8i.png"] {
            let bytes = try Fixture.bytes(name)
            for exif in DecodeOptions.Orientation.allCases {
                let options = DecodeOptions(exif: exif)
                let whole = try Image.decode(bytes, options)
                for seed in 0..<25 {
                    var first = RandomSource(seed: 3, seed)
                    var second = first
                    let (image, drawn) = try pipeline.decode(bytes, options, random: &first)
                    var fast = [Float](repeating: 0, count: 3 * 24 * 24)
                    var plain = fast
                    try fast.withUnsafeMutableBufferPointer { try pipeline.apply(image, drawn, into: $0) }
                    try plain.withUnsafeMutableBufferPointer { try pipeline.apply(whole, random: &second, into: $0) }
                    #expect(fast == plain, "\(name) \(seed)")
                    #expect(first == second)
                }
            }
        }
    }

    @Test func wrongPipelinesAreRefused() throws {
        let size = ImageSize(side: 8)
        let wrong: [([Transform], String)] = [
            ([.toTensor, .centerCrop(size)], "CenterCrop can't stand after ToTensor"),
            ([.toTensor, .toTensor], "ToTensor stands twice"),
            ([.normalizeImageNet, .toTensor], "ToTensor can't stand after Normalize"),
            ([.resize(.shortSide(0))], "Resize: size is 0"),
            ([.randomHorizontalFlip(p: 1.5)], "RandomHorizontalFlip: p is 1.5"),
            ([.colorJitter(hue: 0.7)], "ColorJitter: hue"),
            ([.gaussianBlur(kernelWidth: 4, kernelHeight: 3)], "GaussianBlur: kernel_size is 4"),
            ([.normalize(mean: [0], standardDeviation: [0])], "Normalize: std"),
            ([.randAugment(magnitude: 31)], "RandAugment: magnitude is 31"),
            ([.randomResizedCrop(size, scale: 0...1)], "RandomResizedCrop: scale"),
            ([.randomErasing(p: 2)], "RandomErasing: p is 2"),
            ([.randomAffine(degrees: 0...1, shearX: -90...90)], "RandomAffine: shear"),
            ([.randomCrop(size, padding: Padding(9_000_000_000_000_000_000))], "RandomCrop: padding is 9000000000000000000"),
            ([.gaussianBlur(kernelWidth: 3, kernelHeight: 3, sigma: 1e-50...1)], "GaussianBlur: sigma"),
            ([.colorJitter(brightness: 1e39)], "ColorJitter: brightness"),
        ]
        for (transforms, text) in wrong {
            let error = #expect(throws: TransformError.self) { try TransformPipeline(transforms) }
            #expect(error.map { "\($0)" }?.hasPrefix(text) == true, "\(String(describing: error))")
        }
        let crop = try TransformPipeline([.randomCrop(size)])
        var random = RandomSource(seed: 1)
        let error = #expect(throws: TransformError.self) { try crop.draw(for: ImageSize(width: 4, height: 9), &random) }
        #expect(error == .cropTooLarge(transform: "RandomCrop", crop: size, picture: ImageSize(width: 4, height: 9)))
        let wide = try TransformPipeline([.randomCrop(size, padding: Padding(60_000), mode: .reflect)])
        #expect(throws: TransformError.impossibleSize(transform: "RandomCrop", size: ImageSize(side: 120_008))) {
            try wide.draw(for: size, &random)
        }
        let picture = Fixture.picture(9, 7, 3, "noise")
        #expect(picture.gaussianBlurred(kernelWidth: 3, kernelHeight: 3, sigma: 1e-50) == picture)
        var tensor: [Float] = [0]
        #expect(throws: TransformError.wrongCapacity(expected: 3, given: 1)) {
            try tensor.withUnsafeMutableBufferPointer { try TransformPipeline.empty.apply(Image(width: 1, height: 1), [], into: $0) }
        }
        #expect(throws: TransformError.wrongChannels(transform: "Normalize", values: 3, channels: 1)) {
            try tensor.withUnsafeMutableBufferPointer {
                try TransformPipeline([.grayscale(), .toTensor, .normalizeImageNet]).apply(
                    Image(width: 1, height: 1), [.none, .none, .none], into: $0)
            }
        }
    }

    @Test func channelsAreCheckedBeforeAnyPicture() throws {
        let colour = try TransformPipeline([.toTensor, .normalizeImageNet])
        try colour.validate(channels: 3)
        #expect(throws: TransformError.wrongChannels(transform: "Normalize", values: 3, channels: 1)) { try colour.validate(channels: 1) }
        try TransformPipeline([.grayscale(channels: 3), .toTensor, .normalizeImageNet]).validate(channels: 1)
        try TransformPipeline([.toTensor, .normalize(mean: [0.5], standardDeviation: [0.5])]).validate(channels: 3)
        let erasing = try TransformPipeline([.toTensor, .randomErasing(value: .values([1, 2, 3]))])
        #expect(throws: TransformError.wrongChannels(transform: "RandomErasing", values: 3, channels: 1)) { try erasing.validate(channels: 1) }
    }

    @Test func factsAreFound() throws {
        let size = ImageSize(side: 224)
        let good = try TransformPipeline([.resize(.shortSide(256)), .centerCrop(size), .toTensor, .normalizeImageNet])
        let (mean, deviation): ([Float], [Float]) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
        #expect(good.facts(size: size, mean: mean, standardDeviation: deviation, evaluates: true).isEmpty)
        #expect(good.fixedSize == size)
        #expect(try good.outputShape(for: ImageSize(width: 500, height: 375)) == Shape([3, 224, 224]))
        let bad = try TransformPipeline([.randomHorizontalFlip(), .toTensor, .normalizeImageNet, .normalizeImageNet])
        #expect(bad.facts(size: size, evaluates: true) == [.normalizedRepeatedly(2), .sizeVaries, .random("RandomHorizontalFlip")])
        let other = try TransformPipeline([.centerCrop(ImageSize(side: 32)), .toTensor, .normalize(mean: [0.5], standardDeviation: [0.5])])
        #expect(
            other.facts(size: size, mean: mean, standardDeviation: deviation)
                == [.normalizedOtherwise(mean: [0.5], standardDeviation: [0.5]), .otherSize(ImageSize(side: 32))])
        #expect(TransformPipeline.empty.facts() == [.notNormalized, .sizeVaries])
    }

    @Test func describesItselfAsTorchvision() throws {
        let expected: [(Transform, String)] = [
            (.resize(.shortSide(256)), "Resize(size=256, interpolation=bilinear, max_size=None, antialias=True)"),
            (.centerCrop(ImageSize(width: 200, height: 224)), "CenterCrop(size=(224, 200))"),
            (
                .randomResizedCrop(ImageSize(side: 224)),
                "RandomResizedCrop(size=(224, 224), scale=(0.08, 1), ratio=(0.75, 1.3333), interpolation=bilinear, antialias=True)"
            ),
            (.randomHorizontalFlip(), "RandomHorizontalFlip(p=0.5)"),
            (.randomRotation(degrees: -15...15), "RandomRotation(degrees=[-15.0, 15.0], interpolation=nearest, expand=False, fill=0)"),
            (.toTensor, "ToTensor()"),
            (.normalizeImageNet, "Normalize(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225])"),
            (.randomErasing(), "RandomErasing(p=0.5, scale=(0.02, 0.33), ratio=(0.3, 3.3), value=0, inplace=False)"),
        ]
        for (transform, text) in expected {
            #expect("\(transform)" == text)
            #expect(text.hasPrefix(transform.name) && Transform.allNames.contains(transform.name))
        }
        let pipeline = try TransformPipeline(Self.train)
        #expect(try JSONDecoder().decode(TransformPipeline.self, from: JSONEncoder().encode(pipeline)) == pipeline)
    }

    /// What isn't random may come from a cache: it must not shift the numbers of what is.
    @Test func whatIsNotRandomDrawsNothing() throws {
        let size = ImageSize(width: 40, height: 30)
        let crop = Transform.randomCrop(ImageSize(side: 8))
        for fixed: Transform in [
            .randomHorizontalFlip(p: 1), .randomGrayscale(p: 1), .randomRotation(degrees: 5...5), .gaussianBlur(kernelWidth: 3, kernelHeight: 3, sigma: 1...1),
        ] {
            var (alone, after) = (RandomSource(seed: 3), RandomSource(seed: 3))
            let expected = try TransformPipeline([crop]).draw(for: size, &alone)
            #expect(try TransformPipeline([fixed, crop]).draw(for: size, &after).last == expected.last, "\(fixed)")
        }
    }

    @Test func distributionsAreRight() throws {
        var random = RandomSource(seed: 11)
        let size = ImageSize(width: 400, height: 300)
        let crop = Transform.randomResizedCrop(ImageSize(side: 8))
        var (areas, flips, angles, erased): ([Double], Int, [Double], Int) = ([], 0, [], 0)
        for _ in 0..<4000 {
            guard case .crop(let region) = try crop.draw(for: size, &random) else { continue }
            #expect(region.isInside(size))
            areas.append(Double(region.size.area) / Double(size.area))
            if case .happens(true) = try Transform.randomHorizontalFlip(p: 0.3).draw(for: size, &random) { flips += 1 }
            if case .rotation(let angle) = try Transform.randomRotation(degrees: -30...10).draw(for: size, &random) { angles.append(angle) }
            if case .erase(.some, _) = try Transform.randomErasing(p: 0.4).draw(for: size, &random) { erased += 1 }
        }
        let mean = areas.reduce(0, +) / Double(areas.count)
        // Large areas of far-off ratios do not fit: torchvision draws 0.44 in the mean.
        #expect(0.415...0.455 ~= mean)
        #expect((areas.min() ?? 1) < 0.1 && (areas.max() ?? 0) > 0.95)
        #expect(1080...1320 ~= flips)
        #expect(1480...1720 ~= erased)
        let meanAngle: Double = angles.reduce(0, +) / Double(angles.count)
        #expect(abs(meanAngle + 10) < 0.8)
        let allInside = angles.allSatisfy { $0 >= -30 && $0 <= 10 }
        #expect(allInside)
    }

    @Test func mixedLabelsSumToOne() {
        var random = RandomSource(seed: 5)
        for mix in [BatchMix.mixUp(), .cutMix(alpha: 0.4)] {
            for _ in 0..<200 {
                let drawn = mix.draw(for: ImageSize(width: 13, height: 9), &random)
                let shares = BatchMix.shares(drawn, labels: [0, 2, 1, 2], classes: 3)
                for row in 0..<4 {
                    let sum = shares[(row * 3)..<(row * 3 + 3)].reduce(0, +)
                    #expect(abs(sum - 1) < 1e-5)
                }
                #expect(0...1 ~= drawn.share)
            }
        }
    }

    @Test func denormalizingUndoesNormalizing() throws {
        let pipeline = try TransformPipeline([.toTensor, .normalizeImageNet])
        let image = Fixture.picture(9, 7, 3, "noise")
        var tensor = [Float](repeating: 0, count: 9 * 7 * 3)
        try tensor.withUnsafeMutableBufferPointer { try pipeline.apply(image, [.none, .none], into: $0) }
        pipeline.denormalize(&tensor, channels: 3)
        let red = Float(image[5, 0, 0]) / 255
        let blue = Float(image[8, 0, 2]) / 255
        #expect(abs(tensor[5] - red) < 1e-6)
        #expect(abs(tensor[134] - blue) < 1e-6)
    }
}
