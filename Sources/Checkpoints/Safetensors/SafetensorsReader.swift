import FoundationEssentials
import Tensors

/// Reads the safetensors format: a 64-bit header length, a JSON header, and the elements in row-major, little-endian order.
///
/// Everything that the format promises is checked before any tensor is read: the header's length, the ranges against shapes and
/// the file's size, no overlaps, no holes (https://github.com/huggingface/safetensors, "Format").
struct SafetensorsReader {
    /// The format allows 100 MB; 16 MiB is enough for some hundred thousand tensors and bounds what a hostile header can cost.
    static let headerLimit: UInt64 = 16 << 20

    private let file: ReadableFile

    init(_ file: ReadableFile) { self.file = file }

    func read() throws(CheckpointError) -> StateDictionary {
        let (header, start) = try readHeader()
        let tensors = try layout(of: header, dataSize: file.size - start)
        var state = StateDictionary(metadata: header.metadata)
        for (name, type, shape, offset) in tensors {
            let source = TensorSource(file: file, offset: start + offset, type: type)
            state.set(.init(name: name, tensor: try source.tensor(shape, named: name), storedAs: type))
        }
        return state
    }

    private func readHeader() throws(CheckpointError) -> (SafetensorsHeader, dataStart: Int) {
        let lengthBytes = try file.read(at: 0, count: 8, for: "the header's length")
        let length = lengthBytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= Self.headerLimit else {
            throw .tooLarge(path: file.path, what: "the header", size: length, limit: Self.headerLimit)
        }
        let bytes = try file.read(at: 8, count: Int(length), for: "the header")
        guard bytes.first == UInt8(ascii: "{") else {
            throw .malformed(path: file.path, defect: "the header doesn't begin with {")
        }
        do {
            return (try JSONDecoder().decode(SafetensorsHeader.self, from: Data(bytes)), 8 + Int(length))
        } catch {
            throw .malformed(path: file.path, defect: "the header is no JSON of the expected form")
        }
    }

    /// The tensors in the order of their elements in the file, after all checks.
    private func layout(
        of header: SafetensorsHeader, dataSize: Int
    ) throws(CheckpointError) -> [(name: String, type: ElementType, shape: Shape, offset: Int)] {
        var result: [(name: String, type: ElementType, shape: Shape, offset: Int)] = []
        var end = 0
        let ordered = header.tensors.sorted {
            ($0.value.begin, $0.value.end, $0.key) < ($1.value.begin, $1.value.end, $1.key)
        }
        for (name, tensor) in ordered {
            guard let type = ElementType(safetensorsName: tensor.dtype) else {
                throw .unsupportedElements(path: file.path, tensor: name, type: tensor.dtype)
            }
            guard let count = elementCount(of: tensor.shape, atMost: dataSize) else {
                throw .malformed(path: file.path, defect: "\(name) has the shape \(tensor.shape), more than the file holds")
            }
            guard tensor.begin == end else {
                let what = tensor.begin < end ? "overlaps the tensor before it" : "leaves a hole before it"
                throw .malformed(path: file.path, defect: "\(name) \(what)")
            }
            let (size, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
            guard !overflow, tensor.end >= tensor.begin, tensor.end - tensor.begin == size else {
                throw .malformed(path: file.path, defect: "\(name) has a range that doesn't fit its shape and type")
            }
            guard tensor.end <= dataSize else {
                throw .truncated(
                    path: file.path, what: name, needed: UInt64(tensor.end), available: UInt64(max(0, dataSize)))
            }
            end = tensor.end
            result.append((name, type, Shape(tensor.shape), tensor.begin))
        }
        guard end == dataSize else {
            throw .malformed(path: file.path, defect: "\(dataSize - end) bytes after the last tensor belong to none")
        }
        return result
    }
}

/// The product of `dimensions`, or nil when one is negative or the product exceeds `limit` (which is above any true count).
func elementCount(of dimensions: [Int], atMost limit: Int) -> Int? {
    guard dimensions.count <= 64, dimensions.allSatisfy({ $0 >= 0 }) else { return nil }
    let isEmpty = dimensions.contains(0)
    var count = 1
    for dimension in dimensions {
        // Strides leave extents out: those of an empty tensor must not overflow either.
        let (product, overflow) = count.multipliedReportingOverflow(by: max(dimension, 1))
        guard !overflow, isEmpty || product <= limit else { return nil }
        count = product
    }
    return isEmpty ? 0 : count
}

/// The JSON header of a safetensors file.
struct SafetensorsHeader: Decodable {
    struct Tensor: Decodable {
        let dtype: String
        let shape: [Int]
        let begin: Int
        let end: Int

        enum CodingKeys: String, CodingKey {
            case dtype, shape
            case offsets = "data_offsets"
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            dtype = try container.decode(String.self, forKey: .dtype)
            shape = try container.decode([Int].self, forKey: .shape)
            let offsets = try container.decode([Int].self, forKey: .offsets)
            guard offsets.count == 2, offsets[0] >= 0, offsets[1] >= 0 else {
                throw DecodingError.dataCorruptedError(forKey: .offsets, in: container, debugDescription: "not two offsets")
            }
            (begin, end) = (offsets[0], offsets[1])
        }
    }

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    let tensors: [String: Tensor]
    let metadata: [String: String]

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Name.self)
        var tensors: [String: Tensor] = [:]
        var metadata: [String: String] = [:]
        for key in container.allKeys {
            if key.stringValue == "__metadata__" {
                metadata = try container.decode([String: String].self, forKey: key)
            } else {
                tensors[key.stringValue] = try container.decode(Tensor.self, forKey: key)
            }
        }
        self.tensors = tensors
        self.metadata = metadata
    }
}
