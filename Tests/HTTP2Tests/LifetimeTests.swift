import HTTP2
import HTTPMessage
import LayerTesting
import Testing

/// nghttp2 knows streams by addresses that count no references. Here it is led to use them when they may be gone: at the
/// moment that a stream ends, which whoever is on the other side chooses.
///
/// Streams are used again, or, where none is kept, freed at once. Both are tried: with the one, the wrong stream would
/// be touched, with the other no stream at all.
@Suite struct `A stream that ends` {
    /// Few frames wait at once, so that a body stands still in the middle of one.
    private static let tight: HTTP2Limits = {
        var limits = HTTP2Limits()
        limits.outputBytesMax = 1000
        return limits
    }()

    private static func body(_ count: Int, _ byte: UInt8) -> ByteBuffer {
        var buffer = ByteBuffer(minimumCapacity: count)
        buffer.append([UInt8](repeating: byte, count: count).span)
        return buffer
    }

    private final class Observed {
        weak var stream: HTTP2Stream?
        init(_ stream: HTTP2Stream) { self.stream = stream }
    }

    /// Opens a stream whose answer stands still in the middle of its body, since nobody takes what there is to send.
    private static func stalled(_ bench: Bench, _ id: UInt32, _ byte: UInt8) throws -> HTTP2Stream {
        let stream = try bench.open(id, Bench.post, endStream: false)
        var buffer = body(60_000, byte)
        bench.server.send(&buffer, on: stream)
        bench.server.end(stream)
        bench.answer(200, on: stream)
        #expect(bench.server.isCongested && stream.outgoingCount > 0)
        return stream
    }

    /// What each stream was sent, and with which bytes.
    private static func bodies(_ frames: [Frame]) -> [UInt32: Set<UInt8>] {
        frames.reduce(into: [:]) { bodies, frame in
            if frame.kind == .data, !frame.payload.isEmpty {
                bodies[frame.stream, default: []].formUnion(frame.payload)
            }
        }
    }

    enum End: CaseIterable { case resetByClient, resetByUs, malformedTrailers }

    @Test(arguments: End.allCases, [0, 1024])
    func `in the middle of a frame of ours is not asked for the rest of it`(end: End, keptMax: Int) throws {
        let bench = Bench(limits: Self.tight, keptMax: keptMax)
        let first = Observed(try Self.stalled(bench, 1, 0x61))
        switch end {
        case .resetByClient:
            bench.say(Frame.reset(1))
            let news = bench.news()
            #expect(news.contains { $0.stream === first.stream && $0.news.contains(.closed) })
        case .resetByUs:
            if let stream = first.stream { bench.server.reset(stream, .cancel) }
        case .malformedTrailers:
            bench.say(Frame.headers(1, [(":path", "/")]))
        }
        if let stream = first.stream { bench.server.release(stream) }
        // The next one is the same object, if it is kept.
        let second = try bench.open(3)
        var buffer = Self.body(500, 0x62)
        bench.server.send(&buffer, on: second)
        bench.server.end(second)
        bench.answer(200, on: second)
        let bodies = Self.bodies(bench.frames())
        #expect(bodies[1] == nil || bodies[1] == [0x61])
        #expect(bodies[3] == [0x62])
        bench.server.release(second)
        _ = bench.news()
        #expect(bench.server.failure == nil && bench.server.openCount == 0 && bench.server.streamCount == 0)
        if keptMax == 0 { #expect(first.stream == nil || first.stream === second) }
    }

    /// And what is left of the head is no reason to end the connection, as a head is that does not come to its end.
    @Test(arguments: [0, 1024]) func `while its head is being read takes nothing more of it`(keptMax: Int) throws {
        let bench = Bench(keptMax: keptMax)
        let other = Bench(sharing: bench.workspace)
        let first = Observed(try bench.open(1, Bench.post, endStream: false))
        // Trailers begin, and before they end we reset the stream, and nobody holds it any more.
        bench.say(Frame.headers(1, [("first", "1")], endHeaders: false))
        #expect(bench.server.headBegan != nil)
        if let stream = first.stream {
            bench.server.reset(stream, .cancel)
            bench.server.release(stream)
        }
        _ = bench.news()
        #expect(keptMax > 0 || first.stream == nil)
        #expect(bench.server.headBegan == nil)
        // Another connection has its memory.
        let second = try other.open(1, Bench.post, endStream: false)
        bench.say(Frame(kind: .continuation, flags: Frame.endHeaders, stream: 1, payload: HPACK.literal([("x", "y")])))
        #expect(other.news().isEmpty && second.trailers == nil && second.request.fields.lines.isEmpty)
        bench.respond(200, "ok", on: try bench.open(3))
        #expect(Self.bodies(bench.frames())[3] == Set("ok".utf8))
        #expect(bench.server.failure == nil && other.server.failure == nil)
    }

    @Test(arguments: [0, 1024]) func `is forgotten, though another connection has its memory and its number`(
        keptMax: Int
    ) throws {
        let bench = Bench(keptMax: keptMax)
        let other = Bench(sharing: bench.workspace)
        let ended = Observed(try bench.open(1))
        if let stream = ended.stream {
            // The last frame that is made is about it.
            bench.respond(200, "ok", on: stream)
            _ = bench.frames()
            _ = bench.news()
            bench.server.release(stream)
        }
        let theirs = try other.open(3, Bench.post, endStream: false)
        #expect(keptMax == 0 || ended.stream === theirs)
        bench.say(Frame.headers(3, Bench.post, endStream: false), Frame.data(3, Array("secret".utf8)))
        let ours = try bench.opened()
        #expect(ours.receivedCount == 6 && theirs.receivedCount == 0)
    }

    @Test func `with its connection is let go of, wherever it stood`() throws {
        var observed: [Observed] = []
        do {
            let bench = Bench(limits: Self.tight, keptMax: 0)
            // One waits for a window, one is in the middle of a frame, one of a head, and one has not been answered.
            let waiting = try bench.open(1)
            bench.answer(200, on: waiting)
            observed.append(Observed(try bench.open(3, Bench.post, endStream: false)))
            observed.append(Observed(try Self.stalled(bench, 5, 0x63)))
            bench.say(Frame.headers(7, Bench.get, endHeaders: false))
            observed.append(Observed(waiting))
            bench.server.abandon()
            while let stream = bench.server.nextNews() {
                _ = bench.server.takeNews(of: stream)
                bench.server.release(stream)
            }
            #expect(bench.server.streamCount == 0)
        }
        for observed in observed { #expect(observed.stream == nil) }
    }

    /// Everything that either side can do, in an order that nobody thought of.
    @Test(arguments: 0..<40) func `at any moment leaves the others as they are, and nothing behind`(seed: UInt64) throws
    {
        var random = SeededGenerator(seed: seed)
        let bench = Bench(limits: Self.tight, keptMax: seed % 2 == 0 ? 0 : 4)
        var observed: [Observed] = []
        var held: [HTTP2Stream] = []
        var sent: [UInt8] = []
        var next: UInt32 = 1
        for _ in 0..<400 {
            switch random.next(below: 10) {
            case 0, 1:
                guard held.count < 20 else { continue }
                let hasBody = random.next(below: 2) == 0
                bench.say(Frame.headers(next, hasBody ? Bench.post : Bench.get, endStream: !hasBody))
                next += 2
            case 2:
                guard let stream = held.randomElement(using: &random), !stream.weHaveEnded, !stream.isClosed else {
                    continue
                }
                var buffer = Self.body(random.next(below: 40_000) + 1, UInt8(stream.id & 255))
                bench.server.send(&buffer, on: stream)
                bench.server.end(stream)
                bench.answer(200, on: stream)
            case 3: bench.say(Frame.reset(UInt32(random.next(below: Int(next)) | 1)))
            case 4: if let stream = held.randomElement(using: &random) { bench.server.reset(stream, .cancel) }
            case 5:
                guard !held.isEmpty else { continue }
                bench.server.release(held.remove(at: random.next(below: held.count)))
            case 6:
                let id = UInt32(random.next(below: Int(next)) | 1)
                bench.say(Frame.data(id, [1, 2, 3], endStream: random.next(below: 3) == 0))
            case 7:
                let id = UInt32(random.next(below: Int(next)) | 1)
                bench.say(Frame.headers(id, [("a", "b")], endHeaders: false))
                if let stream = held.first(where: { $0.id == Int32(id) }) { bench.server.reset(stream, .cancel) }
                bench.say(Frame(kind: .continuation, flags: Frame.endHeaders, stream: id, payload: HPACK.literal([])))
            case 8: sent += bench.bytes(most: random.next(below: 30_000))
            default: bench.say(Frame.window(0, UInt32(random.next(below: 10_000) + 1)))
            }
            for (stream, news) in bench.news() where news.contains(.opened) {
                observed.append(Observed(stream))
                held.append(stream)
            }
            // Late frames on streams that are closed may end the connection, as they may for any client.
            if bench.server.failure != nil { break }
        }
        for (stream, bytes) in Self.bodies(Frame.all(in: sent + bench.bytes())) {
            #expect(bytes == [UInt8(stream & 255)], "stream \(stream)")
        }
        bench.server.abandon()
        for stream in held { bench.server.release(stream) }
        held = []
        #expect(bench.news().isEmpty && bench.server.streamCount == 0)
        if seed % 2 == 0 { #expect(observed.allSatisfy { $0.stream == nil }) }
    }
}
