/// How the pixels beyond an edge are made up.
public enum PaddingMode: String, Sendable, Hashable, Codable, CaseIterable {
    /// One colour.
    case constant
    /// The edge, repeated.
    case edge
    /// The picture mirrored at its edge pixel, which is not repeated.
    case reflect
    /// The picture mirrored at its edge, the edge pixel repeated.
    case symmetric
}

/// Pixels to be added at each side; negative numbers cut.
public struct Padding: Sendable, Hashable, Codable {
    public var left: Int
    public var top: Int
    public var right: Int
    public var bottom: Int

    public init(left: Int, top: Int, right: Int, bottom: Int) {
        self.left = left
        self.top = top
        self.right = right
        self.bottom = bottom
    }

    /// The same on all sides.
    public init(_ all: Int) { self.init(left: all, top: all, right: all, bottom: all) }
}

extension Image {
    /// The pixels of `region`; those outside of the image are `fill`.
    public func cropped(to region: ImageRegion, fill: Fill = .black) -> Image {
        let region = ImageRegion(
            left: region.left, top: region.top, width: max(region.width, 0), height: max(region.height, 0))
        let inside = region.isInside(size)
        if inside, region == ImageRegion(whole: size) { return self }
        var result = unsafe Image(width: region.width, height: region.height, channels: channels) { out in
            if !inside { unsafe fill.write(to: out, pixels: region.width * region.height, channels: channels) }
        }
        let lower = (max(region.left, 0), max(region.top, 0))
        let upper = (min(region.right, width), min(region.bottom, height))
        guard lower.0 < upper.0, lower.1 < upper.1 else { return result }
        unsafe result.withMutablePixels { out in
            unsafe withPixels { pixels in
                guard let source = pixels.baseAddress, let target = out.baseAddress else { return }
                let count = (upper.0 - lower.0) * channels
                for y in lower.1..<upper.1 {
                    let from = (y * width + lower.0) * channels
                    let to = ((y - region.top) * region.width + lower.0 - region.left) * channels
                    unsafe (target + to).update(from: source + from, count: count)
                }
            }
        }
        return result
    }

    /// The image with `padding` around it.
    public func padded(_ padding: Padding, mode: PaddingMode = .constant, fill: Fill = .black) -> Image {
        let region = ImageRegion(
            left: -padding.left, top: -padding.top, width: width + padding.left + padding.right,
            height: height + padding.top + padding.bottom)
        if mode == .constant || width == 0 || height == 0 { return cropped(to: region, fill: fill) }
        let columns = (0..<max(region.width, 0)).map { Self.source($0 + region.left, in: width, mode) }
        let rows = (0..<max(region.height, 0)).map { Self.source($0 + region.top, in: height, mode) }
        var result = Image(width: columns.count, height: rows.count, channels: channels)
        let channels = channels
        unsafe result.withMutablePixels { out in
            unsafe withPixels { pixels in
                var to = 0
                for row in rows {
                    for column in columns {
                        let from = (row * width + column) * channels
                        for channel in 0..<channels { unsafe out[to + channel] = pixels[from + channel] }
                        to += channels
                    }
                }
            }
        }
        return result
    }

    /// Which of `count` pixels stands at position `index`, inside or not.
    static func source(_ index: Int, in count: Int, _ mode: PaddingMode) -> Int {
        switch mode {
        case .constant, .edge: return min(max(index, 0), count - 1)
        case .reflect:
            guard count > 1 else { return 0 }
            let period = 2 * (count - 1)
            let phase = ((index % period) + period) % period
            return phase < count ? phase : period - phase
        case .symmetric:
            let period = 2 * count
            let phase = ((index % period) + period) % period
            return phase < count ? phase : period - 1 - phase
        }
    }
}

/// A colour for pixels that come from nowhere: one value for all channels, or one for each.
public struct Fill: Sendable, Hashable, Codable, CustomStringConvertible {
    public var values: [UInt8]

    public init(_ value: UInt8) { values = [value] }
    public init(_ values: [UInt8]) { self.values = values.isEmpty ? [0] : values }

    public static let black = Fill(0)

    /// The value of `channel`; a colour of too few values repeats its last.
    func value(_ channel: Int) -> UInt8 { values[min(channel, values.count - 1)] }

    func write(to out: UnsafeMutablePointer<UInt8>, pixels: Int, channels: Int) {
        if Set(values).count == 1 {
            unsafe out.update(repeating: values[0], count: pixels * channels)
        } else {
            for index in 0..<pixels * channels { unsafe out[index] = value(index % channels) }
        }
    }

    public var description: String {
        values.count == 1 ? "\(values[0])" : "(" + values.map { "\($0)" }.joined(separator: ", ") + ")"
    }
}
