extension ImageHeader {
    /// Reads what `bytes` say about their picture; nothing is decoded, and no more than the headers has to be there.
    /// - Throws: `ImageError`: no picture, cut short before its size is told, or headers that make no sense.
    public static func read(_ bytes: [UInt8]) throws(ImageError) -> ImageHeader {
        guard !bytes.isEmpty else { throw .empty }
        guard let format = ImageFormat(magic: bytes) else { throw .notAPicture(looksLike: ImageFormat.guess(bytes)) }
        let reader = ByteReader(bytes: bytes)
        let header: ImageHeader =
            switch format {
            case .jpeg: try jpeg(reader)
            case .png: try png(reader)
            case .webp: try webp(reader)
            case .gif: try gif(reader)
            case .bmp: try bmp(reader)
            case .tiff: try tiff(reader)
            case .pnm: try pnm(reader)
            }
        guard header.width > 0, header.height > 0 else {
            throw .damaged(format, defect: "it says to be \(header.size) pixels")
        }
        return header
    }

    /// Reads the header of the file at `path`; of large files only the beginning, as a rule.
    public static func read(path: String) throws(ImageError) -> ImageHeader {
        let first = 1 << 16
        let start = try FileBytes.read(path, limit: first)
        do {
            return try read(start)
        } catch {
            // The size can stand behind long metadata, in TIFF even at the end.
            guard case .truncated = error, start.count == first else { throw .inFile(path, error) }
        }
        let all = try FileBytes.read(path)
        do { return try read(all) } catch { throw .inFile(path, error) }
    }
}

extension ImageHeader {
    static func png(_ reader: ByteReader) throws(ImageError) -> ImageHeader {
        guard let width = reader.long(16), let height = reader.long(20), let depth = reader.byte(24),
            let type = reader.byte(25), let interlace = reader.byte(28)
        else { throw .truncated(.png) }
        guard reader.matches("IHDR", at: 12), width < 1 << 31, height < 1 << 31 else {
            throw .damaged(.png, defect: "its first chunk is not a header")
        }
        var hasTransparency = false
        var orientation = Orientation.upright
        var offset = 33
        // Chunks before the pixels; a missing one is a missing fact, not an error.
        while let length = reader.long(offset), length < 1 << 31, !reader.matches("IDAT", at: offset + 4),
            offset < reader.count
        {
            if reader.matches("tRNS", at: offset + 4) { hasTransparency = true }
            if reader.matches("eXIf", at: offset + 4) {
                orientation = EXIF.orientation(reader.part(offset + 8, length: length))
            }
            offset += 12 + length
        }
        let mode: ColourMode =
            switch (type, depth) {
            case (0, 1): .bilevel
            case (0, _): .grey
            case (2, _): .rgb
            case (3, _): hasTransparency ? .paletteAlpha : .palette
            case (4, _): .greyAlpha
            case (6, _): .rgba
            default: .other
            }
        return ImageHeader(
            format: .png, width: width, height: height, colourMode: mode, bitDepth: depth, orientation: orientation,
            isProgressive: interlace == 1)
    }

    static func jpeg(_ reader: ByteReader) throws(ImageError) -> ImageHeader {
        var offset = 2
        var orientation = Orientation.upright
        var adobeTransform: Int?
        while true {
            guard var marker = reader.byte(offset) else { throw .truncated(.jpeg) }
            guard marker == 0xFF else {
                // Bytes between segments are skipped, as libjpeg does.
                offset += 1
                continue
            }
            while marker == 0xFF {
                offset += 1
                guard let next = reader.byte(offset) else { throw .truncated(.jpeg) }
                marker = next
            }
            offset += 1
            if marker == 0 || marker == 0x01 || (0xD0...0xD8).contains(marker) { continue }
            if marker == 0xD9 || marker == 0xDA { throw .damaged(.jpeg, defect: "no picture before its pixels") }
            guard let length = reader.word(offset) else { throw .truncated(.jpeg) }
            guard length >= 2 else { throw .damaged(.jpeg, defect: "a segment of no length") }
            if marker == 0xE1, reader.matches("Exif\0\0", at: offset + 2), orientation == .upright {
                orientation = EXIF.orientation(reader.part(offset + 8, length: length - 8))
            } else if marker == 0xEE, length >= 14, reader.matches("Adobe", at: offset + 2) {
                adobeTransform = reader.byte(offset + 13)
            } else if (0xC0...0xCF).contains(marker), marker != 0xC4, marker != 0xC8, marker != 0xCC {
                guard let depth = reader.byte(offset + 2), let height = reader.word(offset + 3),
                    let width = reader.word(offset + 5), let components = reader.byte(offset + 7)
                else { throw .truncated(.jpeg) }
                let mode: ColourMode =
                    switch components {
                    case 1: .grey
                    case 3: .rgb
                    case 4: adobeTransform == 2 ? .ycck : .cmyk
                    default: .other
                    }
                return ImageHeader(
                    format: .jpeg, width: width, height: height, colourMode: mode, bitDepth: depth,
                    orientation: orientation, isProgressive: [0xC2, 0xC6, 0xCA, 0xCE].contains(marker))
            }
            offset += length
        }
    }

    static func gif(_ reader: ByteReader) throws(ImageError) -> ImageHeader {
        var reader = reader
        reader.isLittleEndian = true
        guard let width = reader.word(6), let height = reader.word(8), let flags = reader.byte(10) else {
            throw .truncated(.gif)
        }
        return ImageHeader(
            format: .gif, width: width, height: height, colourMode: .palette, bitDepth: (flags & 7) + 1,
            orientation: .upright, isProgressive: false)
    }

    static func webp(_ reader: ByteReader) throws(ImageError) -> ImageHeader {
        var reader = reader
        reader.isLittleEndian = true
        var mode = ColourMode.rgb
        var orientation = Orientation.upright
        var size: (Int, Int)?
        if reader.matches("VP8X", at: 12) {
            guard let flags = reader.byte(20), let low = reader.word(24), let high = reader.byte(26),
                let below = reader.word(27), let above = reader.byte(29)
            else { throw .truncated(.webp) }
            size = ((high << 16 | low) + 1, (above << 16 | below) + 1)
            if flags & 0x10 != 0 { mode = .rgba }
            var offset = 30
            while flags & 0x08 != 0, let length = reader.long(offset + 4), offset < reader.count {
                if reader.matches("EXIF", at: offset) {
                    orientation = EXIF.orientation(reader.part(offset + 8, length: length))
                    break
                }
                offset += 8 + length + (length & 1)
            }
        } else if reader.matches("VP8L", at: 12) {
            guard let bits = reader.long(21) else { throw .truncated(.webp) }
            size = ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
            if bits >> 28 & 1 == 1 { mode = .rgba }
        } else if reader.matches("VP8 ", at: 12) {
            guard let width = reader.word(26), let height = reader.word(28) else { throw .truncated(.webp) }
            size = (width & 0x3FFF, height & 0x3FFF)
        } else if reader.count < 16 {
            throw .truncated(.webp)
        }
        guard let size else { throw .damaged(.webp, defect: "its first chunk is no picture") }
        return ImageHeader(
            format: .webp, width: size.0, height: size.1, colourMode: mode, bitDepth: 8, orientation: orientation,
            isProgressive: false)
    }

    static func tiff(_ reader: ByteReader) throws(ImageError) -> ImageHeader {
        guard let tags = EXIF.tags(reader, at: 0) else { throw .truncated(.tiff) }
        guard let width = tags[256], let height = tags[257] else {
            throw .damaged(.tiff, defect: "its directory tells no size")
        }
        let samples = tags[277] ?? 1
        let depth = tags[258] ?? 1
        let mode: ColourMode =
            switch (tags[262] ?? 1, samples) {
            case (0...1, 1): depth == 1 ? .bilevel : .grey
            case (0...1, 2): .greyAlpha
            case (2, 3), (6, 3): .rgb
            case (2, 4): .rgba
            case (3, 1): .palette
            case (5, 4): .cmyk
            default: .other
            }
        return ImageHeader(
            format: .tiff, width: width, height: height, colourMode: mode, bitDepth: depth,
            orientation: Orientation(rawValue: tags[274] ?? 1) ?? .upright, isProgressive: false)
    }
}

/// The part of EXIF that matters for pixels.
enum EXIF {
    /// The orientation in a TIFF structure; upright when it is not told.
    static func orientation(_ bytes: [UInt8]) -> Orientation {
        // PNG and WebP writers leave JPEG's prefix in place at times.
        let prefix = bytes.starts(with: Array("Exif\0\0".utf8)) ? 6 : 0
        return tags(ByteReader(bytes: bytes), at: prefix)?[274].flatMap(Orientation.init(rawValue:)) ?? .upright
    }

    /// The numbers in the first directory of a TIFF structure that starts at `start`: each tag's first value.
    /// For bits a sample (258), which may be stored elsewhere, the first stored one.
    static func tags(_ source: ByteReader, at start: Int) -> [Int: Int]? {
        var reader = source
        reader.isLittleEndian = reader.byte(start) == 0x49
        guard let directory = reader.long(start + 4), let count = reader.word(start + directory) else { return nil }
        var tags: [Int: Int] = [:]
        for index in 0..<count {
            let entry = start + directory + 2 + 12 * index
            guard let tag = reader.word(entry), let kind = reader.word(entry + 2), let number = reader.long(entry + 4)
            else { return nil }
            let isShort = kind == 3
            guard isShort || kind == 4 else { continue }
            var place = entry + 8
            if number > (isShort ? 2 : 1) {
                guard let offset = reader.long(place) else { return nil }
                place = start + offset
            }
            if let value = isShort ? reader.word(place) : reader.long(place), tags[tag] == nil { tags[tag] = value }
        }
        return tags
    }
}
