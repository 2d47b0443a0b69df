// swift-tools-version: 6.2
import PackageDescription

// Built by `run`, which has every module instrumented for coverage. Linked by lld: gold stumbles over the sanitizer.
let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "thaw", path: "../..")],
    targets: [
        .systemLibrary(name: "CFuzzer"),
        // The table reader is internal to Learning, and what is checked are the tests' own checks: those sources are linked in.
        .executableTarget(
            name: "fuzz",
            dependencies: ["CFuzzer", .product(name: "Imaging", package: "thaw"), .product(name: "Checkpoints", package: "thaw")],
            swiftSettings: [.swiftLanguageMode(.v6), .unsafeFlags(["-parse-as-library"])],
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-sanitize=address", "-use-ld=lld"])]),
    ]
)
