import HTTPMessage
import TLS

/// The handshake that opens a WebSocket over HTTP/1.1 (RFC 6455, section 4): what the gateway checks of it, so that it
/// opens tunnels only where both sides mean one.
enum WebSocketHandshake {
    static let protocolName = Array("websocket".utf8)
    /// What a server appends to the key before hashing (section 1.3).
    private static let suffix = Array("258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8)

    /// What the server must answer in `Sec-WebSocket-Accept`.
    static func accept(for key: Span<UInt8>) -> [UInt8] {
        var text = [UInt8](key)
        text += suffix
        return base64(SHA1Digest.of(text.span))
    }

    /// A key of the gateway's own (section 4.1, point 7).
    static func newKey() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return base64((0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }

    /// The one value of a field that the parser has no name for; nil when there is none or more than one.
    static func onlyValue(of name: StaticString, in fields: FieldBlock) -> [UInt8]? {
        var found: [UInt8]?
        for index in 0..<fields.count where fields.known(index) == .other {
            guard fields.name(index).isEqualIgnoringCase(to: name) else { continue }
            if found != nil { return nil }
            found = [UInt8](fields.value(index))
        }
        return found
    }

    /// Whether this is a key: sixteen bytes in base64 (section 4.1).
    static func isKey(_ text: Span<UInt8>) -> Bool {
        guard text.count == 24, text[22] == UInt8(ascii: "="), text[23] == UInt8(ascii: "=") else { return false }
        for index in 0..<22 {
            switch text[index] {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "+"), UInt8(ascii: "/"): continue
            default: return false
            }
        }
        return true
    }

    /// Base64 with padding (RFC 4648, section 4).
    static func base64(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let word = group.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for place in 0..<4 {
                let digit = digits[Int(word >> UInt32(18 - 6 * place) & 63)]
                text.append(place <= group.count ? digit : UInt8(ascii: "="))
            }
        }
        return text
    }
}
