import HTTPMessage

/// Memory that the sessions of one loop share, so that a connection that only waits holds next to none.
package final class HTTP2Workspace {
    /// The head that is about to be sent. Fill it, and have it sent before anything else is done: it is everybody's.
    @safe @exclusivity(unchecked) package var draft = FieldDraft()
    @safe @exclusivity(unchecked) private var streams: [HTTP2Stream] = []
    @safe @exclusivity(unchecked) private var readings: [HeadReading] = []
    @safe @exclusivity(unchecked) private var outboxes: [FrameBuffer] = []
    private let keptMax: Int

    package init(keptMax: Int = 1024) { self.keptMax = keptMax }

    func borrowStream() -> HTTP2Stream { streams.popLast() ?? HTTP2Stream() }

    func giveBack(_ stream: HTTP2Stream) {
        stream.reset()
        if streams.count < keptMax { streams.append(stream) }
    }

    func borrowReading() -> HeadReading { readings.popLast() ?? HeadReading() }

    func giveBack(_ reading: HeadReading) {
        reading.reset()
        if readings.count < keptMax { readings.append(reading) }
    }

    func borrowFrames() -> FrameBuffer { outboxes.popLast() ?? FrameBuffer() }

    func giveBack(_ frames: FrameBuffer) {
        frames.reset()
        if outboxes.count < keptMax { outboxes.append(frames) }
    }
}

/// Frames on their way to a peer.
final class FrameBuffer {
    @safe @exclusivity(unchecked) var bytes = ByteBuffer(minimumCapacity: FrameBuffer.bytesKept)
    private static let bytesKept = 32 * 1024

    func reset() {
        bytes.clear()
        if bytes.capacity > 4 * Self.bytesKept { bytes = ByteBuffer(minimumCapacity: Self.bytesKept) }
    }
}
