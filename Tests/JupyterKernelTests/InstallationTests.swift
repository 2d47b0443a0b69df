import Foundation
import JupyterProtocol
import Testing

@testable import JupyterKernel

@Suite struct InstallationTests {
    private let prefix = FileManager.default.temporaryDirectory.appending(path: "prefix-\(UUID().uuidString)")

    @Test func writesAFolderThatJupyterReads() throws {
        defer { try? FileManager.default.removeItem(at: prefix) }
        let specification = KernelSpecification(
            name: "toy", displayName: "Toy", language: "toy", arguments: ["/bin/toy", "{connection_file}"],
            files: [("logo-svg.svg", Array("<svg/>".utf8))])
        let folder = prefix.appending(path: "share/jupyter/kernels/toy").path
        // Twice: what stands there is replaced.
        for _ in 0..<2 { #expect(try specification.install(at: .prefix(prefix.path)) == folder) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["kernel.json", "logo-svg.svg"])
        let json = try JSON(parsing: Array(try Data(contentsOf: URL(fileURLWithPath: folder + "/kernel.json"))))
        #expect(
            json == [
                "argv": ["/bin/toy", "{connection_file}"], "display_name": "Toy", "language": "toy", "interrupt_mode": "message",
                "metadata": ["supported_encryption": ["curve"]], "kernel_protocol_version": "5.6.0",
            ])
    }

    @Test func saysWhereItCannotWrite() {
        let specification = KernelSpecification(name: "toy", displayName: "Toy", language: "toy", arguments: [], files: [])
        do {
            try specification.install(at: .prefix("/proc/nowhere"))
            Issue.record("it wrote into /proc")
        } catch {
            #expect(error.description.contains("/proc/nowhere"))
        }
    }
}
