import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// An HTTP server on this machine that serves one file and breaks off as it is told to: for tests of downloads.
final class LameServer: Sendable {
    /// How a request is answered: bytes of the content after which the connection is closed; whether ranges are understood.
    struct Manners: Sendable {
        var breakAfter: [Int?]
        var understandsRanges = true
    }

    let port: UInt16
    private let descriptor: Int32
    private let log = Mutex<[Int]>([])

    /// The first byte that each request asked for, in order.
    var requests: [Int] { log.withLock { $0 } }
    var address: String { "http://127.0.0.1:\(port)/file.bin" }

    init(content: [UInt8], manners: Manners) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard bound == 0, listen(descriptor, 8) == 0 else { throw POSIXError(.EADDRINUSE) }
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        port = UInt16(bigEndian: address.sin_port)
        self.descriptor = descriptor
        Thread.detachNewThread { [self] in serve(content, manners) }
    }

    /// Refuses whoever comes from now on. The thread closes the descriptor: closed here, its number could be another file's while the thread still uses it.
    func stop() {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    private func serve(_ content: [UInt8], _ manners: Manners) {
        var number = 0
        while true {
            let client = accept(descriptor, nil, nil)
            guard client >= 0 else {
                if errno == EINTR || errno == ECONNABORTED { continue }
                close(descriptor)
                return
            }
            var request = ""
            var buffer = [UInt8](repeating: 0, count: 4096)
            while !request.contains("\r\n\r\n") {
                let count = read(client, &buffer, buffer.count)
                guard count > 0 else { break }
                request += String(decoding: buffer[..<count], as: UTF8.self)
            }
            var first = 0
            if let range = request.range(of: "bytes=") { first = Int(request[range.upperBound...].prefix { $0.isNumber }) ?? 0 }
            log.withLock { $0.append(first) }
            let isPartial = first > 0 && manners.understandsRanges
            let body = Array(content[(isPartial ? min(first, content.count) : 0)...])
            let status = isPartial ? "206 Partial Content\r\nContent-Range: bytes \(first)-\(content.count - 1)/\(content.count)" : "200 OK"
            let head = "HTTP/1.1 \(status)\r\nContent-Length: \(body.count)\r\nConnection: close\r\n\r\n"
            let cut = number < manners.breakAfter.count ? manners.breakAfter[number] : nil
            Self.send(Array(head.utf8) + body.prefix(cut ?? body.count), to: client)
            close(client)
            number += 1
        }
    }

    /// Linux's MSG_NOSIGNAL, whose type in Swift depends on what else a build imports: a client that went away is no signal.
    private static let noSignal: Int32 = 0x4000

    private static func send(_ bytes: [UInt8], to client: Int32) {
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { Glibc.send(client, $0.baseAddress, $0.count, noSignal) }
            guard count > 0 else { return }
            done += count
        }
    }
}
