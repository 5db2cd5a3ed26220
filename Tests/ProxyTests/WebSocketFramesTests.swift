import HTTPMessage
import Policy
import Testing

@testable import Proxy

@Suite struct `The frames of a WebSocket` {
    private func frame(_ first: UInt8, _ count: Int, masked: Bool = false) -> [UInt8] {
        var bytes = [first]
        let mask: UInt8 = masked ? 0x80 : 0
        switch count {
        case ..<126: bytes.append(UInt8(count) | mask)
        case ..<65536: bytes += [126 | mask, UInt8(count >> 8), UInt8(count & 255)]
        default: bytes += [127 | mask] + (0..<8).reversed().map { UInt8(count >> ($0 * 8) & 255) }
        }
        if masked { bytes += [1, 2, 3, 4] }
        return bytes + [UInt8](repeating: 0xFF, count: count)
    }

    @Test(arguments: [0, 1, 125, 126, 127, 65535, 65536, 70000], [false, true])
    func `leave room between them, and nowhere else`(count: Int, masked: Bool) {
        let bytes = frame(0x82, count, masked: masked)
        var frames = WebSocketFrames()
        #expect(frames.mayInterject)
        for (index, byte) in bytes.enumerated() {
            let one = [byte]
            frames.note(one.span)
            #expect(frames.mayInterject == (index == bytes.count - 1))
        }
        var whole = WebSocketFrames()
        let begun = bytes + bytes + bytes.prefix(1)
        whole.note(begun.span)
        #expect(!whole.mayInterject)
        let rest = Array(bytes.dropFirst())
        whole.note(rest.span)
        #expect(whole.mayInterject)
    }

    @Test func `leave no room after a close`() {
        var frames = WebSocketFrames()
        let close = WebSocketFrames.close(1000)
        frames.note(close.span)
        #expect(!frames.mayInterject)
    }

    @Test func `leave no room in what is none: a length above 2⁶³`() {
        var frames = WebSocketFrames()
        let bytes: [UInt8] = [0x82, 127, 0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3]
        frames.note(bytes.span)
        #expect(!frames.mayInterject)
    }
}

@Suite struct `The handshake of a WebSocket` {
    /// RFC 6455, section 1.3.
    @Test func `is answered as in the specification`() {
        let key = Array("dGhlIHNhbXBsZSBub25jZQ==".utf8)
        let accept = WebSocketHandshake.accept(for: key.span)
        #expect(String(decoding: accept, as: UTF8.self) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    /// RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy"),
    ])
    func `writes base64 with padding`(text: String, expected: String) {
        #expect(String(decoding: WebSocketHandshake.base64(Array(text.utf8)), as: UTF8.self) == expected)
    }

    @Test(arguments: [
        ("dGhlIHNhbXBsZSBub25jZQ==", true), ("", false), ("dGhlIHNhbXBsZSBub25jZQ=", false),
        ("dGhlIHNhbXBsZSBub25jZQ===", false), ("dGhlIHNhbXBsZSBub25jZ_==", false), ("dGhlIHNhbXBsZSBub25jZQ=A", false),
    ])
    func `knows a key`(text: String, isKey: Bool) {
        let key = Array(text.utf8)
        let verdict = WebSocketHandshake.isKey(key.span)
        #expect(verdict == isKey)
    }

    struct Origin: Sendable, CustomTestStringConvertible {
        var origins: [String]
        var host = "app.example.com"
        var allowed = RouteOrigins.own
        var isEncrypted = true
        let isAllowed: Bool
        var testDescription: String { "\(origins) at \(host), \(allowed)" }
    }

    @Test(arguments: [
        Origin(origins: [], isAllowed: true),
        Origin(origins: ["https://app.example.com"], isAllowed: true),
        Origin(origins: ["HTTPS://APP.example.com"], isAllowed: true),
        Origin(origins: ["https://app.example.com"], host: "app.example.com:443", isAllowed: true),
        Origin(origins: ["https://app.example.com:8443"], host: "app.example.com:8443", isAllowed: true),
        Origin(origins: ["http://app.example.com"], isEncrypted: false, isAllowed: true),
        Origin(origins: ["https://app.example.com"], isEncrypted: false, isAllowed: true),
        Origin(origins: ["http://app.example.com"], isAllowed: false),
        Origin(origins: ["https://evil.example"], isAllowed: false),
        Origin(origins: ["https://app.example.com.evil.example"], isAllowed: false),
        Origin(origins: ["https://evil.example/https://app.example.com"], isAllowed: false),
        Origin(origins: ["https://xapp.example.com"], isAllowed: false),
        Origin(origins: ["https://app.example.com:8443"], isAllowed: false),
        Origin(origins: ["https://app.example.com"], host: "app.example.com:8443", isAllowed: false),
        Origin(origins: ["app.example.com"], isAllowed: false),
        Origin(origins: ["null"], isAllowed: false), Origin(origins: [""], isAllowed: false),
        Origin(origins: ["https://app.example.com", "https://app.example.com"], isAllowed: false),
        Origin(origins: ["https://app.example.com", "https://evil.example"], allowed: .any, isAllowed: false),
        Origin(
            origins: ["https://desk.example.com"], allowed: .also([Array("https://desk.example.com".utf8)]),
            isAllowed: true),
        Origin(
            origins: ["https://evil.example"], allowed: .also([Array("https://desk.example.com".utf8)]),
            isAllowed: false),
        Origin(origins: ["null"], allowed: .any, isAllowed: true),
    ])
    func `is only for pages of the same host, and others that are named`(origin: Origin) {
        let fields = FieldBlock()
        for value in origin.origins { fields.append(name: "Origin", value: value) }
        let host = Array(origin.host.utf8)
        let verdict = WebSocketOrigin.isAllowed(
            fields, host: host.span, origin.allowed, isEncrypted: origin.isEncrypted)
        #expect(verdict == origin.isAllowed)
    }
}
