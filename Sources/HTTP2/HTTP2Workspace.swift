import HTTPMessage

/// Memory that the sessions of one loop share, so that a connection that only waits holds next to none.
package final class HTTP2Workspace {
    /// The head that is about to be sent. Fill it, and have it sent before anything else is done: it is everybody's.
    @safe @exclusivity(unchecked) package var draft = FieldDraft()
    @safe @exclusivity(unchecked) private var streams: Shelf<HTTP2Stream>
    /// The head that is being read, by one session at a time.
    @safe @exclusivity(unchecked) private(set) var reading = HeadReading()
    @safe @exclusivity(unchecked) private var readings: Shelf<HeadReading>
    @safe @exclusivity(unchecked) private var outboxes: Shelf<FrameBuffer>
    /// What nghttp2 makes its streams and frames of.
    let memory = SessionMemory()

    package init(keptMax: Int = 1024) {
        streams = Shelf(countMax: keptMax)
        readings = Shelf(countMax: keptMax)
        outboxes = Shelf(countMax: keptMax)
    }

    /// Lets go of what the present load does not need. Call it now and then.
    package func sweep() {
        streams.sweep()
        readings.sweep()
        outboxes.sweep()
    }

    func borrowStream() -> HTTP2Stream { streams.take() ?? HTTP2Stream() }

    func giveBack(_ stream: consuming HTTP2Stream) {
        stream.reset()
        streams.put(stream)
    }

    /// Gives `reading` away to the session that has not come to its end.
    func takeReading() -> HeadReading {
        let taken = reading
        reading = readings.take() ?? HeadReading()
        return taken
    }

    func giveBack(_ reading: HeadReading) {
        reading.reset()
        readings.put(reading)
    }

    func borrowFrames() -> FrameBuffer { outboxes.take() ?? FrameBuffer() }

    func giveBack(_ frames: FrameBuffer) {
        frames.reset()
        outboxes.put(frames)
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
