// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "training-benchmark",
    dependencies: [.package(name: "thaw", path: "../..")],
    targets: [
        .executableTarget(
            name: "training-benchmark",
            dependencies: ["Execution", "Imaging", "Learning", "ModelZoo", "NeuralNetworks", "Tensors"].map { .product(name: $0, package: "thaw") }, path: "Sources",
            swiftSettings: [.swiftLanguageMode(.v6)])
    ]
)
