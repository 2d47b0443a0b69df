import Imaging
import Learning
import Presentation

/// Small copies of pictures with what was said of them.
struct TrainingPictures {
    /// One picture of a grid.
    struct Entry {
        let path: String
        let caption: String
        let mood: Mood
    }

    let width: Int
    var decoding = DecodeOptions(exif: .apply)

    /// A grid of files. A file that can't be read leaves its caption.
    func grid(_ entries: [Entry], title: String = "") -> ImageGrid {
        ImageGrid(entries.compactMap(item), width: width, title: title)
    }

    private func item(_ entry: Entry) -> ImageGrid.Item? {
        guard let image = try? Image.decode(path: entry.path, decoding), let bytes = try? Self.encoded(image, width: width) else {
            return nil
        }
        return ImageGrid.Item(bytes, caption: entry.caption, mood: entry.mood)
    }

    /// A JPEG of a picture shrunk to a width, twice as fine as it is shown for sharp screens; never enlarged.
    static func encoded(_ image: Image, width: Int) throws(ImageError) -> [UInt8] {
        let target = min(width * 2, image.width)
        guard target < image.width else { return try image.encodeJPEG(quality: 88) }
        let height = max(1, image.height * target / image.width)
        return try image.resized(to: ImageSize(width: target, height: height)).encodeJPEG(quality: 85)
    }
}

extension ImagePrediction {
    /// `ants 98.2 %, bees 1.8 %`
    func caption(top count: Int) -> String {
        top(count).map { "\($0.name) \(Format.percent(Double($0.probability)))" }.joined(separator: ", ")
    }
}
