import HTTPMessage

/// Where the frames of a WebSocket begin and end, as its bytes pass by (RFC 6455, section 5.2): nothing else of them is
/// looked at.
///
/// Only between two frames can a gateway say something of its own without breaking what the application says.
struct WebSocketFrames {
    /// What is left of the present frame's payload.
    private var payloadLeft: UInt64 = 0
    /// How many bytes of the present frame's header have passed; 0 between frames.
    private var headerBytes = 0
    /// How many bytes of a longer length are to come.
    private var lengthBytesLeft = 0
    private var length: UInt64 = 0
    private var isMasked = false
    private var maskBytesLeft = 0
    /// Whether the side that speaks has closed the WebSocket, or says what is no frame: then nothing can be added.
    private var isOver = false

    /// Whether a frame of the gateway's own could stand here.
    var mayInterject: Bool { !isOver && payloadLeft == 0 && headerBytes == 0 }

    /// Goes on with all bytes of a buffer.
    mutating func note(_ buffer: borrowing ByteBuffer) { note(buffer.span) }

    /// Goes on with the bytes that pass.
    mutating func note(_ bytes: Span<UInt8>) {
        var position = 0
        while position < bytes.count, !isOver {
            if payloadLeft > 0 {
                let here = payloadLeft < UInt64(bytes.count - position) ? Int(payloadLeft) : bytes.count - position
                payloadLeft -= UInt64(here)
                position += here
            } else {
                noteHeader(bytes[position])
                position += 1
            }
        }
    }

    private mutating func noteHeader(_ byte: UInt8) {
        headerBytes += 1
        switch headerBytes {
        case 1:
            if byte & 0x0F == Self.closeOpcode { isOver = true }
        case 2:
            isMasked = byte & 0x80 != 0
            maskBytesLeft = isMasked ? 4 : 0
            switch byte & 0x7F {
            case 126: lengthBytesLeft = 2
            case 127: lengthBytesLeft = 8
            case let short: length = UInt64(short)
            }
            finishHeader()
        default:
            if lengthBytesLeft > 0 {
                length = length << 8 | UInt64(byte)
                lengthBytesLeft -= 1
                // The highest bit must be clear (RFC 6455, section 5.2).
                if length > UInt64(Int64.max) { isOver = true }
            } else {
                maskBytesLeft -= 1
            }
            finishHeader()
        }
    }

    private mutating func finishHeader() {
        guard lengthBytesLeft == 0, maskBytesLeft == 0 else { return }
        payloadLeft = length
        length = 0
        headerBytes = 0
    }

    private static let closeOpcode: UInt8 = 8

    /// A close frame as a server sends it, with the reason as a number (RFC 6455, sections 5.5.1 and 7.4.1).
    static func close(_ code: UInt16) -> [UInt8] { [0x88, 2, UInt8(code >> 8), UInt8(code & 0xFF)] }
}
