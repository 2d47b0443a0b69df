import COneDNN
import NeuralNetworks
import Tensors
import Testing

@testable import Execution

/// Primitives that run by themselves, outside of any plan.
enum Primitives {
    /// Whether this processor may have the shim's own convolutions: with wide registers oneDNN's serve, and others have only the portable ones.
    static var mayHaveOwnConvolutions: Bool {
        #if arch(x86_64)
            thaw_block_width() == 8
        #else
            false
        #endif
    }

    /// An argument of a primitive that ran, row-major.
    static func value(_ primitive: Primitive, _ role: thaw_role, _ arena: Arena, _ dimensions: [Int]) throws -> [Float] {
        let layout = try #require(primitive.layout(role))
        let plain = Arena(count: dimensions.reduce(1, *))
        let reorder = try Primitive.reorder(from: layout, to: try Layout.plain(dimensions))
        unsafe reorder.bind(THAW_SOURCE, arena.pointer(at: 0))
        unsafe reorder.bind(THAW_TARGET, plain.pointer(at: 0))
        reorder.run()
        return (0..<dimensions.reduce(1, *)).map { unsafe plain.base[$0] }
    }

    /// Binds what is given, and memory for the rest; runs.
    static func run(_ primitive: Primitive, _ given: [(thaw_role, Tensor, Layout?)], result: thaw_role, also: thaw_role? = nil) throws -> [thaw_role.RawValue: Arena] {
        var arenas: [thaw_role.RawValue: Arena] = [:]
        for role in [result, also, THAW_SCRATCH].compactMap(\.self) { arenas[role.rawValue] = Arena(count: (primitive.byteCount(role) + 3) / 4) }
        for (role, tensor, plain) in given {
            arenas[role.rawValue] = try InferenceProgram.packed(tensor, from: plain, to: plain.flatMap { _ in primitive.layout(role) })
        }
        for (role, arena) in arenas { unsafe primitive.bind(Int(role), arena.pointer(at: 0)) }
        #expect(primitive.run())
        return arenas
    }

    /// Expects what was found within rounding of what is wanted.
    static func expect(_ found: [Float], _ wanted: [Double], _ label: String, sourceLocation: SourceLocation = #_sourceLocation) {
        let scale = wanted.reduce(1e-3) { max($0, abs($1)) }
        let worst = zip(found, wanted).reduce(0) { max($0, abs(Double($1.0) - $1.1)) } / scale
        // A maximum passes over what is not a number.
        let isFinite = found.allSatisfy(\.isFinite)
        #expect(found.count == wanted.count && isFinite && worst < 5e-5, "\(label): \(worst)", sourceLocation: sourceLocation)
    }
}
