/// Why a picture could not be read, decoded or written. Cases carry the facts; `description` makes the sentence.
public indirect enum ImageError: Error, Equatable, Sendable {
    /// The system refused to open or read the file.
    case cannotRead(reason: String)
    /// The file has no bytes.
    case empty
    /// The first bytes belong to no picture format that is known. `looksLike` names what they are, where that is known.
    case notAPicture(looksLike: String?)
    /// The format is known, but its library was missing when Thaw was built.
    case notBuiltIn(ImageFormat)
    /// The format is known, this kind of it is not read.
    case unsupported(ImageFormat, what: String)
    /// The bytes end before the picture does.
    case truncated(ImageFormat)
    /// The bytes contradict their format; `defect` is the codec's own text.
    case damaged(ImageFormat, defect: String)
    /// Refused before anything was allocated: `size` has more pixels than `limit`.
    case tooManyPixels(ImageSize, limit: Int)
    /// A region of interest outside of the picture.
    case regionOutside(ImageRegion, of: ImageSize)
    /// The codec refused to write the picture.
    case cannotEncode(ImageFormat, reason: String)
    /// Any of the others, with the file that it happened in.
    case inFile(String, ImageError)
}

extension ImageError: CustomStringConvertible {
    public var description: String {
        if case .inFile(let path, let error) = self { return "\(path): \(error)" }
        return sentence + "."
    }

    private var sentence: String {
        switch self {
        case .cannotRead(let reason):
            return "the file can't be read: \(reason)"
        case .empty:
            return "the file is empty"
        case .notAPicture(let looksLike):
            return "not a picture" + (looksLike.map { ", it looks like \($0)" } ?? "")
                + "; read are " + ImageFormat.allCases.map(\.name).joined(separator: ", ")
        case .notBuiltIn(let format):
            return "it is a \(format.name) file, and Thaw was built without \(format.library ?? "its library"); "
                + "install the library and build again, or convert the picture to PNG"
        case .unsupported(let format, let what):
            return "it is a \(format.name) file with \(what), which isn't read; convert it to PNG"
        case .truncated(let format):
            return "the \(format.name) file is cut short; copy or download it again"
        case .damaged(let format, let defect):
            return "the \(format.name) file is damaged: \(defect)"
        case .tooManyPixels(let size, let limit):
            return "\(size) pixels are more than the limit of \(limit); scale the picture down first"
        case .regionOutside(let region, let size):
            return "the region \(region) isn't inside the picture, \(size)"
        case .cannotEncode(let format, let reason):
            return "the picture can't be written as \(format.name): \(reason)"
        case .inFile(_, let error):
            return error.sentence
        }
    }
}
