import Imaging
import Presentation

extension Image {
    /// The picture encoded for a page on which it is `width` pixels wide: no larger than twice that, for sharp screens.
    func pageBytes(width: Int, png: Bool = false) throws(ImageError) -> [UInt8] {
        let most = max(width, 1) * 2
        var image = self
        if self.width > most {
            image = resized(to: ImageSize(width: most, height: max(1, Int((Double(height) * Double(most) / Double(self.width)).rounded()))))
        }
        // Small pictures and thin ones would suffer from JPEG's blocks.
        return png || image.size.area <= 64 * 64 ? try image.encodePNG() : try image.encodeJPEG(quality: 90, subsampled: false)
    }

    /// The picture as one of a grid.
    func item(_ caption: String, mood: Mood = .plain, width: Int) throws(ImageError) -> ImageGrid.Item {
        ImageGrid.Item(try pageBytes(width: width), caption: caption, mood: mood)
    }

    /// The picture shrunk or enlarged to fit a square, on light grey: for grids of pictures of any shape.
    func boxed(side: Int) -> Image {
        let colour = rgb()
        let scale = Double(side) / Double(max(size.longSide, 1))
        let fitted = ImageSize(
            width: max(1, Int((Double(width) * scale).rounded())), height: max(1, Int((Double(height) * scale).rounded())))
        let small = colour.resized(to: fitted)
        let region = ImageRegion(left: (fitted.width - side) / 2, top: (fitted.height - side) / 2, width: side, height: side)
        return small.cropped(to: region, fill: Fill(238))
    }
}
