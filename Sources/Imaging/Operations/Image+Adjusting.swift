/// Adjustments of colour, as torchvision's `adjust_…` over Pillow's `ImageEnhance`. A factor of 1 changes nothing, 0 gives the extreme.
extension Image {
    /// Blends with black.
    public func brightnessAdjusted(by factor: Double) -> Image { blended(factor) { _, _, _ in (0, 0, 0) } }

    /// Blends with the mean grey.
    public func contrastAdjusted(by factor: Double) -> Image {
        let grey = grey()
        var sum = 0
        unsafe grey.withPixels { for unsafe value in unsafe $0 { sum += Int(value) } }
        guard grey.size.area > 0 else { return self }
        let mean = UInt8(Double(sum) / Double(grey.size.area) + 0.5)
        return blended(factor) { _, _, _ in (mean, mean, mean) }
    }

    /// Blends with its own grey picture.
    public func saturationAdjusted(by factor: Double) -> Image {
        guard channels == 3 else { return self }
        return blended(factor) { red, green, blue in
            let grey = luma(red, green, blue)
            return (grey, grey, grey)
        }
    }

    /// Blends with a smoothed picture: a 3×3 mean whose middle counts five times; the edge stays as it is.
    public func sharpnessAdjusted(by factor: Double) -> Image {
        let smooth = smoothed()
        var result = self
        let blend = Blend(factor)
        unsafe result.withMutablePixels { out in
            unsafe smooth.withPixels { base in
                for index in 0..<out.count { unsafe out[index] = blend(base[index], out[index]) }
            }
        }
        return result
    }

    /// Turns the hue by `shift` of the circle, -0.5 to 0.5, through 8-bit HSV.
    public func hueAdjusted(by shift: Double) -> Image {
        guard channels == 3, shift.isFinite else { return self }
        let step = UInt8(truncatingIfNeeded: Int(min(max(shift, -1), 1) * 255))
        var result = self
        unsafe result.withMutablePixels { out in
            for at in stride(from: 0, to: out.count, by: 3) {
                let colour = unsafe HSV(red: out[at], green: out[at + 1], blue: out[at + 2])
                let turned = HSV(hue: colour.hue &+ step, saturation: colour.saturation, value: colour.value).rgb
                unsafe out[at] = turned.0
                unsafe out[at + 1] = turned.1
                unsafe out[at + 2] = turned.2
            }
        }
        return result
    }

    @inline(__always)
    private func blended(_ factor: Double, _ base: (UInt8, UInt8, UInt8) -> (UInt8, UInt8, UInt8)) -> Image {
        let blend = Blend(factor)
        var result = self
        unsafe result.withMutablePixels { out in
            if channels == 1 {
                for at in 0..<out.count { unsafe out[at] = blend(base(out[at], out[at], out[at]).0, out[at]) }
                return
            }
            for at in stride(from: 0, to: out.count, by: 3) {
                let from = unsafe base(out[at], out[at + 1], out[at + 2])
                unsafe out[at] = blend(from.0, out[at])
                unsafe out[at + 1] = blend(from.1, out[at + 1])
                unsafe out[at + 2] = blend(from.2, out[at + 2])
            }
        }
        return result
    }

    private func smoothed() -> Image {
        guard width >= 3, height >= 3 else { return self }
        var result = self
        let weights: [Float] = [1, 1, 1, 1, 5, 1, 1, 1, 1].map { $0 / 13 }
        let (step, line) = (channels, width * channels)
        unsafe result.withMutablePixels { out in
            unsafe withPixels { pixels in
                for y in 1..<(height - 1) {
                    for x in step..<(line - step) {
                        let at = y * line + x
                        var sum: Float = 0.5
                        // The order of Pillow's sums, from the row below upwards.
                        for (row, weight) in [(at + line, 0), (at, 3), (at - line, 6)] {
                            unsafe sum +=
                                Float(pixels[row - step]) * weights[weight] + Float(pixels[row]) * weights[weight + 1]
                                + Float(pixels[row + step]) * weights[weight + 2]
                        }
                        unsafe out[at] = UInt8(min(max(sum, 0), 255))
                    }
                }
            }
        }
        return result
    }
}

/// Pillow's `Image.blend`: from `base` (factor 0) to the image (factor 1) and beyond, in single precision, cut off.
private struct Blend {
    let factor: Float

    init(_ factor: Double) { self.factor = factor.isFinite ? Float(factor) : 1 }

    @inline(__always)
    func callAsFunction(_ base: UInt8, _ image: UInt8) -> UInt8 {
        let value = Float(base) + factor * Float(Int(image) - Int(base))
        return value <= 0 ? 0 : value >= 255 ? 255 : UInt8(value)
    }
}

/// Pillow's 8-bit HSV.
struct HSV {
    var hue: UInt8
    var saturation: UInt8
    var value: UInt8

    init(hue: UInt8, saturation: UInt8, value: UInt8) {
        self.hue = hue
        self.saturation = saturation
        self.value = value
    }

    init(red: UInt8, green: UInt8, blue: UInt8) {
        let most = max(red, green, blue)
        let least = min(red, green, blue)
        guard most > least else {
            self.init(hue: 0, saturation: 0, value: most)
            return
        }
        let range = Float(most - least)
        let r = Float(most - red) / range
        let g = Float(most - green) / range
        let b = Float(most - blue) / range
        let sector: Float =
            red == most ? b - g : green == most ? Float(2 + Double(r) - Double(b)) : Float(4 + Double(g) - Double(r))
        let hue = Float((Double(sector) / 6 + 1).truncatingRemainder(dividingBy: 1))
        let saturation = range / Float(most)
        self.init(
            hue: UInt8(clamping: Int(Double(hue) * 255)), saturation: UInt8(clamping: Int(Double(saturation) * 255)),
            value: most)
    }

    var rgb: (UInt8, UInt8, UInt8) {
        guard saturation > 0 else { return (value, value, value) }
        let position = Double(hue) * 6 / 255
        let sector = position.rounded(.down)
        let f = Float(position - Double(Float(sector)))
        let s = Float(Double(saturation) / 255)
        let v = Double(value)
        func byte(_ share: Double) -> UInt8 { UInt8(clamping: Int((v * share).rounded(.toNearestOrAwayFromZero))) }
        let p = byte(1 - Double(s))
        let q = byte(1 - Double(s * f))
        let t = byte(1 - Double(s) * (1 - Double(f)))
        return switch Int(sector) % 6 {
        case 0: (value, t, p)
        case 1: (q, value, p)
        case 2: (p, value, t)
        case 3: (p, q, value)
        case 4: (t, p, value)
        default: (value, p, q)
        }
    }
}
