public import Imaging
import Tensors

extension DatasetPart {
    /// The pictures of this part under a pipeline of one's own.
    public func source(under pipeline: TransformPipeline) -> PictureSource {
        PictureSource(samples: Array(self), split: split, pipeline: pipeline, decoding: dataset.decoding, cache: nil)
    }
}

extension PictureSource {
    /// The picture at an index as the network will see it in an epoch, with normalisation undone: what is erased or blurred shows,
    /// and numbers outside of 0…1 are cut off there.
    ///
    /// - Returns: a picture of the pipeline's final size.
    /// - Throws: ``LearningError``: there is no such picture, it can't be read, or the pipeline can't take it.
    public func seen(at index: Int, epoch: Int = 1, seed: UInt64 = 0) throws(LearningError) -> Image {
        guard samples.indices.contains(index) else { throw .noSuchSample(index: index, count: count) }
        do {
            let tensor = try tensor(at: index, epoch: epoch, seed: seed)
            var levels = tensor.elements
            pipeline.denormalize(&levels, channels: tensor.shape[0])
            return Image(planes: levels, channels: tensor.shape[0], width: tensor.shape[2], height: tensor.shape[1])
        } catch { throw LearningError(picture: error, path: samples[index].path) }
    }
}

extension Image {
    /// A picture of planes of numbers from 0 to 1.
    init(planes: [Float], channels: Int, width: Int, height: Int) {
        let area = width * height
        var pixels = [UInt8](repeating: 0, count: area * channels)
        for channel in 0..<channels {
            for index in 0..<area {
                let level = (planes[channel * area + index] * 255).rounded()
                pixels[index * channels + channel] = level >= 255 ? 255 : level > 0 ? UInt8(level) : 0
            }
        }
        self.init(width: width, height: height, channels: channels, pixels: pixels)
    }
}
