/// Operations that look every value up in a table, as Pillow's `ImageOps`.
extension Image {
    /// Negative: 255 − v.
    public func inverted() -> Image { mapped { 255 - $0 } }

    /// Keeps the upper `bits` of every value, 0 to 8.
    public func posterized(bits: Int) -> Image {
        let mask = UInt8(truncatingIfNeeded: ~((1 << (8 - min(max(bits, 0), 8))) - 1))
        return mapped { $0 & mask }
    }

    /// Inverts all values from `threshold` on.
    public func solarized(threshold: Double) -> Image { mapped { Double($0) < threshold ? $0 : 255 - $0 } }

    /// Stretches every channel from its smallest and largest value to 0 and 255.
    public func autocontrasted() -> Image {
        mappedByChannel { histogram in
            guard let low = histogram.firstIndex(where: { $0 > 0 }), let high = histogram.lastIndex(where: { $0 > 0 }),
                high > low
            else { return nil }
            let scale = 255 / Double(high - low)
            let offset = -Double(low) * scale
            return (0..<256).map { UInt8(clamping: Int(Double($0) * scale + offset)) }
        }
    }

    /// Makes every channel's histogram as flat as can be.
    public func equalized() -> Image {
        mappedByChannel { histogram in
            guard let last = histogram.last(where: { $0 > 0 }) else { return nil }
            let step = (histogram.reduce(0, +) - last) / 255
            guard histogram.count(where: { $0 > 0 }) > 1, step > 0 else { return nil }
            var below = step / 2
            return histogram.map { count in
                defer { below += count }
                return UInt8(clamping: below / step)
            }
        }
    }

    private func mapped(_ function: (UInt8) -> UInt8) -> Image {
        let table = (0..<256).map { function(UInt8($0)) }
        var result = self
        unsafe result.withMutablePixels { out in
            for index in 0..<out.count { unsafe out[index] = table[Int(out[index])] }
        }
        return result
    }

    /// Maps every channel by the table that `table` makes of its histogram; nil leaves it alone.
    private func mappedByChannel(_ table: (_ histogram: [Int]) -> [UInt8]?) -> Image {
        var result = self
        let channels = channels
        unsafe result.withMutablePixels { out in
            for channel in 0..<channels {
                var histogram = [Int](repeating: 0, count: 256)
                for at in stride(from: channel, to: out.count, by: channels) { unsafe histogram[Int(out[at])] += 1 }
                guard let map = table(histogram) else { continue }
                for at in stride(from: channel, to: out.count, by: channels) { unsafe out[at] = map[Int(out[at])] }
            }
        }
        return result
    }
}
