import Foundation
import Imaging
import Testing

struct ExpectedFile: Decodable, Sendable {
    var error: String?
    var size, uprightSize: [Int]?
    var rgb, grey, upright: UInt32?
    var orientation: Int?
}

/// The name of an error's case.
func caseName(_ error: ImageError) -> String {
    switch error {
    case .inFile(_, let inner): caseName(inner)
    case .empty: "empty"
    default: Mirror(reflecting: error).children.first?.label ?? ""
    }
}

@Suite struct FileTests {
    static let files = (try? Fixture.decode([String: ExpectedFile].self, "files.json")) ?? [:]

    @Test func thereAreOddFilesEnough() {
        #expect(Self.files.values.count { $0.error == nil } >= 40)
        #expect(Self.files.values.count { $0.error != nil } >= 10)
    }

    @Test(arguments: files.keys.sorted()) func decodesAsPillow(name: String) throws {
        let expected = try #require(Self.files[name])
        let bytes = try Fixture.bytes(name)
        if let error = expected.error {
            let thrown = #expect(throws: ImageError.self) { try Image.decode(bytes) }
            #expect(thrown.map(caseName) == error, "\(String(describing: thrown))")
            return
        }
        let header = try ImageHeader.read(bytes)
        guard header.format.isBuiltIn else { return }
        let size = header.size(.ignore)
        #expect([size.width, size.height] == expected.size)
        // Pillow has turned TIFF pictures already, and says so.
        #expect(header.orientation.rawValue == expected.orientation || header.format == .tiff)
        let rgb = try Image.decode(bytes)
        #expect([rgb.width, rgb.height] == expected.size)
        #expect(rgb.withPixels { crc($0) } == expected.rgb, "RGB")
        #expect(try Image.decode(bytes, DecodeOptions(mode: .grey)).withPixels { crc($0) } == expected.grey, "L")
        let upright = try Image.decode(bytes, DecodeOptions(exif: .apply))
        #expect([upright.width, upright.height] == expected.uprightSize)
        #expect(upright.withPixels { crc($0) } == expected.upright, "upright")
    }

    @Test func regionsEqualFullDecodes() throws {
        for (name, expected) in Self.files where expected.error == nil {
            let bytes = try Fixture.bytes(name)
            let header = try ImageHeader.read(bytes)
            guard header.format.isBuiltIn else { continue }
            for exif in DecodeOptions.Orientation.allCases {
                let size = header.size(exif)
                let whole = try Image.decode(bytes, DecodeOptions(exif: exif))
                for (left, top) in [(0, 0), (1, 1), (size.width / 2, size.height / 3), (size.width - 1, size.height - 1)] {
                    for (width, height) in [(1, 1), (size.width - left, 3), (9, size.height - top)] {
                        let region = ImageRegion(left: left, top: top, width: width, height: height)
                        guard region.isInside(size) else { continue }
                        let part = try Image.decode(bytes, DecodeOptions(exif: exif, region: region))
                        #expect(part == whole.cropped(to: region), "\(name) \(region)")
                    }
                }
            }
        }
    }

    /// Every region of a larger picture: blocks, margins and colour subsampling in all phases.
    @Test(arguments: [true, false]) func manyRegionsOfALargeJPEG(subsampled: Bool) throws {
        let bytes = try Fixture.picture(211, 173, 3, "smooth").encodeJPEG(quality: 80, subsampled: subsampled)
        let whole = try Image.decode(bytes)
        for step in 0..<400 {
            let left = step * 37 % 190
            let top = step * 53 % 160
            let region = ImageRegion(
                left: left, top: top, width: 1 + step * 29 % (211 - left), height: 1 + step * 31 % (173 - top))
            #expect(try Image.decode(bytes, DecodeOptions(region: region)) == whole.cropped(to: region), "\(region)")
        }
    }

    @Test func scaledDecodesKeepTheShortSide() throws {
        let bytes = try Fixture.picture(400, 300, 3, "smooth").encodeJPEG()
        for (side, size) in [(300, (400, 300)), (150, (200, 150)), (100, (200, 150)), (70, (100, 75)), (9, (50, 38))] {
            let image = try Image.decode(bytes, DecodeOptions(minimumSide: side))
            #expect((image.width, image.height) == size)
        }
    }

    @Test func errorsNameTheFileAndTheWayOut() throws {
        let missing = #expect(throws: ImageError.self) { try Image.decode(path: "/nonexistent/a.jpg") }
        #expect(missing.map { "\($0)" }?.hasPrefix("/nonexistent/a.jpg: the file can't be read") == true)
        let folder = #expect(throws: ImageError.self) { try ImageHeader.read(path: "/") }
        #expect(folder.map { "\($0)" }?.contains("not a regular file") == true)
        // A pipe that nobody writes to is refused, not waited for.
        let pipe = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).jpg").path
        #expect(mkfifo(pipe, 0o600) == 0)
        defer { try? FileManager.default.removeItem(atPath: pipe) }
        let endless = #expect(throws: ImageError.self) { try Image.decode(path: pipe) }
        #expect(endless.map { "\($0)" }?.contains("not a regular file") == true)
        let page = #expect(throws: ImageError.self) { try Image.decode(Array("<html>".utf8)) }
        #expect(page.map { "\($0)" }?.contains("a web page") == true)
        let small = DecodeOptions(maximumPixels: 10)
        let large = #expect(throws: ImageError.self) { try Image.decode(Fixture.picture(4, 4, 3, "noise").encodePNG(), small) }
        #expect(large == .tooManyPixels(ImageSize(width: 4, height: 4), limit: 10))
    }
}
