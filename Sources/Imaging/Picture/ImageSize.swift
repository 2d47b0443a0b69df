/// A picture's extent in pixels.
public struct ImageSize: Hashable, Sendable, Codable, CustomStringConvertible {
    public var width: Int
    public var height: Int

    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// A square of `side` by `side` pixels.
    public init(side: Int) { self.init(width: side, height: side) }

    public var shortSide: Int { min(width, height) }
    public var longSide: Int { max(width, height) }

    /// The number of pixels; saturates instead of overflowing.
    public var area: Int {
        let (product, overflow) = width.multipliedReportingOverflow(by: height)
        return overflow ? .max : product
    }

    /// `500×375`: width first, as pictures' sizes are written.
    public var description: String { "\(width)×\(height)" }
}

/// A rectangle of pixels; `left` and `top` count from the upper left corner and may lie outside of the picture.
public struct ImageRegion: Hashable, Sendable, Codable, CustomStringConvertible {
    public var left: Int
    public var top: Int
    public var width: Int
    public var height: Int

    public init(left: Int, top: Int, width: Int, height: Int) {
        self.left = left
        self.top = top
        self.width = width
        self.height = height
    }

    /// The whole of a picture of `size`.
    public init(whole size: ImageSize) { self.init(left: 0, top: 0, width: size.width, height: size.height) }

    public var right: Int { left + width }
    public var bottom: Int { top + height }
    public var size: ImageSize { ImageSize(width: width, height: height) }

    /// Whether the region has pixels and all of them belong to a picture of `size`.
    public func isInside(_ size: ImageSize) -> Bool {
        width > 0 && height > 0 && left >= 0 && top >= 0 && left <= size.width - width && top <= size.height - height
    }

    public var description: String { "\(size) at (\(left), \(top))" }
}
