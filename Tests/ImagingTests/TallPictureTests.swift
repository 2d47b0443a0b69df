import Imaging
import Testing

/// Pictures with far more rows than columns. Rows that come in several passes are compared with Pillow's in `EqualityTests`.
@Suite struct TallPictureTests {
    @Test(arguments: [1, 3]) func everyRowComesToItsPlace(channels: Int) throws {
        let image = Image(
            width: 1, height: 300_000, channels: channels, pixels: (0..<300_000 * channels).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 / 11) })
        let bytes = try image.encodePNG()
        #expect(try Image.decode(bytes, DecodeOptions(mode: channels == 1 ? .grey : .rgb)) == image)
        #expect(throws: ImageError.self) { try Image.decode(Array(bytes.dropLast(bytes.count / 2))) }
    }
}
