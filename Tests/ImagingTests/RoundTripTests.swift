import Imaging
import Testing

@Suite struct RoundTripTests {
    @Test(arguments: [(1, 1, 3), (7, 5, 3), (33, 9, 1)])
    func pngKeepsEveryByte(width: Int, height: Int, channels: Int) throws {
        let image = Image(
            width: width, height: height, channels: channels,
            pixels: (0..<width * height * channels).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 / 11) })
        let bytes = try image.encodePNG()
        let header = try ImageHeader.read(bytes)
        #expect(header.size == image.size)
        #expect(try Image.decode(bytes, DecodeOptions(mode: channels == 1 ? .grey : .rgb)) == image)
    }
}
