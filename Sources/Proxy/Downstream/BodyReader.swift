import HTTP1
import HTTPMessage

/// Finds the bytes of a body among the bytes of a connection, whatever the framing (RFC 9112, section 6).
///
/// Works in place: `step` consumes the framing that stands at the front of the buffer, so that what follows is body.
struct BodyReader {
    enum Step {
        /// So many bytes of body stand at the front of the buffer; consume them before the next step.
        case data(Int)
        case needMore
        /// The body is over; what is left in the buffer belongs to the next message.
        case complete
    }

    /// Where the body ends.
    enum Framing {
        case complete
        case length(UInt64)
        case chunked(ChunkedDecoder)
        case untilClose
        /// The bytes come bare, and whoever brings them says when they end.
        case bare(isOver: Bool)

        init(_ request: BodyFraming) {
            switch request {
            case .none: self = .complete
            case .length(let length): self = length == 0 ? .complete : .length(length)
            case .chunked: self = .chunked(ChunkedDecoder())
            }
        }

        init(_ response: ResponseFraming) {
            switch response {
            case .none: self = .complete
            case .length(let length): self = length == 0 ? .complete : .length(length)
            case .chunked: self = .chunked(ChunkedDecoder())
            case .untilClose: self = .untilClose
            }
        }

        /// The body of a stream: frames have been taken off, and its length was held against them.
        static func bare(_ request: BodyFraming) -> Framing { request == .none ? .complete : .bare(isOver: false) }

        /// The body of an answer over HTTP/2: frames have been taken off, and its length was held against them.
        static func bare(_ response: ResponseFraming) -> Framing {
            response == .none || response == .length(0) ? .complete : .bare(isOver: false)
        }
    }

    private var framing = Framing.complete
    /// Whether the fields behind a chunked body are kept, and what has come of them.
    private var keepsTrailers = false
    private var trailerText: [UInt8] = []
    /// Bytes of body seen so far.
    private(set) var count: UInt64 = 0

    /// Begins with another body. What a reader has of its own is touched only if something came into it.
    mutating func begin(_ framing: Framing, keepingTrailers: Bool = false) {
        self.framing = framing
        keepsTrailers = keepingTrailers
        if !trailerText.isEmpty { trailerText = [] }
        count = 0
    }

    /// Says that what is in the buffer is the last of a bare body.
    mutating func end() {
        if case .bare = framing { framing = .bare(isOver: true) }
    }

    var isComplete: Bool { if case .complete = framing { true } else { false } }
    /// Whether the end of the connection is the end of the body.
    var endsWithConnection: Bool { if case .untilClose = framing { true } else { false } }

    mutating func step(_ buffer: inout ByteBuffer) throws(ChunkError) -> Step {
        switch framing {
        case .complete:
            return .complete
        case .untilClose:
            count &+= UInt64(buffer.count)
            return buffer.isEmpty ? .needMore : .data(buffer.count)
        case .bare(let isOver):
            guard buffer.isEmpty else {
                count &+= UInt64(buffer.count)
                return .data(buffer.count)
            }
            guard isOver else { return .needMore }
            framing = .complete
            return .complete
        case .length(let left):
            guard !buffer.isEmpty else { return .needMore }
            let here = left < UInt64(buffer.count) ? Int(left) : buffer.count
            framing = left == UInt64(here) ? .complete : .length(left - UInt64(here))
            count &+= UInt64(here)
            return .data(here)
        case .chunked(var decoder):
            let before = decoder.trailerBytes
            let step = try decoder.next(buffer.span)
            let trailerBytes = decoder.trailerBytes - before
            framing = .chunked(decoder)
            switch step {
            case .needMore(let consumed):
                keepTrailers(buffer, (consumed - trailerBytes)..<consumed)
                buffer.consume(consumed)
                return .needMore
            case .data(let skip, let here):
                buffer.consume(skip)
                count &+= UInt64(here)
                return .data(here)
            case .end(let consumed):
                keepTrailers(buffer, (consumed - trailerBytes)..<consumed)
                buffer.consume(consumed)
                framing = .complete
                return .complete
            }
        }
    }

    private mutating func keepTrailers(_ buffer: borrowing ByteBuffer, _ range: Range<Int>) {
        guard keepsTrailers else { return }
        let bytes = buffer.span
        for index in range { trailerText.append(bytes[index]) }
    }

    /// Whether there are fields behind a chunked body, once it is complete.
    var hasTrailers: Bool { trailerText.count > 2 }

    /// The fields behind a chunked body, once it is complete (RFC 9112, section 7.1.2); nil when there are none.
    ///
    /// The decoder has checked each line: a name, a colon, a value, CRLF.
    var trailers: FieldBlock? {
        guard hasTrailers else { return nil }
        let fields = FieldBlock()
        for line in trailerText.split(separator: UInt8(ascii: "\n")) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let value = line[(colon + 1)...].drop(while: Self.isSpace)
            let end = value.lastIndex { !Self.isSpace($0) } ?? value.startIndex - 1
            fields.append(
                name: Array(line[..<colon]).span, value: Array(value[..<max(end + 1, value.startIndex)]).span)
        }
        return fields
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }
}
