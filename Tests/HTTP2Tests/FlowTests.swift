import HTTP2
import HTTPMessage
import Testing

@Suite struct `Flow` {
    private static func piece(_ count: Int = 16_384) -> [UInt8] { Array(repeating: 0x61, count: count) }

    private static func windowGiven(_ frames: [Frame], _ stream: UInt32) -> Int {
        frames.filter { $0.kind == .windowUpdate && $0.stream == stream }.reduce(0) { $0 + Int($1.number()) }
    }

    @Test func `is announced as it is: 64 KiB a stream, 1 MiB a connection`() throws {
        let bench = Bench(greeting: false)
        let frames = bench.frames()
        let settings = try #require(frames.first)
        #expect(settings.kind == .settings)
        let values = stride(from: 0, to: settings.payload.count, by: 6).map { offset in
            (Int(settings.payload[offset + 1]), Int(settings.number(at: offset + 2)))
        }
        let expected = [(3, 100), (4, 65_536), (6, 65_536), (9, 1)]
        #expect(values.count == expected.count && zip(values, expected).allSatisfy { $0 == $1 })
        #expect(Self.windowGiven(frames, 0) == 1024 * 1024 - 65_535)
    }

    @Test func `stops when nobody takes what came, and goes on when somebody does`() throws {
        let bench = Bench()
        let stream = try bench.open(1, Bench.post, endStream: false)
        for _ in 0..<4 { bench.say(Frame.data(1, Self.piece())) }
        #expect(stream.receivedCount == 65_536)
        #expect(bench.frames().allSatisfy { $0.kind != .windowUpdate })
        var body = ByteBuffer()
        #expect(bench.server.take(from: stream, into: &body) == 65_536 && body.count == 65_536)
        #expect(Self.windowGiven(bench.frames(), 1) == 65_536)
    }

    @Test func `beyond the window of a stream or of the connection is an error of the client's`() throws {
        let bench = Bench()
        _ = try bench.open(1, Bench.post, endStream: false)
        for _ in 0..<4 { bench.say(Frame.data(1, Self.piece())) }
        bench.say(Frame.data(1, [1]))
        #expect(bench.resetCode() == .flowControlError || bench.server.failure == .flowControlError)

        let other = Bench()
        for turn in 0..<17 { _ = try other.open(UInt32(2 * turn + 1), Bench.post, endStream: false) }
        for turn in 0..<16 { for _ in 0..<4 { other.say(Frame.data(UInt32(2 * turn + 1), Self.piece())) } }
        #expect(other.server.failure == nil)
        other.say(Frame.data(33, [1]))
        #expect(other.server.failure == .flowControlError)
    }

    /// Ways for a stream to end with 48 KiB that nobody has taken.
    enum End: CaseIterable { case resetByClient, resetByServer, releasedByServer, answeredEarly }

    @Test(arguments: End.allCases)
    func `of the connection comes back when a stream ends with unread data`(end: End) throws {
        let bench = Bench()
        // Twice what the connection's window holds.
        for turn in 0..<43 {
            let id = UInt32(2 * turn + 1)
            let stream = try bench.open(id, Bench.post, endStream: false)
            for _ in 0..<3 { bench.say(Frame.data(id, Self.piece())) }
            #expect(bench.server.failure == nil)
            switch end {
            case .resetByClient:
                bench.say(Frame.reset(id))
                bench.server.release(stream)
            case .resetByServer:
                bench.server.reset(stream, .cancel)
                bench.server.release(stream)
            case .releasedByServer:
                bench.server.release(stream)
                bench.say(Frame.reset(id))
            case .answeredEarly:
                bench.respond(200, "no need", on: stream)
                bench.server.release(stream)
                #expect(bench.resetCode(id) == .noError)
            }
            _ = bench.news()
            _ = bench.bytes()
        }
        #expect(bench.server.failure == nil && bench.server.streamCount == 0)
    }

    @Test func `counts padding as taken`() throws {
        let bench = Bench()
        let stream = try bench.open(1, Bench.post, endStream: false)
        for _ in 0..<100 {
            bench.say(
                Frame(
                    kind: .data, flags: Frame.padded, stream: 1, payload: [255, 1] + Array(repeating: 0, count: 255)))
        }
        #expect(stream.receivedCount == 100 && bench.server.failure == nil)
        for _ in 0..<3 { bench.say(Frame.data(1, Self.piece())) }
        #expect(bench.server.failure == nil && stream.receivedCount == 100 + 3 * 16_384)
    }

    @Test func `that ends while a body waits loses nothing of what was sent before`() throws {
        let bench = Bench()
        let stream = try bench.open(1, Bench.post + [("content-length", "5")], endStream: false)
        #expect(stream.request.framing == .length(5))
        bench.say(Frame.data(1, Array("hello".utf8), endStream: true))
        #expect(stream.peerHasEnded && !stream.isReadToEnd)
        var body = ByteBuffer()
        _ = bench.server.take(from: stream, into: &body)
        #expect(body.span.decoded == "hello" && stream.isReadToEnd)
    }

    @Test func `to the client keeps to its windows and frame sizes`() throws {
        let bench = Bench(greeting: false)
        bench.say(Frame.magic + Frame.settings([(4, 10_000)]).bytes + Frame.settingsAck.bytes)
        _ = bench.frames()
        let stream = try bench.open()
        bench.respond(200, String(repeating: "x", count: 50_000), on: stream)
        var received = 0
        for _ in 0..<10 {
            let data = bench.frames().filter { $0.kind == .data }
            let here = data.reduce(0) { $0 + $1.payload.count }
            #expect(here <= 10_000)
            received += here
            if data.last.map({ $0.flags & Frame.endStream != 0 }) == true { break }
            bench.say(.window(1, UInt32(here)), .window(0, UInt32(here)))
        }
        #expect(received == 50_000)
    }
}
