extension Image {
    /// The mirror image, left and right exchanged.
    public func flippedHorizontally() -> Image { moved(to: size) { x, y in (width - 1 - x, y) } }

    /// The image upside down.
    public func flippedVertically() -> Image {
        unsafe Image(width: width, height: height, channels: channels) { out in
            unsafe withPixels { pixels in
                let stride = width * channels
                guard let start = pixels.baseAddress else { return }
                for y in 0..<height {
                    unsafe (out + y * stride).update(from: start + (height - 1 - y) * stride, count: stride)
                }
            }
        }
    }

    /// The image as an EXIF orientation wants it to be seen.
    public func turned(_ orientation: Orientation) -> Image {
        let upright = orientation.swapsSides ? ImageSize(width: height, height: width) : size
        let (right, bottom) = (width - 1, height - 1)
        return switch orientation {
        case .upright: self
        case .mirrored: flippedHorizontally()
        case .rotated180: moved(to: upright) { x, y in (right - x, bottom - y) }
        case .flipped: flippedVertically()
        case .transposed: moved(to: upright) { x, y in (y, x) }
        case .clockwise: moved(to: upright) { x, y in (y, bottom - x) }
        case .transverse: moved(to: upright) { x, y in (right - y, bottom - x) }
        case .counterClockwise: moved(to: upright) { x, y in (right - y, x) }
        }
    }

    /// An image of `size` whose pixel at (x, y) is this one's at `source(x, y)`, which must be inside.
    @inline(__always)
    private func moved(to size: ImageSize, _ source: (Int, Int) -> (Int, Int)) -> Image {
        let channels = channels
        let width = width
        return unsafe Image(width: size.width, height: size.height, channels: channels) { out in
            unsafe withPixels { pixels in
                var target = 0
                for y in 0..<size.height {
                    for x in 0..<size.width {
                        let (fromX, fromY) = source(x, y)
                        let from = (fromY &* width &+ fromX) &* channels
                        unsafe out[target] = pixels[from]
                        if channels == 3 {
                            unsafe out[target &+ 1] = pixels[from &+ 1]
                            unsafe out[target &+ 2] = pixels[from &+ 2]
                        }
                        target &+= channels
                    }
                }
            }
        }
    }
}

extension ImageRegion {
    /// Where this region of the turned picture lies in the picture as it is stored, `size` pixels large.
    func stored(_ orientation: Orientation, in size: ImageSize) -> ImageRegion {
        let (w, h) = (size.width, size.height)
        return switch orientation {
        case .upright: self
        case .mirrored: ImageRegion(left: w - right, top: top, width: width, height: height)
        case .rotated180: ImageRegion(left: w - right, top: h - bottom, width: width, height: height)
        case .flipped: ImageRegion(left: left, top: h - bottom, width: width, height: height)
        case .transposed: ImageRegion(left: top, top: left, width: height, height: width)
        case .clockwise: ImageRegion(left: top, top: h - right, width: height, height: width)
        case .transverse: ImageRegion(left: w - bottom, top: h - right, width: height, height: width)
        case .counterClockwise: ImageRegion(left: w - bottom, top: left, width: height, height: width)
        }
    }
}
