import CommandLanguage
import Imaging

extension TransformConstructors {
    /// Sizes and parts of pictures, without chance.
    static var geometry: [Vocabularies.Family] {
        [
            transform(
                "Resize", "Scales a picture, with antialiasing, as Pillow does.",
                "A single number is the short side; the long one follows in proportion. A size (`256x192`, width × height, or `[192, 256]`) is met exactly.",
                [
                    .required("size", .oneOf([side, .size]), "the short side, or an exact size"), interpolation(.bilinear),
                    .option("max_size", side, defaultText: "no limit", "the most that the long side may have"),
                    .option("antialias", .bool, default: .bool(true), "always true: the network sees what Pillow would give"),
                ], example: "prepared = [Resize(256), CenterCrop(224), ToTensor, Normalize(imagenet)]"
            ) { call in
                guard call.flag("antialias") else {
                    throw call.error(.value, at: "antialias", "Resize always smooths before it shrinks; antialias can't be false.")
                }
                let target = try call.optionalInteger("size").map { ResizeTarget.shortSide($0) } ?? .exact(call.side())
                return .resize(target, interpolation: call.interpolation, maximumSide: call.optionalInteger("max_size"))
            },
            transform(
                "CenterCrop", "Keeps the middle of a picture; what is missing becomes black.", "", [size("what is kept")], example: "crop = CenterCrop(224)"
            ) { .centerCrop(try $0.side()) },
            transform(
                "Pad", "Adds pixels at the sides.", "",
                [
                    .required("padding", .list(.integer(-65535...65535)), "pixels: all sides, [left and right, top and bottom], or [left, top, right, bottom]"),
                    fill, paddingMode,
                ], example: "padded = Pad([4, 8], padding_mode=reflect)"
            ) { call in .pad(try call.padding() ?? Padding(0), fill: call.fill, mode: call.paddingMode) },
        ]
    }

    /// Where the picture is cut, turned and mirrored by chance.
    static var random: [Vocabularies.Family] {
        [
            transform(
                "RandomCrop", "Keeps a part from anywhere.", "",
                [
                    size("what is kept"), .option("padding", .list(.integer(0...65535)), defaultText: "none", "pixels added first, as in Pad"),
                    .option("pad_if_needed", .bool, default: .bool(false), "enlarges pictures that are too small"), fill, paddingMode,
                ], example: "augmentation = [RandomCrop(32, padding=4), ToTensor]"
            ) { call in
                .randomCrop(
                    try call.side(), padding: try call.padding(), padIfNeeded: call.flag("pad_if_needed"), fill: call.fill, mode: call.paddingMode)
            },
            transform(
                "RandomResizedCrop", "Cuts out a part of random area and shape and resizes it.",
                "The usual augmentation for photographs: the network learns that things may be near or far, and anywhere.",
                [
                    size("the size of the result"), .option("scale", .range, default: .range(0.08, 1), "the part's share of the area"),
                    .option("ratio", .range, default: .range(3.0 / 4, 4.0 / 3), "the part's width : height"), interpolation(.bilinear),
                    .option("antialias", .bool, default: .bool(true), "always true"),
                ], example: "augmentation = [RandomResizedCrop(224, scale=0.8..1.0), RandomHorizontalFlip, ToTensor, Normalize(imagenet)]"
            ) { call in
                guard call.flag("antialias") else {
                    throw call.error(.value, at: "antialias", "RandomResizedCrop always smooths before it shrinks; antialias can't be false.")
                }
                return .randomResizedCrop(try call.side(), scale: try call.range("scale"), ratio: try call.range("ratio"), interpolation: call.interpolation)
            },
            transform("RandomHorizontalFlip", "Exchanges left and right.", "", [probability], example: "flip = RandomHorizontalFlip(p=0.5)") {
                .randomHorizontalFlip(p: try $0.number("p"))
            },
            transform("RandomVerticalFlip", "Exchanges top and bottom.", "", [probability], example: "flip = RandomVerticalFlip(p=0.5)") {
                .randomVerticalFlip(p: try $0.number("p"))
            },
            transform(
                "RandomRotation", "Turns a picture by a random angle.",
                "Corners that come from outside are black unless `fill` says otherwise; what is black before `Normalize` is no neutral grey after it.",
                [
                    .required("degrees", spread, "the range, or a number for both directions"), interpolation(.nearest),
                    .option("expand", .bool, default: .bool(false), "makes the picture large enough to hold its corners"), center, fill,
                ], example: "turn = RandomRotation(15)"
            ) { call in
                .randomRotation(
                    degrees: try call.symmetric("degrees") ?? 0...0, interpolation: call.interpolation, expand: call.flag("expand"),
                    center: try call.point("center"), fill: call.fill)
            },
            transform(
                "RandomAffine", "Turns, shifts, scales and shears.", "",
                [
                    .required("degrees", spread, "the range, or a number for both directions"),
                    .option("translate", .list(.fraction), defaultText: "none", "the largest shifts as shares of width and height: [0.1, 0.1]"),
                    .option("scale", .range, defaultText: "none", "the factors: 0.9..1.1"),
                    .option("shear", .oneOf([.number(nil), .range, .list(.number(nil))]), defaultText: "none", "degrees: a number, a range, or [x low, x high, y low, y high]"),
                    interpolation(.nearest), fill, center,
                ], example: "move = RandomAffine(10, translate=[0.1, 0.1], scale=0.9..1.1)"
            ) { call in
                let shear = call.numbers("shear")
                let isPair = shear.count == 4
                guard !isPair || shear[0] <= shear[1] && shear[2] <= shear[3], [0, 1, 2, 4].contains(shear.count) else {
                    throw call.error(.value, at: "shear", "RandomAffine: shear takes a number, a range, or [x low, x high, y low, y high].")
                }
                return .randomAffine(
                    degrees: try call.symmetric("degrees") ?? 0...0, translate: try call.point("translate"), scale: try call.limits("scale"),
                    shearX: isPair ? shear[0]...shear[1] : try call.symmetric("shear"), shearY: isPair ? shear[2]...shear[3] : nil,
                    interpolation: call.interpolation, center: try call.point("center"), fill: call.fill)
            },
        ]
    }
}
