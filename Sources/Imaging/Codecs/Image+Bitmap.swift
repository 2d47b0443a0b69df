extension Image {
    /// Decodes a BMP file: 1, 4, 8 (also run-length encoded), 16, 24 or 32 bits a pixel.
    static func bitmap(_ bytes: [UInt8]) throws(ImageError) -> Image {
        var reader = ByteReader(bytes: bytes)
        let layout = try BitmapLayout(reader)
        reader.isLittleEndian = true
        let (width, height, depth) = (layout.width, layout.height, layout.depth)
        let palette = try palette(layout, reader)
        let (rowBits, overflow) = width.multipliedReportingOverflow(by: depth)
        let stride = overflow ? Int.max / 2 : (rowBits + 31) / 32 * 4
        var indices: [UInt8] = []
        if layout.compression == 1 {
            indices = try runs(layout, bytes)
        } else {
            let (length, tooLong) = stride.multipliedReportingOverflow(by: height)
            guard !tooLong, layout.pixelOffset <= bytes.count, length <= bytes.count - layout.pixelOffset else {
                throw .truncated(.bmp)
            }
        }
        var image = Image(width: width, height: height, channels: 3)
        unsafe image.withMutablePixels { pixels in
            for y in 0..<height {
                let row = layout.pixelOffset + (layout.isTopDown ? y : height - 1 - y) * stride
                for x in 0..<width {
                    let colour: (UInt8, UInt8, UInt8)
                    switch depth {
                    case 24 where layout.compression == 0, 32 where layout.compression == 0:
                        let at = row + x * depth / 8
                        colour = (bytes[at + 2], bytes[at + 1], bytes[at])
                    case 16, 32:
                        let value = (depth == 16 ? reader.word(row + 2 * x) : reader.long(row + 4 * x)) ?? 0
                        colour = (
                            scaled(value, layout.masks[0]), scaled(value, layout.masks[1]), scaled(value, layout.masks[2])
                        )
                    default:
                        let index: Int
                        if layout.compression == 1 {
                            index = Int(indices[(height - 1 - y) * width + x])
                        } else {
                            let bit = x * depth
                            index = Int(bytes[row + bit / 8]) >> (8 - depth - bit % 8) & ((1 << depth) - 1)
                        }
                        colour = index < palette.count ? palette[index] : (0, 0, 0)
                    }
                    let at = (y * width + x) * 3
                    unsafe pixels[at] = colour.0
                    unsafe pixels[at + 1] = colour.1
                    unsafe pixels[at + 2] = colour.2
                }
            }
        }
        return image
    }

    private static func palette(_ layout: BitmapLayout, _ reader: ByteReader) throws(ImageError) -> [(UInt8, UInt8, UInt8)] {
        var palette: [(UInt8, UInt8, UInt8)] = []
        for index in 0..<layout.paletteCount {
            let at = layout.paletteOffset + index * layout.paletteStride
            guard let blue = reader.byte(at), let green = reader.byte(at + 1), let red = reader.byte(at + 2) else {
                throw .truncated(.bmp)
            }
            palette.append((UInt8(red), UInt8(green), UInt8(blue)))
        }
        return palette
    }

    /// The bits under `mask`, stretched to 0...255.
    private static func scaled(_ value: Int, _ mask: Int) -> UInt8 {
        guard mask > 0 else { return 0 }
        let shift = mask.trailingZeroBitCount
        let largest = mask >> shift
        return UInt8(((value & mask) >> shift) * 255 / largest)
    }

    /// Unpacks run-length encoded indices, the bottom row first.
    private static func runs(_ layout: BitmapLayout, _ bytes: [UInt8]) throws(ImageError) -> [UInt8] {
        let (width, height) = (layout.width, layout.height)
        var indices = [UInt8](repeating: 0, count: width * height)
        var (x, y, at) = (0, 0, layout.pixelOffset)
        func put(_ index: UInt8) {
            if x < width, y < height { indices[y * width + x] = index }
            x += 1
        }
        while y < height {
            guard at >= 0, at + 1 < bytes.count else { throw .truncated(.bmp) }
            let (count, value) = (Int(bytes[at]), bytes[at + 1])
            at += 2
            if count > 0 {
                for _ in 0..<count { put(value) }
            } else if value == 0 {
                (x, y) = (0, y + 1)
            } else if value == 1 {
                break
            } else if value == 2 {
                guard at + 1 < bytes.count else { throw .truncated(.bmp) }
                x += Int(bytes[at])
                y += Int(bytes[at + 1])
                at += 2
            } else {
                guard at + Int(value) <= bytes.count else { throw .truncated(.bmp) }
                for offset in 0..<Int(value) { put(bytes[at + offset]) }
                // Literal runs are filled up to an even number of bytes.
                at += Int(value) + Int(value & 1)
            }
        }
        return indices
    }

    /// Decodes a PBM, PGM or PPM file, plain or binary.
    static func anymap(_ bytes: [UInt8]) throws(ImageError) -> Image {
        let reader = ByteReader(bytes: bytes)
        let layout = try AnymapLayout(reader)
        let (width, height) = (layout.width, layout.height)
        let count = width * height * layout.channels
        var samples = [UInt8](repeating: 0, count: count)
        // Pillow's rounding: to the nearest, halves to even.
        func shade(_ value: Int) -> UInt8 {
            layout.maximum == 255
                ? UInt8(clamping: value)
                : UInt8(
                    clamping: Int(
                        (Double(min(value, layout.maximum)) / Double(layout.maximum) * 255).rounded(.toNearestOrEven)))
        }
        var offset = layout.pixelOffset
        if layout.isPlain {
            for index in 0..<count {
                if layout.isBilevel {
                    while let byte = reader.byte(offset), byte != 0x30, byte != 0x31 { offset += 1 }
                    guard let byte = reader.byte(offset) else { throw .truncated(.pnm) }
                    samples[index] = byte == 0x31 ? 0 : 255
                    offset += 1
                } else {
                    samples[index] = shade(try AnymapLayout.number(reader, &offset))
                }
            }
        } else if layout.isBilevel {
            let stride = (width + 7) / 8
            guard bytes.count - offset >= stride * height else { throw .truncated(.pnm) }
            for y in 0..<height {
                for x in 0..<width {
                    samples[y * width + x] = bytes[offset + y * stride + x / 8] >> (7 - x % 8) & 1 == 1 ? 0 : 255
                }
            }
        } else if layout.maximum > 255 {
            guard bytes.count - offset >= 2 * count else { throw .truncated(.pnm) }
            // Pillow reads wide grey as numbers of 16 bits, scaled to the whole range, and cuts them at 255 later.
            for index in 0..<count {
                let value = Int(bytes[offset + 2 * index]) << 8 | Int(bytes[offset + 2 * index + 1])
                if layout.channels == 1 {
                    let wide = (Double(value) / Double(layout.maximum) * 65535).rounded(.toNearestOrEven)
                    samples[index] = UInt8(clamping: Int(wide))
                } else {
                    samples[index] = shade(value)
                }
            }
        } else {
            guard bytes.count - offset >= count else { throw .truncated(.pnm) }
            for index in 0..<count { samples[index] = shade(Int(bytes[offset + index])) }
        }
        return Image(width: width, height: height, channels: layout.channels, pixels: samples)
    }
}
