import Foundation
import Imaging
import Tensors
import Testing

/// One transform of one picture, and the checksum of what Pillow or torchvision make of it.
struct EqualityCase: Decodable, Sendable {
    struct Picture: Decodable, Sendable {
        let width, height, channels: Int
        let kind: String
        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            width = try list.decode(Int.self)
            height = try list.decode(Int.self)
            channels = try list.decode(Int.self)
            kind = try list.decode(String.self)
        }
        var image: Image { Fixture.picture(width, height, channels, kind) }
    }
    struct Operation: Decodable, Sendable {
        let name: String
        let magnitude: Double
        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            name = try list.decode(String.self)
            magnitude = try list.decode(Double.self)
        }
    }
    struct Parameters: Decodable, Sendable {
        var size, region, order, translate: [Int]?
        var shear, center: [Double]?
        var mean, std, value: [Float]?
        var interpolation, mode: String?
        var side, maximum, bits: Int?
        var fill: UInt8?
        var factor, angle, scale, threshold, brightness, contrast, saturation, hue: Double?
        var expand: Bool?
        var padding: Numbers?
        var operations: [Operation]?
    }
    /// A list of integers, or one.
    struct Numbers: Decodable, Sendable {
        let values: [Int]
        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            values = try (try? container.decode([Int].self)) ?? [container.decode(Int.self)]
        }
    }
    let picture: Picture
    let op: String
    let parameters: Parameters
    let shape: [Int]
    let crc: UInt32

    private var size: ImageSize { ImageSize(width: parameters.size?[1] ?? 0, height: parameters.size?[0] ?? 0) }
    private var interpolation: Interpolation { Interpolation(rawValue: parameters.interpolation ?? "nearest") ?? .nearest }
    private var region: ImageRegion {
        let r = parameters.region ?? [0, 0, 0, 0]
        return ImageRegion(left: r[0], top: r[1], width: r[2], height: r[3])
    }
    private var affine: TransformParameters {
        let (t, s) = (parameters.translate ?? [0, 0], parameters.shear ?? [0, 0])
        return .affine(
            angle: parameters.angle ?? 0, translation: ImagePoint(x: Double(t[0]), y: Double(t[1])),
            scale: parameters.scale ?? 1, shear: ImagePoint(x: s[0], y: s[1]))
    }

    /// The transform, with what it has drawn.
    func step() throws -> (Transform, TransformParameters)? {
        let p = parameters
        let fill = Fill(p.fill ?? 0)
        switch op {
        case "resize": return (.resize(.exact(size), interpolation: interpolation), .none)
        case "resizeShort", "resizeShortMax": return (.resize(.shortSide(p.side ?? 0), maximumSide: p.maximum), .none)
        case "centerCrop": return (.centerCrop(size), .none)
        case "pad":
            let v = try #require(p.padding?.values)
            let padding = Padding(left: v[0], top: v[1], right: v[2], bottom: v[3])
            return (.pad(padding, fill: fill, mode: try #require(PaddingMode(rawValue: p.mode ?? ""))), .none)
        case "hflip": return (.randomHorizontalFlip(), .happens(true))
        case "vflip": return (.randomVerticalFlip(), .happens(true))
        case "grayscale1": return (.grayscale(channels: 1), .none)
        case "grayscale3": return (.grayscale(channels: 3), .none)
        case "rotate", "RandomRotation":
            let center = p.center.map { ImagePoint(x: $0[0], y: $0[1]) }
            return (
                .randomRotation(
                    degrees: -360...360, interpolation: interpolation, expand: p.expand ?? false, center: center, fill: fill),
                .rotation(p.angle ?? 0)
            )
        case "affine", "RandomAffine": return (.randomAffine(degrees: -90...90, interpolation: interpolation), affine)
        case "RandomResizedCrop": return (.randomResizedCrop(size), .crop(region))
        case "RandomCrop": return (.randomCrop(size, padding: Padding(8), padIfNeeded: true), .crop(region))
        case "ColorJitter":
            return (
                .colorJitter(brightness: 0...1, contrast: 0...1, saturation: 0...1, hue: 0...0.5),
                .colour(
                    order: p.order ?? [], brightness: p.brightness, contrast: p.contrast, saturation: p.saturation,
                    hue: p.hue)
            )
        case "TrivialAugmentWide", "RandAugment":
            let operations = try (p.operations ?? []).map {
                AugmentOperation(try #require(AugmentOperation.Kind(rawValue: $0.name)), magnitude: $0.magnitude)
            }
            return (op == "RandAugment" ? .randAugment() : .trivialAugmentWide(), .operations(operations))
        default: return nil
        }
    }

    func result() throws -> Image {
        let image = picture.image
        if let (transform, drawn) = try step() { return try transform.applied(to: image, drawn) }
        let factor = parameters.factor ?? 0
        switch op {
        case "brightness": return image.brightnessAdjusted(by: factor)
        case "contrast": return image.contrastAdjusted(by: factor)
        case "saturation": return image.saturationAdjusted(by: factor)
        case "sharpness": return image.sharpnessAdjusted(by: factor)
        case "hue": return image.hueAdjusted(by: factor)
        case "posterize": return image.posterized(bits: parameters.bits ?? 8)
        case "solarize": return image.solarized(threshold: parameters.threshold ?? 0)
        case "autocontrast": return image.autocontrasted()
        case "equalize": return image.equalized()
        default: throw UnknownOperation(name: op)
        }
    }

    func tensor() throws -> [Float]? {
        let image = picture.image
        let pipeline: TransformPipeline
        let drawn: TransformPipeline.Parameters
        switch op {
        case "toTensor": (pipeline, drawn) = (try TransformPipeline([.toTensor]), [.none])
        case "normalize":
            pipeline = try TransformPipeline([
                .toTensor, .normalize(mean: parameters.mean ?? [], standardDeviation: parameters.std ?? []),
            ])
            drawn = [.none, .none]
        case "RandomErasing":
            pipeline = try TransformPipeline([
                .toTensor, .normalize(mean: [0.5, 0.5, 0.5], standardDeviation: [0.25, 0.25, 0.25]),
                .randomErasing(p: 1, value: .values(parameters.value ?? [0])),
            ])
            drawn = [.none, .none, .erase(parameters.region == nil ? nil : region, noise: 1)]
        default: return nil
        }
        var tensor = [Float](repeating: .nan, count: shape.reduce(1, *))
        try tensor.withUnsafeMutableBufferPointer { try pipeline.apply(image, drawn, into: $0) }
        return tensor
    }
}

struct UnknownOperation: Error { let name: String }

struct OperationsFile: Decodable {
    struct Blur: Decodable {
        let picture: EqualityCase.Picture
        let kernel: [Int]
        let sigma: Double
        let pixels: String
    }
    let cases: [EqualityCase]
    let blurs: [Blur]
    let magnitudes: [String: [String: [Double]]]
    let mixes: [String: [Float]]

    static let shared = Result { try Fixture.decode(OperationsFile.self, "operations.json") }
}

@Suite struct EqualityTests {
    static let operations = [
        "resize", "resizeShort", "resizeShortMax", "centerCrop", "pad", "hflip", "vflip", "grayscale1", "grayscale3",
        "brightness", "contrast", "saturation", "sharpness", "hue", "rotate", "affine", "posterize", "solarize",
        "autocontrast", "equalize", "toTensor", "normalize", "RandomResizedCrop", "RandomCrop", "RandomRotation",
        "RandomAffine", "ColorJitter", "RandomErasing", "TrivialAugmentWide", "RandAugment",
    ]

    @Test(arguments: operations) func equalsPillowAndTorchvision(operation: String) throws {
        let cases = try OperationsFile.shared.get().cases.filter { $0.op == operation }
        #expect(!cases.isEmpty)
        var different: [String] = []
        for one in cases {
            let facts = "\(one.picture) \(one.parameters)"
            if let tensor = try one.tensor() {
                if crc(tensor) != one.crc { different.append(facts) }
            } else {
                let image = try one.result()
                let shape = [image.channels, image.height, image.width]
                let sum = image.withPixels { crc($0) }
                if shape != one.shape || sum != one.crc { different.append("\(shape) \(one.shape) " + facts) }
            }
        }
        #expect(different.isEmpty, "\(different.count) of \(cases.count), the first: \(different.first ?? "")")
    }

    @Test func everyRecordedOperationIsCompared() throws {
        let cases = try OperationsFile.shared.get().cases
        #expect(Set(cases.map(\.op)) == Set(Self.operations))
        #expect(cases.count >= 500)
    }

    @Test func blurIsWithinOneOfTorchvision() throws {
        for blur in try OperationsFile.shared.get().blurs {
            let expected = [UInt8](try #require(Data(base64Encoded: blur.pixels)))
            let image = blur.picture.image.gaussianBlurred(
                kernelWidth: blur.kernel[0], kernelHeight: blur.kernel[1], sigma: blur.sigma)
            #expect(image.pixels.count == expected.count)
            let worst = zip(image.pixels, expected).map { abs(Int($0) - Int($1)) }.max() ?? 0
            #expect(worst <= 1)
        }
    }

    @Test func magnitudesAreTorchvisions() throws {
        let spaces = try OperationsFile.shared.get().magnitudes
        for kind in AugmentOperation.Kind.allCases {
            for (label, space) in spaces {
                let expected = try #require(space[kind.rawValue])
                for (bin, value) in expected.enumerated() {
                    let own =
                        label == "wide"
                        ? kind.wideMagnitude(bin, of: 31) : kind.magnitude(bin, of: 31, ImageSize(width: 64, height: 48))
                    #expect(abs(own - value) <= 1e-5 * max(1, abs(value)), "\(kind) \(label) \(bin)")
                }
            }
        }
    }

    @Test func mixesEqualTorchvision() throws {
        let size = ImageSize(width: 8, height: 6)
        let mixes = try OperationsFile.shared.get().mixes
        let drawn: [(String, BatchMix.Parameters)] = [
            ("blend", .blend(share: 0.3)),
            ("paste", .paste(ImageRegion(left: 2, top: 1, width: 4, height: 4), share: 1 - 16.0 / 48)),
        ]
        for (name, parameters) in drawn {
            var batch: [Float] = []
            for kind in ["noise", "smooth", "shapes"] {
                var tensor = [Float](repeating: 0, count: 3 * size.area)
                try tensor.withUnsafeMutableBufferPointer {
                    try TransformPipeline.empty.apply(Fixture.picture(8, 6, 3, kind), [], into: $0)
                }
                batch += tensor
            }
            try batch.withUnsafeMutableBufferPointer {
                try BatchMix.apply(parameters, to: $0, count: 3, channels: 3, size: size)
            }
            let expected = try #require(mixes[name])
            #expect(zip(batch, expected).allSatisfy { abs($0 - $1) < 1e-6 } && batch.count == expected.count)
        }
    }
}
