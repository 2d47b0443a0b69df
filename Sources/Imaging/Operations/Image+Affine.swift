#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension Image {
    /// The image turned counter-clockwise by `degrees` around its middle (or `center`), as Pillow's `rotate`.
    /// - Parameter expand: grow the image so that nothing is cut off; without it the size stays.
    public func rotated(
        by degrees: Double, interpolation: Interpolation = .nearest, expand: Bool = false,
        center: ImagePoint? = nil, fill: Fill = .black
    ) -> Image {
        guard degrees.isFinite, width > 0, height > 0 else { return self }
        let remainder = degrees.truncatingRemainder(dividingBy: 360)
        let angle = remainder < 0 ? remainder + 360 : remainder
        if center == nil {
            // Exact turns move pixels and compute nothing.
            if angle == 0 { return self }
            if angle == 180 { return turned(.rotated180) }
            if expand || width == height {
                if angle == 90 { return turned(.counterClockwise) }
                if angle == 270 { return turned(.clockwise) }
            }
        }
        let (matrix, size) = Self.rotation(angle, of: size, expand: expand, center: center)
        return affine(matrix, size: size, interpolation: interpolation, fill: fill)
    }

    /// The matrix that takes pixels of the turned image to those of the original, and the turned image's size.
    static func rotation(
        _ degrees: Double, of size: ImageSize, expand: Bool, center: ImagePoint?
    ) -> (matrix: [Double], size: ImageSize) {
        let (w, h) = (Double(size.width), Double(size.height))
        let middle = center ?? ImagePoint(x: w / 2, y: h / 2)
        let angle = -(degrees * (Double.pi / 180))
        func rounded(_ value: Double) -> Double { (value * 1e15).rounded(.toNearestOrEven) / 1e15 }
        var m = [rounded(cos(angle)), rounded(sin(angle)), 0, rounded(-sin(angle)), rounded(cos(angle)), 0]
        func moved(_ x: Double, _ y: Double) -> (Double, Double) {
            (m[0] * x + m[1] * y + m[2], m[3] * x + m[4] * y + m[5])
        }
        (m[2], m[5]) = moved(-middle.x, -middle.y)
        m[2] += middle.x
        m[5] += middle.y
        guard expand else { return (m, size) }
        let corners = [moved(0, 0), moved(w, 0), moved(w, h), moved(0, h)]
        let xs = corners.map(\.0)
        let ys = corners.map(\.1)
        let newWidth = ceil(xs.max() ?? w) - floor(xs.min() ?? 0)
        let newHeight = ceil(ys.max() ?? h) - floor(ys.min() ?? 0)
        (m[2], m[5]) = moved(-(newWidth - w) / 2, -(newHeight - h) / 2)
        return (m, ImageSize(width: Int(newWidth), height: Int(newHeight)))
    }

    /// The image turned clockwise by `angle` degrees, scaled, sheared and moved around its middle (or `center`), as torchvision's `affine`.
    /// - Parameters:
    ///   - translation: pixels to the right and down. - shear: degrees along x and y.
    public func affine(
        angle: Double, translation: ImagePoint, scale: Double, shear: ImagePoint, interpolation: Interpolation = .nearest,
        center: ImagePoint? = nil, fill: Fill = .black
    ) -> Image {
        let middle = center ?? ImagePoint(x: Double(width) * 0.5, y: Double(height) * 0.5)
        let turn = angle * (Double.pi / 180)
        let sx = shear.x * (Double.pi / 180)
        let sy = shear.y * (Double.pi / 180)
        let a = cos(turn - sy) / cos(sy)
        let b = -cos(turn - sy) * tan(sx) / cos(sy) - sin(turn)
        let c = sin(turn - sy) / cos(sy)
        let d = -sin(turn - sy) * tan(sx) / cos(sy) + cos(turn)
        // The inverse, since every target pixel looks for its source; the determinant of rotation and shear is 1.
        var m = [d, -b, 0, -c, a, 0].map { $0 / scale }
        m[2] += m[0] * (-middle.x - translation.x) + m[1] * (-middle.y - translation.y)
        m[5] += m[3] * (-middle.x - translation.x) + m[4] * (-middle.y - translation.y)
        m[2] += middle.x
        m[5] += middle.y
        return affine(m, size: size, interpolation: interpolation, fill: fill)
    }

    /// An image of `size` whose pixel (x, y) is this one's at (m₀x + m₁y + m₂, m₃x + m₄y + m₅), centres at halves, as
    /// Pillow's `transform(size, AFFINE, m)`: fixed point of 16 bits for `nearest`, doubles for the others.
    public func affine(
        _ m: [Double], size: ImageSize, interpolation: Interpolation = .nearest, fill: Fill = .black
    ) -> Image {
        var result = unsafe Image(width: size.width, height: size.height, channels: channels) { out in
            unsafe fill.write(to: out, pixels: size.area, channels: channels)
        }
        // A matrix that no number can follow leaves the fill.
        guard m.count == 6, m.allSatisfy({ $0.isFinite && abs($0) < 1e9 }), width > 0, height > 0 else { return result }
        unsafe result.withMutablePixels { out in
            unsafe withPixels { pixels in
                switch interpolation {
                case .nearest where m[1] == 0 && m[3] == 0: unsafe scaleNearest(m, size, pixels, out)
                case .nearest: unsafe turnNearest(m, size, pixels, out)
                case .bilinear, .bicubic: unsafe turnSmoothly(m, size, interpolation, pixels, out)
                }
            }
        }
        return result
    }

    private func scaleNearest(
        _ m: [Double], _ size: ImageSize, _ pixels: UnsafeBufferPointer<UInt8>, _ out: UnsafeMutableBufferPointer<UInt8>
    ) {
        func positions(_ start: Double, _ step: Double, _ count: Int, _ limit: Int) -> [Int] {
            var at = start + step * 0.5
            return (0..<count).map { _ in
                defer { at += step }
                let index = at < 0 ? -1 : Int(at)
                return index < limit ? index : -1
            }
        }
        let columns = positions(m[2], m[0], size.width, width)
        let rows = positions(m[5], m[4], size.height, height)
        var to = 0
        for row in rows {
            for column in columns {
                if row >= 0, column >= 0 {
                    let from = (row * width + column) * channels
                    for channel in 0..<channels { unsafe out[to + channel] = pixels[from + channel] }
                }
                to += channels
            }
        }
    }

    private func turnNearest(
        _ m: [Double], _ size: ImageSize, _ pixels: UnsafeBufferPointer<UInt8>, _ out: UnsafeMutableBufferPointer<UInt8>
    ) {
        let (w, h) = (Double(size.width), Double(size.height))
        let fits = [(0, 0), (w, h), (0, h), (w, 0)].allSatisfy { x, y in
            abs(x * m[0] + y * m[1] + m[2]) < 32768 && abs(x * m[3] + y * m[4] + m[5]) < 32768
        }
        let startX = m[2] + m[0] * 0.5 + m[1] * 0.5
        let startY = m[5] + m[3] * 0.5 + m[4] * 0.5
        // Beyond the range of 16 bits Pillow counts in doubles; 2³² times finer fixed point comes to the same pixels.
        let unit = fits ? 65536.0 : 0x1p31
        let shift = fits ? 16 : 31
        func fixed(_ value: Double) -> Int { Int((value * unit + 0.5).rounded(.down)) }
        let (a0, a1, a3, a4) = (fixed(m[0]), fixed(m[1]), fixed(m[3]), fixed(m[4]))
        var lineX = fixed(startX)
        var lineY = fixed(startY)
        let (width, height, channels) = (width, height, channels)
        var to = 0
        for _ in 0..<size.height {
            var (x, y) = (lineX, lineY)
            for _ in 0..<size.width {
                let (column, row) = (x >> shift, y >> shift)
                if column >= 0, column < width, row >= 0, row < height {
                    let from = (row &* width &+ column) &* channels
                    unsafe out[to] = pixels[from]
                    if channels == 3 {
                        unsafe out[to &+ 1] = pixels[from &+ 1]
                        unsafe out[to &+ 2] = pixels[from &+ 2]
                    }
                }
                to &+= channels
                x &+= a0
                y &+= a3
            }
            lineX &+= a1
            lineY &+= a4
        }
    }

    private func turnSmoothly(
        _ m: [Double], _ size: ImageSize, _ interpolation: Interpolation, _ pixels: UnsafeBufferPointer<UInt8>,
        _ out: UnsafeMutableBufferPointer<UInt8>
    ) {
        var to = 0
        for row in 0..<size.height {
            for column in 0..<size.width {
                defer { to += channels }
                let (inX, inY) = (Double(column) + 0.5, Double(row) + 0.5)
                let sourceX = m[0] * inX + m[1] * inY + m[2]
                let sourceY = m[3] * inX + m[4] * inY + m[5]
                guard sourceX >= 0, sourceX < Double(width), sourceY >= 0, sourceY < Double(height) else { continue }
                let (x, y) = (sourceX - 0.5, sourceY - 0.5)
                let (left, top) = (floor(x), floor(y))
                let (dx, dy) = (x - left, y - top)
                for channel in 0..<channels {
                    unsafe out[to + channel] =
                        interpolation == .bilinear
                        ? bilinear(pixels, Int(left), Int(top), dx, dy, channel)
                        : bicubic(pixels, Int(left) - 1, Int(top) - 1, dx, dy, channel)
                }
            }
        }
    }

    private func bilinear(
        _ pixels: UnsafeBufferPointer<UInt8>, _ x: Int, _ y: Int, _ dx: Double, _ dy: Double, _ channel: Int
    ) -> UInt8 {
        let left = min(max(x, 0), width - 1) * channels + channel
        let right = min(max(x + 1, 0), width - 1) * channels + channel
        func line(_ row: Int) -> Double {
            let start = row * width * channels
            let first = unsafe Double(pixels[start + left])
            return unsafe first + (Double(pixels[start + right]) - first) * dx
        }
        let upper = line(min(max(y, 0), height - 1))
        let lower = y + 1 >= 0 && y + 1 < height ? line(y + 1) : upper
        return UInt8(upper + (lower - upper) * dy)
    }

    private func bicubic(
        _ pixels: UnsafeBufferPointer<UInt8>, _ x: Int, _ y: Int, _ dx: Double, _ dy: Double, _ channel: Int
    ) -> UInt8 {
        func blend(_ v: (Double, Double, Double, Double), _ d: Double) -> Double {
            let p2 = -v.0 + v.2
            let p3 = 2 * (v.0 - v.1) + v.2 - v.3
            let p4 = -v.0 + v.1 - v.2 + v.3
            return v.1 + d * (p2 + d * (p3 + d * p4))
        }
        func line(_ row: Int) -> Double {
            func pixel(_ column: Int) -> Double {
                unsafe Double(pixels[(row * width + min(max(column, 0), width - 1)) * channels + channel])
            }
            return blend((pixel(x), pixel(x + 1), pixel(x + 2), pixel(x + 3)), dx)
        }
        let first = line(min(max(y, 0), height - 1))
        let second = y + 1 >= 0 && y + 1 < height ? line(y + 1) : first
        let third = y + 2 >= 0 && y + 2 < height ? line(y + 2) : second
        let fourth = y + 3 >= 0 && y + 3 < height ? line(y + 3) : third
        return UInt8(min(max(blend((first, second, third, fourth), dy), 0), 255))
    }
}

/// A place in a picture in pixels, or any other pair of numbers along x and y.
public struct ImagePoint: Sendable, Hashable, Codable {
    public var x: Double
    public var y: Double

    public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }
}
