import EventLoop
import HTTP1
import HTTPMessage
import Policy
import TLS

/// Bytes from one buffer to another, and from a buffer to a peer.
extension ByteBuffer {
    /// Writes what is here, from `offset` on, as far as the peer takes it. Nothing is consumed.
    func write(to transport: Transport, from offset: Int = 0) throws(IOError) -> WriteOutcome {
        try transport.write(span.extracting(droppingFirst: offset))
    }

    /// Appends what the peer sent, asking for `count` bytes or more.
    mutating func read(
        from transport: Transport, atLeast count: Int = Exchange.readBytes
    ) throws(IOError) -> ReadOutcome {
        try withFreeSpace(atLeast: count) { space throws(IOError) in try transport.read(into: &space) }
    }

    /// Moves `count` bytes from the front of another buffer to the end of this one. If these are all that one has, and
    /// this one has none, the two trade their memory: so the most of a long body is never copied between them. Not if that
    /// one would get more than it had: as much would be read into it at once.
    mutating func move(_ count: Int, from other: inout ByteBuffer) {
        if isEmpty, count == other.count, capacity <= other.capacity {
            swap(&self, &other)
            return other.clear()
        }
        append(other.span.extracting(..<count))
        other.consume(count)
    }

    /// Moves `count` bytes from the front of another buffer to the end of this one, as one chunk.
    mutating func moveChunk(_ count: Int, from other: inout ByteBuffer) {
        HTTP1Serializer.appendChunk(other.span.extracting(..<count), to: &self)
        other.consume(count)
    }

    /// Appends the first `count` bytes of another buffer, which keeps them.
    mutating func append(_ count: Int, of other: borrowing ByteBuffer) { append(other.span.extracting(..<count)) }

    /// Appends all of another buffer, which keeps it, as one chunk.
    mutating func appendChunk(of other: borrowing ByteBuffer) { HTTP1Serializer.appendChunk(other.span, to: &self) }

    /// Takes `count` bytes away from the front.
    mutating func take(_ count: Int) -> [UInt8] {
        let bytes = [UInt8](span.extracting(..<count))
        consume(count)
        return bytes
    }

    mutating func append(bytes: [UInt8]) { append(bytes.span) }

    /// Appends the path that was decided on.
    mutating func append(pathOf scratch: borrowing DecisionScratch) { append(scratch.path) }
}

extension FieldBlock {
    /// Appends a field as a line.
    func copy(_ index: Int, to output: inout ByteBuffer) {
        output.append(line(index))
    }
}

extension [UInt8] {
    init(_ span: Span<UInt8>) {
        self.init()
        reserveCapacity(span.count)
        for index in span.indices { append(span[index]) }
    }
}
