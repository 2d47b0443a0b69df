extension Transform {
    /// Checks the transform's own parameters.
    public func validate() throws(TransformError) {
        switch self {
        case .resize(let target, _, let maximum):
            switch target {
            case .shortSide(let side): try require(1...65535 ~= side, "size", "\(side)", "1 to 65535 pixels")
            case .exact(let size): try require(size, "size")
            }
            if let maximum, case .shortSide(let side) = target {
                try require(maximum > side, "max_size", "\(maximum)", "greater than the size, \(side)")
            }
        case .centerCrop(let size): try require(size, "size")
        case .randomCrop(let size, let padding, _, _, _):
            try require(size, "size")
            if let padding { try require(padding) }
        case .pad(let padding, _, _): try require(padding)
        case .randomResizedCrop(let size, let scale, let ratio, _):
            try require(size, "size")
            try require(scale.lowerBound > 0 && scale.upperBound <= 1, "scale", "\(scale)", "above 0, up to 1")
            try requireRatio(ratio)
        case .randomHorizontalFlip(let p), .randomVerticalFlip(let p), .randomGrayscale(let p): try requireProbability(p)
        case .randomRotation(let degrees, _, _, _, _): try requireAngles(degrees, "degrees")
        case .randomAffine(let degrees, let translate, let scale, let shearX, let shearY, _, _, _):
            try requireAngles(degrees, "degrees")
            if let translate {
                let inside = 0...1 ~= translate.x && 0...1 ~= translate.y
                try require(inside, "translate", "(\(translate.x), \(translate.y))", "two shares from 0 to 1")
            }
            if let scale { try require(scale.lowerBound > 0 && scale.upperBound.isFinite, "scale", "\(scale)", "above 0") }
            for shear in [shearX, shearY].compactMap({ $0 }) {
                let inside = shear.lowerBound > -90 && shear.upperBound < 90
                try require(inside, "shear", "\(shear)", "between -90 and 90 degrees")
            }
        case .colorJitter(let brightness, let contrast, let saturation, let hue):
            for (label, range) in [("brightness", brightness), ("contrast", contrast), ("saturation", saturation)] {
                // Far below 1000 every difference of one is cut off at black or white already.
                if let range { try require(range.lowerBound >= 0 && range.upperBound <= 1000, label, "\(range)", "from 0 to 1000") }
            }
            if let hue {
                try require(hue.lowerBound >= -0.5 && hue.upperBound <= 0.5, "hue", "\(hue)", "between -0.5 and 0.5")
            }
        case .grayscale(let channels): try require(channels == 1 || channels == 3, "num_output_channels", "\(channels)", "1 or 3")
        case .gaussianBlur(let width, let height, let sigma):
            for side in [width, height] {
                try require(1...999 ~= side && side % 2 == 1, "kernel_size", "\(side)", "odd, 1 to 999")
            }
            // Far above 0.001 the middle pixel has all the weight already.
            try require(sigma.lowerBound >= 0.001 && sigma.upperBound.isFinite, "sigma", "\(sigma)", "0.001 or more")
        case .trivialAugmentWide(let bins, _, _): try require(bins >= 1, "num_magnitude_bins", "\(bins)", "1 or more")
        case .randAugment(let operations, let magnitude, let bins, _, _):
            try require(0...100 ~= operations, "num_ops", "\(operations)", "0 to 100")
            try require(bins >= 1, "num_magnitude_bins", "\(bins)", "1 or more")
            try require(0..<bins ~= magnitude, "magnitude", "\(magnitude)", "0 to \(bins - 1), below num_magnitude_bins")
        case .toTensor: break
        case .normalize(let mean, let deviation):
            try require(!mean.isEmpty && mean.allSatisfy(\.isFinite), "mean", "\(mean)", "one number for each channel")
            let fits = deviation.count == mean.count && deviation.allSatisfy { $0.isFinite && $0 != 0 }
            try require(fits, "std", "\(deviation)", "\(mean.count) numbers other than 0")
        case .randomErasing(let p, let scale, let ratio, let value):
            try requireProbability(p)
            try require(scale.lowerBound >= 0 && scale.upperBound <= 1, "scale", "\(scale)", "from 0 to 1")
            try requireRatio(ratio)
            if case .values(let values) = value {
                try require(values.count == 1 || values.count == 3, "value", "\(values)", "one number, or one for each channel")
            }
        }
    }

    private func require(
        _ condition: Bool, _ parameter: String, _ value: @autoclosure () -> String, _ limits: @autoclosure () -> String
    ) throws(TransformError) {
        guard condition else {
            throw .badParameter(transform: name, parameter: parameter, value: value(), limits: limits())
        }
    }

    private func require(_ size: ImageSize, _ parameter: String) throws(TransformError) {
        let fits = 1...65535 ~= size.width && 1...65535 ~= size.height
        try require(fits, parameter, "\(size)", "1 to 65535 pixels on each side")
    }

    private func require(_ padding: Padding) throws(TransformError) {
        let limit = [padding.left, padding.top, padding.right, padding.bottom].map(\.magnitude).max() ?? 0
        try require(limit <= 65535, "padding", "\(limit)", "at most 65535 pixels")
    }

    private func requireProbability(_ p: Double) throws(TransformError) {
        try require(0...1 ~= p, "p", "\(p)", "from 0 to 1")
    }

    /// Beyond the largest side that a picture may have, every ratio leaves one pixel; and sides of more than `Int` holds would follow.
    private func requireRatio(_ ratio: ClosedRange<Double>) throws(TransformError) {
        let fits = ratio.lowerBound >= 1e-5 && ratio.upperBound <= 1e5
        try require(fits, "ratio", "\(ratio)", "from 0.00001 to 100000")
    }

    private func requireAngles(_ range: ClosedRange<Double>, _ parameter: String) throws(TransformError) {
        // Many turns more are the same angles; where numbers get too large for that, their difference isn't finite.
        let fits = range.lowerBound >= -1e6 && range.upperBound <= 1e6
        try require(fits, parameter, "\(range)", "from -1000000 to 1000000")
    }
}
