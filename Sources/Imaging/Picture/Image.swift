/// A picture of 8-bit pixels, red, green and blue interleaved (or grey alone), rows from top to bottom without padding.
///
/// Images are values: copies share their pixels until one of them is written to.
public struct Image: Sendable, Equatable {
    public let width: Int
    public let height: Int
    /// 3 for RGB, 1 for grey.
    public let channels: Int
    /// `height * width * channels` bytes; the pixel at (x, y) starts at `(y * width + x) * channels`.
    public private(set) var pixels: [UInt8]

    public var size: ImageSize { ImageSize(width: width, height: height) }

    /// An image whose every byte is `fill`.
    public init(width: Int, height: Int, channels: Int = 3, fill: UInt8 = 0) {
        self.init(width: width, height: height, channels: channels, pixels: [UInt8](repeating: fill, count: width * height * channels))
    }

    /// An image of one colour: `fill` has as many elements as the image has channels.
    public init(width: Int, height: Int, fill: [UInt8]) {
        var pixels = [UInt8]()
        pixels.reserveCapacity(width * height * fill.count)
        for _ in 0..<(width * height) { pixels.append(contentsOf: fill) }
        self.init(width: width, height: height, channels: fill.count, pixels: pixels)
    }

    /// An image from its bytes, whose number must be `width * height * channels`.
    public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
        precondition(channels == 1 || channels == 3, "an image has 1 or 3 channels")
        precondition(width >= 0 && height >= 0 && pixels.count == width * height * channels, "pixels fit the size")
        self.width = width
        self.height = height
        self.channels = channels
        self.pixels = pixels
    }

    /// An image whose bytes `body` writes, every one of them.
    init<Failure: Error>(
        width: Int, height: Int, channels: Int,
        writing body: (UnsafeMutablePointer<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        let count = width * height * channels
        var failure: Failure?
        let pixels = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            // An empty image has no address to write to.
            guard count > 0, let start = buffer.baseAddress else { return }
            do throws(Failure) {
                try unsafe body(start)
                initialized = count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        self.init(width: width, height: height, channels: channels, pixels: pixels)
    }

    /// The bytes of the pixel at (`x`, `y`): `channels` of them.
    public subscript(x: Int, y: Int) -> ArraySlice<UInt8> {
        let start = (y * width + x) * channels
        return pixels[start..<start + channels]
    }

    /// One byte of one pixel.
    public subscript(x: Int, y: Int, channel: Int) -> UInt8 {
        get { pixels[(y * width + x) * channels + channel] }
        set { pixels[(y * width + x) * channels + channel] = newValue }
    }

    /// Calls `body` with all bytes for reading.
    public func withPixels<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe pixels.withUnsafeBufferPointer(body)
    }

    /// Calls `body` with all bytes for reading and writing.
    public mutating func withMutablePixels<Result, Failure: Error>(
        _ body: (UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var failure: Failure?
        let result: Result? = unsafe pixels.withUnsafeMutableBufferPointer { buffer in
            do throws(Failure) { return try unsafe body(buffer) } catch {
                failure = error
                return nil
            }
        }
        if let failure { throw failure }
        // Without a failure there is a result.
        return unsafe result.unsafelyUnwrapped
    }
}
