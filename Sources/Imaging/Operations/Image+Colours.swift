extension Image {
    /// Three channels: grey is repeated.
    public func rgb() -> Image {
        guard channels == 1 else { return self }
        return unsafe Image(width: width, height: height, channels: 3) { out in
            unsafe withPixels { pixels in
                for index in 0..<pixels.count {
                    let value = unsafe pixels[index]
                    unsafe out[3 * index] = value
                    unsafe out[3 * index + 1] = value
                    unsafe out[3 * index + 2] = value
                }
            }
        }
    }

    /// One channel: ITU-R 601 luma in 16-bit fixed point, (19595 R + 38470 G + 7471 B + 32768) / 65536, as Pillow's `convert("L")`.
    public func grey() -> Image {
        guard channels == 3 else { return self }
        return unsafe Image(width: width, height: height, channels: 1) { out in
            unsafe withPixels { pixels in
                for index in 0..<(pixels.count / 3) {
                    unsafe out[index] = luma(pixels[3 * index], pixels[3 * index + 1], pixels[3 * index + 2])
                }
            }
        }
    }
}

@inline(__always)
func luma(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8 {
    UInt8(truncatingIfNeeded: (19595 &* UInt32(red) &+ 38470 &* UInt32(green) &+ 7471 &* UInt32(blue) &+ 0x8000) >> 16)
}
