/// A pattern over parameters' names in which `*` stands for any run of characters, dots included.
struct NamePattern {
    /// The literal pieces between the stars; n + 1 pieces for n stars.
    private let pieces: [[UInt8]]

    init(_ text: String) {
        var pieces: [[UInt8]] = [[]]
        var afterStar = false
        for byte in text.utf8 {
            if byte == UInt8(ascii: "*") {
                // `**` means the same as `*` here: a name's depth never matters when names are rewritten.
                if !afterStar { pieces.append([]) }
                afterStar = true
            } else {
                pieces[pieces.count - 1].append(byte)
                afterStar = false
            }
        }
        self.pieces = pieces
    }

    /// What the stars stand for in `name`, or nil when the pattern doesn't fit. Each star but the last takes as little as it can,
    /// so that the time is linear in the name's length for each star.
    func captures(in name: String) -> [String]? {
        let bytes = Array(name.utf8)
        let first = pieces[0]
        guard bytes.starts(with: first) else { return nil }
        guard pieces.count > 1 else { return bytes.count == first.count ? [] : nil }
        var captures: [String] = []
        var position = first.count
        for piece in pieces[1..<(pieces.count - 1)] {
            guard let found = Self.find(piece, in: bytes, from: position) else { return nil }
            captures.append(String(decoding: bytes[position..<found], as: UTF8.self))
            position = found + piece.count
        }
        let last = pieces[pieces.count - 1]
        guard bytes.count - last.count >= position, bytes.suffix(last.count).elementsEqual(last) else { return nil }
        captures.append(String(decoding: bytes[position..<(bytes.count - last.count)], as: UTF8.self))
        return captures
    }

    /// `name` rewritten by `replacement`, whose stars take what the pattern's stars stood for; nil when the pattern doesn't fit.
    func rewrite(_ name: String, as replacement: String) -> String? {
        guard let captures = captures(in: name) else { return nil }
        var rest = captures[...]
        var result = ""
        var afterStar = false
        for character in replacement {
            if character == "*" {
                if !afterStar { result += rest.popFirst() ?? "" }
                afterStar = true
            } else {
                result.append(character)
                afterStar = false
            }
        }
        return result
    }

    /// Whether the pattern fits `name`, or names a layer above it.
    func selects(_ name: String) -> Bool {
        if captures(in: name) != nil { return true }
        var prefix = name[...]
        while let dot = prefix.lastIndex(of: ".") {
            prefix = prefix[..<dot]
            if captures(in: String(prefix)) != nil { return true }
        }
        return false
    }

    private static func find(_ piece: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count >= piece.count + start else { return nil }
        return (start...(bytes.count - piece.count)).first { bytes[$0..<($0 + piece.count)].elementsEqual(piece) }
    }
}
