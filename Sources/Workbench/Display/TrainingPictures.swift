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
        guard let image = try? Image.decode(path: entry.path, decoding) else { return nil }
        return try? image.boxed(side: width).item(entry.caption, mood: entry.mood, width: width)
    }
}

extension ImagePrediction {
    /// `ants 98.2 %, bees 1.8 %`
    func caption(top count: Int) -> String {
        top(count).map { "\($0.name) \(Format.percent(Double($0.probability)))" }.joined(separator: ", ")
    }
}
