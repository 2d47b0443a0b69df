// swift-tools-version: 6.2
import PackageDescription

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

// MARK: - What this machine offers

/// oneDNN is optional: without its headers the `onednn` backend reports itself as unavailable.
/// `THAW_ONEDNN_ROOT` points at another installation (`include/`, `lib/`); `THAW_WITHOUT_ONEDNN=1` leaves it out.
let environment = ProcessInfo.processInfo.environment
let oneDNNRoot = environment["THAW_ONEDNN_ROOT"]
let hasOneDNN =
    environment["THAW_WITHOUT_ONEDNN"] != "1"
    && FileManager.default.fileExists(atPath: (oneDNNRoot ?? "/usr") + "/include/oneapi/dnnl/dnnl.h")

func hasHeader(_ path: String) -> Bool {
    environment["THAW_MINIMAL_CODECS"] != "1"
        && (FileManager.default.fileExists(atPath: "/usr/include/\(path)")
            || FileManager.default.fileExists(atPath: "/usr/include/x86_64-linux-gnu/\(path)")
            || FileManager.default.fileExists(atPath: "/usr/include/aarch64-linux-gnu/\(path)"))
}
let hasWebP = hasHeader("webp/decode.h")
let hasTIFF = hasHeader("tiffio.h")
let hasGIF = hasHeader("gif_lib.h")

// MARK: - Settings shared by every Swift target

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// Numeric modules are optimised in debug builds too: tests of training would crawl otherwise.
let numeric: [SwiftSetting] = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

func module(_ name: String, _ dependencies: [Target.Dependency], settings: [SwiftSetting] = strict) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(of name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies,
        exclude: FileManager.default.fileExists(atPath: "Tests/\(name)Tests/Fixtures") ? ["Fixtures"] : [],
        swiftSettings: [.swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny")])
}

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

// MARK: - The package

// `THAW_MODULES=Imaging,Learning swift test` at work on a part: see the end of this file.
let package = Package(
    name: "thaw",
    products: [
        .executable(name: "thaw", targets: ["thaw"]),
        // For Benchmarks/, which are packages of their own.
        .library(name: "Imaging", targets: ["Imaging"]), .library(name: "Tensors", targets: ["Tensors"]),
        .library(name: "Execution", targets: ["Execution"]), .library(name: "ModelZoo", targets: ["ModelZoo"]),
        .library(name: "NeuralNetworks", targets: ["NeuralNetworks"]), .library(name: "Learning", targets: ["Learning"]), .library(name: "Checkpoints", targets: ["Checkpoints"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    ],
    targets: [
        // C libraries: the only doors to C.
        .systemLibrary(name: "CZeroMQ"),
        .systemLibrary(name: "COpenBLAS"),
        .target(
            name: "COneDNN",
            cxxSettings: [.define("THAW_HAS_ONEDNN", to: hasOneDNN ? "1" : "0")]
                + (oneDNNRoot.map { [.unsafeFlags(["-I\($0)/include"])] } ?? []),
            linkerSettings: (hasOneDNN ? [.linkedLibrary("dnnl")] : [])
                + (oneDNNRoot.map { [.unsafeFlags(["-L\($0)/lib"])] } ?? [])),
        .target(
            name: "CImageCodecs",
            cSettings: [
                .define("THAW_HAS_WEBP", to: hasWebP ? "1" : "0"),
                .define("THAW_HAS_TIFF", to: hasTIFF ? "1" : "0"),
                .define("THAW_HAS_GIF", to: hasGIF ? "1" : "0"),
            ],
            linkerSettings: [.linkedLibrary("jpeg"), .linkedLibrary("png")]
                + (hasWebP ? [.linkedLibrary("webp")] : [])
                + (hasTIFF ? [.linkedLibrary("tiff")] : [])
                + (hasGIF ? [.linkedLibrary("gif")] : [])),

        // Jupyter: knows nothing of images or learning.
        module("ZeroMQ", ["CZeroMQ"]),
        module("JupyterProtocol", [crypto]),
        module("JupyterKernel", ["JupyterProtocol", "ZeroMQ", "Presentation", logging]),

        // The language and its display: know nothing of learning or Jupyter.
        module("Presentation", []),
        module("CommandLanguage", ["Presentation"]),

        // Learning: knows nothing of commands.
        module("Tensors", [], settings: numeric),
        module("NeuralNetworks", ["Tensors"], settings: numeric),
        module("Execution", ["NeuralNetworks", "Tensors", "COpenBLAS", "COneDNN"], settings: numeric),
        module("Checkpoints", ["NeuralNetworks", "Tensors", crypto], settings: numeric),
        module("ModelZoo", ["Checkpoints", "NeuralNetworks", "Tensors"]),
        module("Imaging", ["Tensors", "CImageCodecs"], settings: numeric),
        module(
            "Learning", ["Imaging", "ModelZoo", "Checkpoints", "Execution", "NeuralNetworks", "Tensors"],
            settings: numeric),

        // Where they meet.
        module(
            "Workbench",
            [
                "CommandLanguage", "Presentation", "Learning", "Imaging", "ModelZoo", "Checkpoints", "Execution",
                "NeuralNetworks", "Tensors",
            ]),
        .executableTarget(
            name: "thaw",
            dependencies: [
                "JupyterKernel", "JupyterProtocol", "Workbench", "CommandLanguage", "Presentation", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        tests(of: "ZeroMQ"),
        tests(of: "JupyterProtocol"),
        tests(of: "JupyterKernel", ["JupyterProtocol", "ZeroMQ", "Presentation"]),
        tests(of: "Presentation"),
        tests(of: "CommandLanguage", ["Presentation"]),
        tests(of: "Tensors"),
        tests(of: "NeuralNetworks", ["Tensors"]),
        tests(of: "Execution", ["NeuralNetworks", "Tensors"]),
        tests(of: "Checkpoints", ["NeuralNetworks", "Tensors"]),
        tests(of: "ModelZoo", ["Checkpoints", "Execution", "NeuralNetworks", "Tensors"]),
        tests(of: "Imaging", ["Tensors"]),
        tests(of: "Learning", ["Imaging", "ModelZoo", "Checkpoints", "Execution", "NeuralNetworks", "Tensors"]),
        tests(
            of: "Workbench",
            ["CommandLanguage", "Presentation", "Learning", "Imaging", "ModelZoo", "NeuralNetworks", "Tensors"]),
        // The program as its kernel serves it, over the kernel tests' own bench (linked into Support).
        tests(of: "thaw", ["ModelZoo", "JupyterKernel", "JupyterProtocol", "Workbench", "CommandLanguage", "Presentation"]),
    ],
    cxxLanguageStandard: .cxx17
)

// MARK: - A part of it

/// `THAW_MODULES=Imaging,Learning` keeps those modules, what they import, and their tests: for quick turns while working on them.
if let wanted = environment["THAW_MODULES"]?.split(separator: ",").map(String.init), !wanted.isEmpty {
    func imports(of target: Target) -> [String] {
        target.dependencies.compactMap { if case .byNameItem(let name, _) = $0 { name } else { nil } }
    }
    var kept = Set(wanted + wanted.map { "\($0)Tests" })
    var fresh = kept
    while !fresh.isEmpty {
        fresh = Set(package.targets.filter { fresh.contains($0.name) }.flatMap(imports)).subtracting(kept)
        kept.formUnion(fresh)
    }
    package.targets.removeAll { !kept.contains($0.name) }
    package.products.removeAll { !kept.contains($0.name) }
}
