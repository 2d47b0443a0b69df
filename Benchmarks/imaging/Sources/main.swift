// Serves `run`: for each work named on standard input it goes once over the pictures and prints the seconds.
// Usage: imaging-benchmark FILE…
import Foundation
import Imaging
import Tensors

let paths = Array(CommandLine.arguments.dropFirst())
let files = paths.compactMap { try? [UInt8](Data(contentsOf: URL(filePath: $0))) }
guard !files.isEmpty, files.count == paths.count else {
    FileHandle.standardError.write(Data("usage: imaging-benchmark FILE…, all of them readable\n".utf8))
    exit(2)
}
let side = ImageSize(side: 224)
let train = try TransformPipeline([.randomResizedCrop(side), .randomHorizontalFlip(), .toTensor, .normalizeImageNet])
let val = try TransformPipeline([.resize(.shortSide(256)), .centerCrop(side), .toTensor, .normalizeImageNet])
let decoded = try files.map { try Image.decode($0) }
var tensor = [Float](repeating: 0, count: 3 * 224 * 224)
var checksum: Float = 0
var pass = 0

@MainActor func run(_ pipeline: TransformPipeline) throws {
    for (index, bytes) in files.enumerated() {
        var random = RandomSource(seed: 1, pass, index)
        let (image, parameters) = try pipeline.decode(bytes, random: &random)
        try tensor.withUnsafeMutableBufferPointer { try pipeline.apply(image, parameters, into: $0) }
        checksum += tensor[index % tensor.count]
    }
}

while let work = readLine() {
    pass += 1
    let start = ContinuousClock.now
    switch work {
    case "train": try run(train)
    case "val": try run(val)
    case "decode":
        for bytes in files { checksum += Float(try Image.decode(bytes)[0, 0, 0]) }
    case "resize":
        for image in decoded { checksum += Float(image.resized(to: side)[0, 0, 0]) }
    case "bicubic":
        for image in decoded { checksum += Float(image.resized(to: side, interpolation: .bicubic)[0, 0, 0]) }
    default: print("unknown work")
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    print(seconds, checksum.isNaN ? "nan" : "")
    fflush(nil)
}
