// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "imaging-benchmark",
    dependencies: [.package(name: "thaw", path: "../..")],
    targets: [
        .executableTarget(
            name: "imaging-benchmark", dependencies: [.product(name: "Imaging", package: "thaw"), .product(name: "Tensors", package: "thaw")], path: "Sources",
            swiftSettings: [.swiftLanguageMode(.v6)])
    ]
)
