/// One frame as it is on the wire (RFC 9113, section 4.1).
struct Frame: Equatable, CustomStringConvertible {
    enum Kind: UInt8 {
        case data = 0, headers, priority, rstStream, settings, pushPromise, ping, goAway, windowUpdate, continuation
        case priorityUpdate = 16
        case unknown = 0xbb
    }

    static let endStream: UInt8 = 1
    static let ack: UInt8 = 1
    static let endHeaders: UInt8 = 4
    static let padded: UInt8 = 8

    var kind: Kind
    var flags: UInt8 = 0
    var stream: UInt32 = 0
    var payload: [UInt8] = []

    var bytes: [UInt8] {
        let length = UInt32(payload.count)
        return [UInt8(length >> 16 & 255), UInt8(length >> 8 & 255), UInt8(length & 255), kind.rawValue, flags]
            + stream.bigEndianBytes + payload
    }

    /// The number in the payload's four bytes from `offset` on: an error code, a last stream, an increment.
    func number(at offset: Int = 0) -> UInt32 {
        guard payload.count >= offset + 4 else { return .max }
        return payload[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    var description: String { "\(kind) flags \(flags) stream \(stream) \(payload.count) bytes" }

    /// All frames in these bytes, which hold nothing else.
    static func all(in bytes: [UInt8]) -> [Frame] {
        var rest = bytes[...]
        var frames: [Frame] = []
        while rest.count >= 9 {
            let head = Array(rest.prefix(9))
            let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
            guard rest.count >= 9 + length else { break }
            let stream = head[5...].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7fff_ffff
            frames.append(
                Frame(
                    kind: Kind(rawValue: head[3]) ?? .unknown, flags: head[4], stream: stream,
                    payload: Array(rest.dropFirst(9).prefix(length))))
            rest = rest.dropFirst(9 + length)
        }
        return frames
    }
}

extension Frame {
    static let magic = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    static func settings(_ values: [(UInt16, UInt32)] = []) -> Frame {
        let payload = values.flatMap { [UInt8($0.0 >> 8), UInt8($0.0 & 255)] + $0.1.bigEndianBytes }
        return Frame(kind: .settings, payload: payload)
    }

    static let settingsAck = Frame(kind: .settings, flags: ack)

    static func headers(
        _ stream: UInt32, _ fields: [(String, String)], endStream: Bool = true, endHeaders: Bool = true
    ) -> Frame {
        Frame(
            kind: .headers, flags: (endStream ? Self.endStream : 0) | (endHeaders ? Self.endHeaders : 0),
            stream: stream, payload: HPACK.literal(fields))
    }

    static func data(_ stream: UInt32, _ bytes: [UInt8], endStream: Bool = false) -> Frame {
        Frame(kind: .data, flags: endStream ? Self.endStream : 0, stream: stream, payload: bytes)
    }

    static func reset(_ stream: UInt32, _ code: UInt32 = 8) -> Frame {
        Frame(kind: .rstStream, stream: stream, payload: code.bigEndianBytes)
    }

    static func window(_ stream: UInt32, _ increment: UInt32) -> Frame {
        Frame(kind: .windowUpdate, stream: stream, payload: increment.bigEndianBytes)
    }

    static let ping = Frame(kind: .ping, payload: [1, 2, 3, 4, 5, 6, 7, 8])
}

/// The simplest of HPACK, by which anything can be said (RFC 7541, section 6.2.2): every field a literal, none indexed.
enum HPACK {
    static func literal(_ fields: [(String, String)]) -> [UInt8] {
        fields.flatMap { field($0, Array($1.utf8)) }
    }

    static func field(_ name: String, _ value: [UInt8]) -> [UInt8] { [0] + string(Array(name.utf8)) + string(value) }

    /// A field that goes into the table, where a single byte stands for it from then on.
    static func indexed(_ name: String, _ value: String) -> [UInt8] {
        [0x40] + string(Array(name.utf8)) + string(Array(value.utf8))
    }

    static func string(_ bytes: [UInt8]) -> [UInt8] { integer(bytes.count, prefix: 7) + bytes }

    static func integer(_ value: Int, prefix: Int) -> [UInt8] {
        let most = 1 << prefix - 1
        guard value >= most else { return [UInt8(value)] }
        var bytes = [UInt8(most)]
        var rest = value - most
        while rest >= 128 {
            bytes.append(UInt8(rest & 127 | 128))
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}

extension UInt32 {
    var bigEndianBytes: [UInt8] { [24, 16, 8, 0].map { UInt8(self >> UInt32($0) & 255) } }
}
