public import Tensors

extension TransformPipeline {
    /// Runs the pipeline with freshly drawn parameters; see `apply(_:_:into:)`.
    public func apply(
        _ image: Image, random: inout RandomSource, into tensor: UnsafeMutableBufferPointer<Float>
    ) throws(TransformError) {
        unsafe try apply(image, draw(for: image.size, &random), into: tensor)
    }

    /// Runs the pipeline on `image` with recorded parameters, writing (channels, height, width) floats to the start of `tensor`.
    /// - Throws: `TransformError`: parameters of another pipeline, a wrong number of elements or of channels.
    public func apply(
        _ image: Image, _ parameters: Parameters, into tensor: UnsafeMutableBufferPointer<Float>
    ) throws(TransformError) {
        guard parameters.count == transforms.count else {
            throw .parametersOfAnother(pipelineSteps: transforms.count, recorded: parameters.count)
        }
        let image = try pixels(image, parameters)
        let count = image.size.area * image.channels
        guard tensor.count == count else { throw .wrongCapacity(expected: count, given: tensor.count) }
        var steps = zip(transforms, parameters).filter { $0.0.stage == .tensor }[...]
        var levels = TensorLevels(channels: image.channels)
        if case (.normalize(let mean, let deviation), _)? = steps.first {
            try checkChannels("Normalize", mean.count, image.channels)
            levels = TensorLevels(channels: image.channels, mean: mean, standardDeviation: deviation)
            steps.removeFirst()
        }
        unsafe levels.write(image, to: tensor)
        for (transform, drawn) in steps {
            switch (transform, drawn) {
            case (.normalize(let mean, let deviation), _):
                try checkChannels("Normalize", mean.count, image.channels)
                unsafe normalize(tensor, image, mean, deviation)
            case (.randomErasing(_, _, _, let value), .erase(let region?, let noise)):
                guard region.isInside(image.size) || region.size.area == 0 else { continue }
                unsafe try erase(tensor, image, region, value, noise)
            default: break
            }
        }
    }

    /// The picture after all pixel transforms: what the network will see, before it becomes numbers.
    public func preview(_ image: Image, random: inout RandomSource) throws(TransformError) -> Image {
        try preview(image, draw(for: image.size, &random))
    }

    /// The picture after all pixel transforms, with recorded parameters.
    public func preview(_ image: Image, _ parameters: Parameters) throws(TransformError) -> Image {
        guard parameters.count == transforms.count else {
            throw .parametersOfAnother(pipelineSteps: transforms.count, recorded: parameters.count)
        }
        return try pixels(image, parameters)
    }

    private func pixels(_ image: Image, _ parameters: Parameters) throws(TransformError) -> Image {
        var image = image
        for (transform, drawn) in zip(transforms, parameters) where transform.stage == .pixels {
            image = try transform.applied(to: image, drawn)
        }
        return image
    }

    /// Checks that pictures of so many channels can take the pipeline: values are one for all channels, or one for each.
    public func validate(channels: Int) throws(TransformError) {
        // Whatever changes the channels stands before everything that has values for them.
        let channels = outputChannels(channels)
        for transform in transforms {
            switch transform {
            case .normalize(let mean, _): try checkChannels("Normalize", mean.count, channels)
            case .randomErasing(_, _, _, .values(let values)): try checkChannels("RandomErasing", values.count, channels)
            default: break
            }
        }
    }

    private func checkChannels(_ name: String, _ values: Int, _ channels: Int) throws(TransformError) {
        guard values == channels || values == 1 else {
            throw .wrongChannels(transform: name, values: values, channels: channels)
        }
    }

    private func normalize(
        _ tensor: UnsafeMutableBufferPointer<Float>, _ image: Image, _ mean: [Float], _ deviation: [Float]
    ) {
        let area = image.size.area
        for channel in 0..<image.channels {
            let (mean, deviation) = (mean[min(channel, mean.count - 1)], deviation[min(channel, deviation.count - 1)])
            for index in channel * area..<(channel + 1) * area { unsafe tensor[index] = (tensor[index] - mean) / deviation }
        }
    }

    private func erase(
        _ tensor: UnsafeMutableBufferPointer<Float>, _ image: Image, _ region: ImageRegion, _ value: ErasingValue,
        _ noise: UInt64
    ) throws(TransformError) {
        var source = RandomSource(seed: noise)
        for channel in 0..<image.channels {
            for y in region.top..<region.bottom {
                let line = (channel * image.height + y) * image.width
                for x in region.left..<region.right {
                    switch value {
                    case .random: unsafe tensor[line + x] = source.normal()
                    case .values(let values):
                        try checkChannels("RandomErasing", values.count, image.channels)
                        unsafe tensor[line + x] = values[min(channel, values.count - 1)]
                    }
                }
            }
        }
    }
}

/// The float of each of the 256 levels of each channel: v / 255, then (… − mean) / standard deviation, in single precision as torch
/// computes them.
struct TensorLevels {
    /// 256 floats a channel.
    let table: [Float]

    init(channels: Int, mean: [Float] = [], standardDeviation: [Float] = []) {
        table = (0..<channels).flatMap { channel in
            (0..<256).map { level in
                let share = Float(level) / 255
                guard !mean.isEmpty, !standardDeviation.isEmpty else { return share }
                return (share - mean[min(channel, mean.count - 1)])
                    / standardDeviation[min(channel, standardDeviation.count - 1)]
            }
        }
    }

    /// Writes interleaved pixels as planes of floats.
    func write(_ image: Image, to tensor: UnsafeMutableBufferPointer<Float>) {
        let area = image.size.area
        guard let out = tensor.baseAddress else { return }
        unsafe image.withPixels { pixels in
            guard let base = pixels.baseAddress else { return }
            unsafe table.withUnsafeBufferPointer { table in
                if image.channels == 3 {
                    for index in 0..<area {
                        let pixel = unsafe base + 3 &* index
                        unsafe out[index] = table[Int(pixel[0])]
                        unsafe out[area &+ index] = table[256 &+ Int(pixel[1])]
                        unsafe out[2 &* area &+ index] = table[512 &+ Int(pixel[2])]
                    }
                } else {
                    for index in 0..<area { unsafe out[index] = table[Int(base[index])] }
                }
            }
        }
    }
}
