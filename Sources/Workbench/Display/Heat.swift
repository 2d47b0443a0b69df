import Imaging
import Tensors

/// Numbers as colours, for filters, feature maps and matrices.
enum Heat {
    /// Blue below zero, white at zero, red above; `scale` is the number that is full colour.
    static func diverging(_ value: Float, scale: Float) -> [UInt8] {
        let share = scale > 0 && value.isFinite ? min(max(value / scale, -1), 1) : 0
        let full: [Float] = share < 0 ? [33, 102, 172] : [178, 24, 43]
        return full.map { UInt8(250 + ($0 - 250) * abs(share)) }
    }

    /// Dark violet over green to yellow, for numbers from 0 to 1 (after the map viridis, which reads the same in grey).
    static func sequential(_ value: Float) -> [UInt8] {
        let stops: [[Float]] = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]]
        let place = (value.isFinite ? min(max(value, 0), 1) : 0) * Float(stops.count - 1)
        let low = min(Int(place), stops.count - 2)
        let rest = place - Float(low)
        return (0..<3).map { UInt8(stops[low][$0] * (1 - rest) + stops[low + 1][$0] * rest) }
    }

    /// A plane of numbers as a picture, `side` pixels or so wide: each number a block of pixels.
    static func picture(_ values: [Float], width: Int, height: Int, side: Int = 0, color: (Float) -> [UInt8]) -> Image {
        let zoom = max(1, side / max(width, height, 1))
        var image = Image(width: max(width, 1) * zoom, height: max(height, 1) * zoom, channels: 3, fill: 255)
        for y in 0..<height {
            for x in 0..<width {
                let pixel = color(values[y * width + x])
                for dy in 0..<zoom { for dx in 0..<zoom { for channel in 0..<3 { image[x * zoom + dx, y * zoom + dy, channel] = pixel[channel] } } }
            }
        }
        return image
    }
}

/// The kernels of a convolution, or the rows of a matrix, as pictures.
struct FilterPictures {
    /// Output channels; one for a matrix.
    let count: Int
    private let weight: Tensor
    private let scale: Float

    init(_ weight: Tensor) {
        self.weight = weight
        count = weight.shape.rank == 4 ? weight.shape[0] : 1
        scale = weight.elements.reduce(0) { max($0, $1.isFinite ? abs($1) : 0) }
    }

    /// Whether a kernel reads colours and can be shown in them.
    var isColoured: Bool { weight.shape.rank == 4 && weight.shape[1] == 3 }

    /// The picture of an output channel: coloured where the kernel reads colours, else its kernels side by side, blue below zero and red above.
    func picture(_ channel: Int, side: Int) -> Image {
        guard weight.shape.rank == 4 else { return matrix(side: side) }
        // What isn't finite has no place between colours: it is drawn as a zero.
        let kernel = weight.entry(channel).elements.map { $0.isFinite ? $0 : 0 }
        let (inputs, height, width) = (weight.shape[1], weight.shape[2], weight.shape[3])
        if isColoured {
            let (low, high) = (kernel.min() ?? 0, kernel.max() ?? 1)
            let area = height * width
            var image = Image(width: width, height: height, channels: 3)
            for position in 0..<area {
                for color in 0..<3 {
                    // The difference of two floats can be more than a float holds.
                    let (value, least, most) = (Double(kernel[color * area + position]), Double(low), Double(high))
                    let share = most > least ? (value - least) / (most - least) : 0.5
                    image[position % width, position / width, color] = UInt8(min(max(share, 0), 1) * 255)
                }
            }
            return Heat.picture((0..<area).map(Float.init), width: width, height: height, side: side) { index in
                let position = Int(index)
                return (0..<3).map { image[position % width, position / width, $0] }
            }
        }
        // As square as can be, kernels divided by a line where they have room.
        let columns = max(1, Int(Double(inputs).squareRoot().rounded(.up)))
        let rows = (inputs + columns - 1) / columns
        let gap = height * width > 1 ? 1 : 0
        let size = (width: columns * (width + gap) - gap, height: rows * (height + gap) - gap)
        var values = [Float](repeating: .nan, count: size.width * size.height)
        for input in 0..<inputs {
            let (left, top) = (input % columns * (width + gap), input / columns * (height + gap))
            for y in 0..<height { for x in 0..<width { values[(top + y) * size.width + left + x] = kernel[(input * height + y) * width + x] } }
        }
        let own = max(kernel.reduce(0) { max($0, $1.isFinite ? abs($1) : 0) }, scale * 1e-3)
        return Heat.picture(values, width: size.width, height: size.height, side: side) { $0.isNaN ? [200, 200, 200] : Heat.diverging($0, scale: own) }
    }

    private func matrix(side: Int) -> Image {
        let width = weight.shape.rank == 2 ? weight.shape[1] : weight.count
        let height = weight.count / max(width, 1)
        return Heat.picture(weight.elements, width: width, height: height, side: side) { Heat.diverging($0, scale: scale) }
    }
}
