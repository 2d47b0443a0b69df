// swift-tools-version: 6.2
import PackageDescription

// Built by `run` with every module instrumented for coverage; the fuzzer's library has the main function.
let fuzzed: [SwiftSetting] = [.swiftLanguageMode(.v6), .unsafeFlags(["-parse-as-library"])]
let linked: [LinkerSetting] = [.unsafeFlags(["-sanitize=fuzzer"])]
let imaging: [Target.Dependency] = [.product(name: "Imaging", package: "thaw")]

let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "thaw", path: "../..")],
    targets: [
        .executableTarget(name: "FuzzJPEG", dependencies: imaging, swiftSettings: fuzzed, linkerSettings: linked),
        .executableTarget(name: "FuzzPNG", dependencies: imaging, swiftSettings: fuzzed, linkerSettings: linked),
        .executableTarget(
            name: "FuzzCheckpoints", dependencies: [.product(name: "Checkpoints", package: "thaw")], swiftSettings: fuzzed, linkerSettings: linked),
        // The table reader is internal to Learning: its source is linked in, so that nothing else has to be built.
        .executableTarget(name: "FuzzCSV", swiftSettings: fuzzed, linkerSettings: linked),
    ]
)
