import HTTPMessage

/// Finds the data in a chunked body (RFC 9112, section 7.1), strictly: everything between the data is small, bounded and
/// of the one form that nobody reads differently. Trailers are checked, and left to whoever wants them.
///
/// A machine without I/O: bytes go in, and what stands at their front comes out.
package struct ChunkedDecoder: Sendable {
    private enum State: Sendable {
        case sizeStart
        case size
        case chunkExtension
        case sizeLineFeed
        case data
        case dataReturn
        case dataLineFeed
        case trailerStart
        case trailerName
        case trailerValue
        case trailerLineFeed
        case endLineFeed
        case ended
    }

    private var state = State.sizeStart
    /// The size that is being read, then what is left of the data.
    private var left: UInt64 = 0
    private var digits = 0
    private var extensionBytes = 0
    /// How many more bytes of framing than the data accounts for.
    private var excessBytes = 0
    /// How many bytes of the trailer section have been read, its end included. They stand together at the end of what
    /// a step consumes.
    package private(set) var trailerBytes = 0

    /// The most bytes of one chunk's extension.
    private static let extensionBytesMax = 256
    /// How far the extensions of all chunks may outgrow the data: an endless body of one-byte chunks with long
    /// extensions would cost us much and bring nothing (CVE-2023-39326).
    private static let excessBytesMax = 16 * 1024
    /// The most bytes of all trailers.
    private static let trailerBytesMax = 8 * 1024

    package init() {}

    /// Says what stands at the front of `bytes`. Consume what it says before the next call.
    package mutating func next(_ bytes: Span<UInt8>) throws(ChunkError) -> ChunkStep {
        if case .ended = state { return .end(consumed: 0) }
        var position = 0
        while position < bytes.count {
            if case .data = state {
                let here = left < UInt64(bytes.count - position) ? Int(left) : bytes.count - position
                left -= UInt64(here)
                if left == 0 { state = .dataReturn }
                return .data(skip: position, count: here)
            }
            try read(bytes[position])
            position += 1
            if case .ended = state { return .end(consumed: position) }
        }
        return .needMore(consumed: position)
    }

    /// Whether nothing of the body is missing.
    package var hasEnded: Bool { if case .ended = state { true } else { false } }

    private mutating func read(_ byte: UInt8) throws(ChunkError) {
        switch state {
        case .sizeStart:
            guard let digit = hexadecimal(byte) else { throw .malformedSize }
            left = digit
            digits = 1
            extensionBytes = 0
            state = .size
        case .size:
            try readSize(byte)
        case .chunkExtension:
            if byte == UInt8(ascii: "\r") {
                state = .sizeLineFeed
            } else {
                extensionBytes += 1
                // A control byte, LF above all, ends the line for some and not for others (CVE-2025-55315).
                guard ByteClass.isFieldValue(byte) else { throw .malformedExtension }
                guard extensionBytes <= Self.extensionBytesMax else { throw .extensionTooLong }
            }
        case .sizeLineFeed:
            guard byte == UInt8(ascii: "\n") else { throw .malformedLineEnd }
            let excess = excessBytes + extensionBytes
            excessBytes = left >= UInt64(excess) ? 0 : excess - Int(left)
            guard excessBytes <= Self.excessBytesMax else { throw .extensionTooLong }
            state = left == 0 ? .trailerStart : .data
        case .dataReturn:
            guard byte == UInt8(ascii: "\r") else { throw .dataBeyondSize }
            state = .dataLineFeed
        case .dataLineFeed:
            guard byte == UInt8(ascii: "\n") else { throw .dataBeyondSize }
            state = .sizeStart
        case .trailerStart, .trailerName, .trailerValue, .trailerLineFeed, .endLineFeed:
            try readTrailer(byte)
        case .data, .ended:
            preconditionFailure("data and the end of a body are not read byte by byte")
        }
    }

    private mutating func readSize(_ byte: UInt8) throws(ChunkError) {
        switch byte {
        case UInt8(ascii: "\r"): state = .sizeLineFeed
        case UInt8(ascii: ";"):
            extensionBytes = 1
            state = .chunkExtension
        default:
            guard let digit = hexadecimal(byte) else { throw .malformedSize }
            digits += 1
            // Fifteen digits are below 2⁶⁰: no body is that long, and nothing overflows (CVE-2013-2028).
            guard digits <= 15 else { throw .sizeTooLarge }
            left = left << 4 | digit
        }
    }

    private mutating func readTrailer(_ byte: UInt8) throws(ChunkError) {
        trailerBytes += 1
        guard trailerBytes <= Self.trailerBytesMax else { throw .trailersTooLong }
        switch state {
        case .trailerStart:
            if byte == UInt8(ascii: "\r") {
                state = .endLineFeed
            } else {
                guard ByteClass.isToken(byte) else { throw .malformedTrailer }
                state = .trailerName
            }
        case .trailerName:
            if byte == UInt8(ascii: ":") {
                state = .trailerValue
            } else {
                guard ByteClass.isToken(byte) else { throw .malformedTrailer }
            }
        case .trailerValue:
            if byte == UInt8(ascii: "\r") {
                state = .trailerLineFeed
            } else {
                guard ByteClass.isFieldValue(byte) else { throw .malformedTrailer }
            }
        case .trailerLineFeed:
            guard byte == UInt8(ascii: "\n") else { throw .malformedTrailer }
            state = .trailerStart
        default:
            guard byte == UInt8(ascii: "\n") else { throw .malformedLineEnd }
            state = .ended
        }
    }

    private func hexadecimal(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}

/// What stands at the front of the bytes of a chunked body.
package enum ChunkStep: Sendable, Hashable {
    /// So many bytes are done with, and the next are not here yet.
    case needMore(consumed: Int)
    /// After `skip` bytes of framing come `count` of data.
    case data(skip: Int, count: Int)
    /// The body ends after so many bytes.
    case end(consumed: Int)
}

/// Why a chunked body is refused. Where the next message begins is unknown then: close.
package enum ChunkError: Error, Sendable, Hashable, CaseIterable {
    case malformedSize
    case sizeTooLarge
    case malformedExtension
    case extensionTooLong
    case malformedLineEnd
    case dataBeyondSize
    case malformedTrailer
    case trailersTooLong
}
