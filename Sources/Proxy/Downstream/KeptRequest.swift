import HTTP1
import HTTP2
import HTTPMessage

/// A request whose body is on its way, for as long as it may have to be sent to another place: its head, and what was
/// passed on of the body, up to `bodyBytesMax`.
///
/// In pieces of the size of a read, so that nothing is copied twice however long it grows.
struct KeptRequest {
    /// As much of a body as can have been passed on to an application of HTTP/2 that has taken nothing up: the window that
    /// a stream begins with, what waits behind that, and a read.
    static let bodyBytesMax = 65_535 + HTTP2Stream.outgoingBytesMax + Exchange.readBytes

    private let memory: KeptMemory
    private let head: KeptMemory.Piece
    private var body: [KeptMemory.Piece] = []
    private var bodyCount = 0

    /// Nil when `memory` is full.
    init?(head: borrowing ByteBuffer, in memory: KeptMemory) {
        guard let piece = memory.piece(of: head.count) else { return nil }
        piece.bytes.append(head.count, of: head)
        self.head = piece
        self.memory = memory
    }

    /// Keeps `count` bytes more of the body, which stand at the front of `buffer`. False when that is too much.
    mutating func append(_ count: Int, of buffer: borrowing ByteBuffer) -> Bool {
        guard bodyCount + count <= Self.bodyBytesMax else { return false }
        bodyCount += count
        var kept = 0
        while kept < count {
            var room = body.last.map { Exchange.readBytes - $0.bytes.count } ?? 0
            if room == 0 {
                guard let piece = memory.piece(of: Exchange.readBytes) else { return false }
                body.append(piece)
                room = Exchange.readBytes
            }
            let here = min(room, count - kept)
            body.last?.bytes.append(buffer.span.extracting(kept..<kept + here))
            kept += here
        }
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

/// The memory of all requests that a worker keeps to send them again.
///
/// One connection of HTTP/2 can have a hundred uploads on their way, each of which would keep 160 KiB until its answer
/// begins: as much as a client likes to make it, if the application waits for the end. Beyond `bytesMax` a request is
/// still passed on as any other, but not kept: should it be left undone, its client is told so (502), and may come again.
final class KeptMemory {
    /// Memory of one request. Counted for as long as it is held.
    final class Piece {
        @safe @exclusivity(unchecked) var bytes: ByteBuffer
        private let memory: KeptMemory
        private let size: Int

        fileprivate init(_ size: Int, _ memory: KeptMemory) {
            self.size = size
            self.memory = memory
            bytes = ByteBuffer(minimumCapacity: size)
            memory.bytes += size
        }

        deinit { memory.bytes -= size }
    }

    /// Enough for a hundred uploads that are kept to the last byte, and thousands of small ones.
    static let bytesMax = 16 * 1024 * 1024

    private let bytesMax: Int
    /// How many bytes are held.
    @safe @exclusivity(unchecked) fileprivate(set) var bytes = 0

    init(bytesMax: Int = KeptMemory.bytesMax) { self.bytesMax = bytesMax }

    /// Room for `size` bytes, if there is as much left.
    fileprivate func piece(of size: Int) -> Piece? {
        bytes + size <= bytesMax ? Piece(size, self) : nil
    }
}
