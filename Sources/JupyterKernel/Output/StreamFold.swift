/// Folds a flood of text in the middle, so that a cell that prints without end leaves a notebook that can be opened.
///
/// A cell may print a good deal at once and a little all the time. What goes beyond is left out, but counted, and its end is
/// kept: it is shown when there is room again, or with the end of the cell.
struct StreamFold {
    /// A part of a stream to be shown.
    struct Piece: Equatable {
        var name: String
        var text: String
    }

    private struct Omission {
        var name: String
        var bytes = 0
        var lines = 0
        /// The last of what is left out.
        var tail = ""
    }

    /// Bytes that may be printed at once.
    static let capacity = 1 << 20
    /// Bytes more a second.
    static let perSecond = 4096
    /// Bytes of the end that are kept.
    static let tailBytes = 4096

    private var room = Double(StreamFold.capacity)
    private var last: Moment
    private var omissions: [Omission] = []

    init(now: Moment) { last = now }

    /// Takes text and answers what of it is to be shown now.
    mutating func admit(_ text: String, to name: String, now: Moment) -> [Piece] {
        room = min(
            Double(Self.capacity), room + Double(max(0, now.nanoseconds - last.nanoseconds)) / 1e9 * Double(Self.perSecond))
        last = now
        let count = text.utf8.count
        if omissions.isEmpty {
            if Double(count) <= room {
                room -= Double(count)
                return [Piece(name: name, text: text)]
            }
        } else if room >= Double(count + 4 * Self.tailBytes) {
            // There is room again, after a flood that has become a trickle.
            let pieces = finish()
            room -= Double(pieces.reduce(count) { $0 + $1.text.utf8.count })
            return pieces + [Piece(name: name, text: text)]
        }
        omit(text, of: name)
        return []
    }

    /// What is known of text that was left out; nothing is left out afterwards.
    mutating func finish() -> [Piece] {
        defer { omissions = [] }
        return omissions.map { omission in
            let hidden = omission.bytes - omission.tail.utf8.count
            guard hidden > 0 else { return Piece(name: omission.name, text: omission.tail) }
            let lines = max(0, omission.lines - omission.tail.utf8.count { $0 == UInt8(ascii: "\n") })
            let what = lines > 1 ? "\(lines) lines, \(hidden) bytes" : "\(hidden) bytes"
            return Piece(name: omission.name, text: "\n… \(what) left out …\n\(omission.tail)")
        }
    }

    private mutating func omit(_ text: String, of name: String) {
        let index = omissions.firstIndex { $0.name == name } ?? omissions.endIndex
        if index == omissions.endIndex { omissions.append(Omission(name: name)) }
        omissions[index].bytes += text.utf8.count
        omissions[index].lines += text.utf8.count { $0 == UInt8(ascii: "\n") }
        let tail = omissions[index].tail + text
        omissions[index].tail = tail.utf8.count <= Self.tailBytes ? tail : tail.end(bytes: Self.tailBytes)
    }
}

extension String {
    /// The last so many bytes, or a little less, so that no character is cut and, where there are lines, none of them.
    func end(bytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var index = utf8.index(endIndex, offsetBy: -limit)
        while index < endIndex, utf8[index] & 0b1100_0000 == 0b1000_0000 {
            index = utf8.index(after: index)
        }
        let end = self[index...]
        if let line = end.firstIndex(of: "\n"), end.index(after: line) < end.endIndex {
            return String(end[end.index(after: line)...])
        }
        return String(end)
    }

    /// The first so many bytes, or a little less, so that no character is cut.
    func beginning(bytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var index = utf8.index(startIndex, offsetBy: limit)
        while index > startIndex, utf8[index] & 0b1100_0000 == 0b1000_0000 { index = utf8.index(before: index) }
        return String(self[..<index])
    }
}
