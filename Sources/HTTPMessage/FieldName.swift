/// Rules about the names of fields.
package enum FieldName {
    /// Whether the field concerns only the connection that it came over, and is never forwarded (RFC 9110,
    /// section 7.6.1; `HTTP2-Settings`: RFC 7540, section 3.2.1).
    package static func isHopByHop(_ field: KnownField) -> Bool {
        switch field {
        case .connection, .transferEncoding, .te, .trailer, .upgrade, .keepAlive, .proxyConnection,
            .proxyAuthorization, .proxyAuthenticate, .http2Settings:
            true
        default: false
        }
    }

    /// Whether these bytes are a field name: a token of at least one character (RFC 9110, section 5.1).
    package static func isValid(_ name: Span<UInt8>) -> Bool {
        guard name.count > 0 else { return false }
        let rare = name.firstMarked(from: 0, to: name.count) { $0.plainInNames ^ EightBytes.allMarks }
        for index in rare..<name.count where !ByteClass.isToken(name[index]) { return false }
        return true
    }

    /// Whether `name` is `wanted`, in lower case and with `-`, once case is dropped and every other sign taken for `-`:
    /// many applications cannot tell these apart, since CGI writes `-` as `_` (CVE-2025-64484), and some servers, lighttpd
    /// among them, every byte that is neither letter nor digit.
    package static func matchesFolded(_ name: Span<UInt8>, _ wanted: Span<UInt8>) -> Bool {
        guard name.count == wanted.count else { return false }
        for index in name.indices where folded(name[index]) != wanted[index] { return false }
        return true
    }

    /// A byte of a name with case dropped, and as `-` whatever is neither letter nor digit.
    package static func folded(_ byte: UInt8) -> UInt8 {
        let letter = byte | 0x20
        return letter &- UInt8(ascii: "a") < 26 ? letter : ByteClass.isDigit(byte) ? byte : UInt8(ascii: "-")
    }
}
