import HTTP1
import HTTP2
import HTTPMessage

/// A request whose body is on its way, for as long as it may have to be sent to another place: its head, and what was
/// passed on of the body, up to `bodyBytesMax`.
///
/// In pieces of the size of a read, so that nothing is copied twice however long it grows.
struct KeptRequest {
    private final class Piece {
        @safe @exclusivity(unchecked) var bytes = ByteBuffer(minimumCapacity: Exchange.readBytes)
    }

    /// As much of a body as can have been passed on to an application of HTTP/2 that has taken nothing up: the window that
    /// a stream begins with, what waits behind that, and a read.
    static let bodyBytesMax = 65_535 + HTTP2Stream.outgoingBytesMax + Exchange.readBytes

    private let head = Piece()
    private var body: [Piece] = []
    private var bodyCount = 0

    init(head: borrowing ByteBuffer) { self.head.bytes.append(head.count, of: head) }

    /// Keeps `count` bytes more of the body, which stand at the front of `buffer`. False when that is too much.
    mutating func append(_ count: Int, of buffer: borrowing ByteBuffer) -> Bool {
        guard bodyCount + count <= Self.bodyBytesMax else { return false }
        bodyCount += count
        if body.last.map({ $0.bytes.count + count <= Exchange.readBytes }) != true { body.append(Piece()) }
        body.last?.bytes.append(count, of: buffer)
        return true
    }

    /// Writes all of it.
    ///
    /// - Parameters:
    ///   - isChunked: whether the body is framed in chunks.
    ///   - isWhole: whether that is all of the body.
    func write(to output: inout ByteBuffer, isChunked: Bool, isWhole: Bool) {
        output.append(head.bytes.count, of: head.bytes)
        for piece in body {
            if isChunked {
                output.appendChunk(of: piece.bytes)
            } else {
                output.append(piece.bytes.count, of: piece.bytes)
            }
        }
        if isChunked, isWhole { HTTP1Serializer.appendLastChunk(to: &output) }
    }
}
