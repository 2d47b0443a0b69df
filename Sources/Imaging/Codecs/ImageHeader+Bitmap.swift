extension ImageHeader {
    static func bmp(_ reader: ByteReader) throws(ImageError) -> ImageHeader {
        let layout = try BitmapLayout(reader)
        return ImageHeader(
            format: .bmp, width: layout.width, height: layout.height,
            colourMode: layout.depth == 1 ? .bilevel : layout.depth <= 8 ? .palette : layout.depth == 32 ? .rgba : .rgb,
            bitDepth: layout.depth <= 8 ? layout.depth : 8, orientation: .upright, isProgressive: false)
    }

    static func pnm(_ reader: ByteReader) throws(ImageError) -> ImageHeader {
        let layout = try AnymapLayout(reader)
        return ImageHeader(
            format: .pnm, width: layout.width, height: layout.height,
            colourMode: layout.isBilevel ? .bilevel : layout.channels == 1 ? .grey : .rgb,
            bitDepth: layout.isBilevel ? 1 : layout.maximum > 255 ? 16 : 8, orientation: .upright, isProgressive: false)
    }
}

/// Where a BMP file keeps what.
struct BitmapLayout {
    var width = 0
    var height = 0
    var isTopDown = false
    /// Bits a pixel.
    var depth = 0
    var compression = 0
    var paletteOffset = 0
    /// Bytes of a palette entry: 3 in OS/2 files, else 4.
    var paletteStride = 4
    var paletteCount = 0
    var pixelOffset = 0
    /// Red, green and blue, for pixels of 16 and 32 bits.
    var masks = [0, 0, 0]

    init(_ source: ByteReader) throws(ImageError) {
        var reader = source
        reader.isLittleEndian = true
        guard let pixels = reader.long(10), let size = reader.long(14) else { throw .truncated(.bmp) }
        pixelOffset = pixels
        if size == 12 {
            guard let w = reader.word(18), let h = reader.word(20), let bits = reader.word(24) else {
                throw .truncated(.bmp)
            }
            (width, height, depth, paletteStride) = (w, h, bits, 3)
            paletteCount = depth <= 8 ? 1 << depth : 0
        } else if size >= 40 {
            guard let w = reader.signedLong(18), let h = reader.signedLong(22), let bits = reader.word(28),
                let packing = reader.long(30), let colours = reader.long(46)
            else { throw .truncated(.bmp) }
            (width, height, isTopDown, depth, compression) = (w, abs(h), h < 0, bits, packing)
            paletteCount = depth <= 8 ? (colours > 0 ? min(colours, 256) : 1 << depth) : 0
        } else {
            throw .unsupported(.bmp, what: "a header of \(size) bytes")
        }
        guard [1, 4, 8, 16, 24, 32].contains(depth) else {
            throw .unsupported(.bmp, what: "\(depth) bits a pixel")
        }
        guard compression == 0 || (compression == 3 && (depth == 16 || depth == 32)) || (compression == 1 && depth == 8)
        else { throw .unsupported(.bmp, what: "compression \(compression)") }
        paletteOffset = 14 + size + (compression == 3 && size == 40 ? 12 : 0)
        masks = depth == 16 ? [0x7C00, 0x3E0, 0x1F] : [0xFF0000, 0xFF00, 0xFF]
        if compression == 3 {
            guard let red = reader.long(54), let green = reader.long(58), let blue = reader.long(62) else {
                throw .truncated(.bmp)
            }
            masks = [red, green, blue]
        }
    }
}

/// What a PBM, PGM or PPM file says before its pixels.
struct AnymapLayout {
    var width = 0
    var height = 0
    var channels = 1
    var maximum = 1
    var isPlain = false
    var isBilevel = false
    var pixelOffset = 0

    init(_ reader: ByteReader) throws(ImageError) {
        guard let kind = reader.byte(1) else { throw .truncated(.pnm) }
        isPlain = kind <= 0x33
        isBilevel = kind == 0x31 || kind == 0x34
        channels = kind == 0x33 || kind == 0x36 ? 3 : 1
        var offset = 2
        width = try Self.number(reader, &offset)
        height = try Self.number(reader, &offset)
        if !isBilevel { maximum = try Self.number(reader, &offset) }
        // One blank stands between the header and binary pixels.
        pixelOffset = offset + 1
        guard (1...65535).contains(maximum) else { throw .damaged(.pnm, defect: "a maximum of \(maximum)") }
    }

    /// The next number, after blanks and comments.
    static func number(_ reader: ByteReader, _ offset: inout Int) throws(ImageError) -> Int {
        while let byte = reader.byte(offset) {
            if byte == 0x23 {
                while let next = reader.byte(offset), next != 0x0A, next != 0x0D { offset += 1 }
            } else if byte == 0x20 || (0x09...0x0D).contains(byte) {
                offset += 1
            } else {
                break
            }
        }
        guard reader.byte(offset) != nil else { throw .truncated(.pnm) }
        var value: Int?
        while let byte = reader.byte(offset), (0x30...0x39).contains(byte) {
            value = (value ?? 0) * 10 + byte - 0x30
            if let value, value > 1 << 31 { throw .damaged(.pnm, defect: "a number that is too large") }
            offset += 1
        }
        guard let value else { throw .damaged(.pnm, defect: "no number where one should be") }
        return value
    }
}
