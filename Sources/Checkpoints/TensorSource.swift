import Tensors

/// Elements in a file: where they begin and of which type they are. Turns them into row-major `Float` tensors.
struct TensorSource {
    let file: ReadableFile
    /// The position of the first element in the file, in bytes.
    let offset: Int
    let type: ElementType

    /// A tensor of `shape` whose elements lie in row-major order from `offset` on.
    ///
    /// `Float` elements are read straight into the tensor; other types pass through a buffer of at most 1 MiB.
    func tensor(_ shape: Shape, named name: String) throws(CheckpointError) -> Tensor {
        let count = shape.elementCount
        let (size, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
        guard !overflow, offset >= 0, offset <= file.size, size <= file.size - offset else {
            throw .truncated(
                path: file.path, what: name, needed: UInt64(clamping: size),
                available: UInt64(clamping: file.size - offset))
        }
        var failure: CheckpointError?
        let tensor = unsafe Tensor(uninitialized: shape) { buffer in
            do throws(CheckpointError) {
                if type == .float32 {
                    try unsafe file.read(at: offset, into: UnsafeMutableRawBufferPointer(buffer), for: name)
                } else {
                    try unsafe convert(into: buffer, named: name)
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return tensor
    }

    /// A tensor of `shape` whose element at index i lies at Σ iₖ·stridesₖ elements after `offset`.
    ///
    /// The caller has checked that `span`, the number of elements between the first and the last inclusive, lies in the file.
    func tensor(_ shape: Shape, strides: [Int], span: Int, named name: String) throws(CheckpointError) -> Tensor {
        if shape.elementCount == 0 { return Tensor(zeros: shape) }
        // An axis of extent 1 is never stepped along, so its stride doesn't matter: it may be any number, however large.
        let strides = zip(shape.dimensions, strides).map { $0 == 1 ? 0 : $1 }
        let isRowMajor = zip(shape.dimensions, zip(strides, shape.rowMajorStrides))
            .allSatisfy { $0 == 1 || $1.0 == $1.1 }
        if isRowMajor { return try tensor(shape, named: name) }
        let bytes = try file.read(at: offset, count: span * type.byteCount, for: name)
        return unsafe bytes.withUnsafeBytes { raw in
            unsafe Tensor(uninitialized: shape) { buffer in
                unsafe type.gather(from: raw, shape: shape.dimensions, strides: strides, into: buffer)
            }
        }
    }

    private func convert(into buffer: UnsafeMutableBufferPointer<Float>, named name: String) throws(CheckpointError) {
        let pieceCount = (1 << 20) / type.byteCount
        var done = 0
        while done < buffer.count {
            let count = min(pieceCount, buffer.count - done)
            let bytes = try file.read(at: offset + done * type.byteCount, count: count * type.byteCount, for: name)
            unsafe bytes.withUnsafeBytes { raw in
                unsafe type.gather(
                    from: raw, shape: [count], strides: [1],
                    into: UnsafeMutableBufferPointer(rebasing: buffer[done..<(done + count)]))
            }
            done += count
        }
    }
}

extension ElementType {
    /// Reads the elements at all indices of `shape`, in row-major order, from little-endian `raw` and writes them as `Float`.
    func gather(
        from raw: UnsafeRawBufferPointer, shape: [Int], strides: [Int], into buffer: UnsafeMutableBufferPointer<Float>
    ) {
        // One specialised loop a type: the conversion is inlined into it.
        switch self {
        case .float32: unsafe walk(raw, shape, strides, buffer) { Float(bitPattern: UInt32(littleEndian: $0)) }
        case .float64: unsafe walk(raw, shape, strides, buffer) { Float(Double(bitPattern: UInt64(littleEndian: $0))) }
        case .float16: unsafe walk(raw, shape, strides, buffer) { Float(Float16(bitPattern: UInt16(littleEndian: $0))) }
        case .bfloat16:
            unsafe walk(raw, shape, strides, buffer) { Float(bitPattern: UInt32(UInt16(littleEndian: $0)) << 16) }
        case .int64: unsafe walk(raw, shape, strides, buffer) { Float(Int64(littleEndian: $0)) }
        case .int32: unsafe walk(raw, shape, strides, buffer) { Float(Int32(littleEndian: $0)) }
        case .int16: unsafe walk(raw, shape, strides, buffer) { Float(Int16(littleEndian: $0)) }
        case .int8: unsafe walk(raw, shape, strides, buffer) { (value: Int8) in Float(value) }
        case .uint64: unsafe walk(raw, shape, strides, buffer) { Float(UInt64(littleEndian: $0)) }
        case .uint32: unsafe walk(raw, shape, strides, buffer) { Float(UInt32(littleEndian: $0)) }
        case .uint16: unsafe walk(raw, shape, strides, buffer) { Float(UInt16(littleEndian: $0)) }
        case .uint8: unsafe walk(raw, shape, strides, buffer) { (value: UInt8) in Float(value) }
        case .bool: unsafe walk(raw, shape, strides, buffer) { (value: UInt8) in value == 0 ? 0 : 1 }
        }
    }

    @inline(__always) private func walk<Element: BitwiseCopyable>(
        _ raw: UnsafeRawBufferPointer, _ shape: [Int], _ strides: [Int], _ buffer: UnsafeMutableBufferPointer<Float>,
        _ convert: (Element) -> Float
    ) {
        let innerCount = shape.last ?? 1
        let innerStride = (strides.last ?? 1) * MemoryLayout<Element>.size
        var index = [Int](repeating: 0, count: max(0, shape.count - 1))
        var position = 0
        var written = 0
        while written < buffer.count {
            for i in 0..<innerCount {
                unsafe buffer[written + i] = convert(
                    raw.loadUnaligned(fromByteOffset: position + i * innerStride, as: Element.self))
            }
            written += innerCount
            // The odometer: step the last of the outer axes, carrying over to the one before it.
            var axis = index.count - 1
            while axis >= 0 {
                index[axis] += 1
                position += strides[axis] * MemoryLayout<Element>.size
                if index[axis] < shape[axis] { break }
                position -= index[axis] * strides[axis] * MemoryLayout<Element>.size
                index[axis] = 0
                axis -= 1
            }
        }
    }
}
