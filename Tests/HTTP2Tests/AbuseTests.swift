import HTTP2
import HTTPMessage
import Testing

/// Peers that make work without need. Each ends in GOAWAY with ENHANCE_YOUR_CALM, and until then holds little.
@Suite struct `Abuse` {
    /// Something that a client does again and again; `turn` counts from 0.
    struct Flood: CustomTestStringConvertible, Sendable {
        let source: String
        let what: String
        let turn: @Sendable (UInt32) -> [Frame]
        /// After how many turns it must be over.
        var turnsMax: UInt32 = 5000

        var testDescription: String { "\(source): \(what)" }
    }

    /// The number of the stream that is opened at a turn; the first is taken.
    private static func stream(_ turn: UInt32) -> UInt32 { 2 * turn + 3 }

    static let floods: [Flood] = [
        Flood(source: "CVE-2023-44487", what: "streams opened and reset") { turn in
            [.headers(stream(turn), Bench.get), .reset(stream(turn))]
        },
        Flood(source: "CVE-2023-44487", what: "uploads begun and reset") { turn in
            [.headers(stream(turn), Bench.post, endStream: false), .data(stream(turn), [1]), .reset(stream(turn))]
        },
        Flood(source: "CVE-2025-8671", what: "windows opened too far") { turn in
            [.headers(stream(turn), Bench.get), .window(stream(turn), 0x7fff_ffff)]
        },
        Flood(source: "CVE-2025-8671", what: "bodies longer than announced") { turn in
            [
                .headers(stream(turn), Bench.post + [("content-length", "1")], endStream: false),
                .data(stream(turn), [1, 2]),
            ]
        },
        Flood(source: "CVE-2025-8671", what: "bodies shorter than announced") { turn in
            [
                .headers(stream(turn), Bench.post + [("content-length", "2")], endStream: false),
                .data(stream(turn), [1], endStream: true),
            ]
        },
        Flood(source: "CVE-2025-8671", what: "trailers that do not end") { turn in
            [
                .headers(stream(turn), Bench.post, endStream: false),
                .headers(stream(turn), [("x", "y")], endStream: false),
            ]
        },
        Flood(source: "CVE-2019-9514", what: "malformed requests") { turn in
            [.headers(stream(turn), Bench.get + [("Bad", "1")])]
        },
        Flood(source: "CVE-2019-9512", what: "PING") { _ in [.ping] },
        Flood(source: "CVE-2019-9515", what: "SETTINGS") { _ in [.settings([(4, 65_535)])] },
        Flood(source: "CVE-2019-9515", what: "empty SETTINGS") { _ in [.settings()] },
        Flood(source: "CVE-2019-9513", what: "PRIORITY of one stream") { turn in
            [Frame(kind: .priority, stream: 1, payload: [0, 0, 0, 0, UInt8(turn & 255)])]
        },
        Flood(source: "CVE-2019-9513", what: "PRIORITY of streams to come") { turn in
            [Frame(kind: .priority, stream: stream(turn), payload: [0, 0, 0, 0, 1])]
        },
        Flood(source: "CVE-2019-9513", what: "PRIORITY_UPDATE") { turn in
            [Frame(kind: .priorityUpdate, payload: UInt32(1).bigEndianBytes + Array("u=\(turn % 8)".utf8))]
        },
        Flood(source: "CVE-2019-9511", what: "windows opened by a byte") { _ in [.window(0, 1)] },
        Flood(source: "CVE-2019-9518", what: "empty DATA") { _ in [.data(1, [])] },
        Flood(source: "CVE-2019-9518", what: "padding alone") { _ in
            [Frame(kind: .data, flags: Frame.padded, stream: 1, payload: [0])]
        },
        Flood(source: "RFC 9113 10.5", what: "frames that nobody knows") { _ in [Frame(kind: .unknown, payload: [1])] },
        Flood(
            source: "CVE-2024-27316", what: "heads beyond the limit",
            turn: { turn in
                var head = HostileHead(
                    "", "", Bench.get + (0..<8).map { ("x-\($0)", String(repeating: "a", count: 9000)) }
                ).frames
                for index in head.indices { head[index].stream = stream(turn) }
                return head
            }),
    ]

    @Test(arguments: floods, [true, false])
    func `is borne for a while, and then ends the connection`(flood: Flood, clientReads: Bool) throws {
        let bench = Bench()
        _ = try bench.open(1, Bench.post, endStream: false)
        var outputMax = 0
        var streamsMax = 0
        for turn in 0..<flood.turnsMax {
            bench.say(flood.turn(turn))
            if clientReads, bench.server.failure == nil { _ = bench.bytes() }
            for (stream, _) in bench.news() where stream.id != 1 { bench.server.release(stream) }
            outputMax = max(outputMax, bench.server.outputCount)
            streamsMax = max(streamsMax, bench.server.streamCount)
            if bench.server.failure != nil { break }
        }
        #expect(bench.server.failure == .enhanceYourCalm)
        #expect(bench.goAway() == .enhanceYourCalm)
        #expect(outputMax <= 300 * 1024 && streamsMax <= 201)
        // Nothing more is understood.
        bench.say(Frame.headers(99_999, Bench.get))
        #expect(!bench.news().contains { $0.news.contains(.opened) })
    }

    /// Streams that we are about to reset are open until the client can know of it, so that a client that says many such
    /// things at once opens more than allowed as well (RFC 9113, section 5.1.2). What it is sent away for is the flood.
    @Test(arguments: floods.filter { $0.source == "CVE-2025-8671" || $0.source == "CVE-2019-9514" }, [100, 101, 400])
    func `that comes in one piece ends in the same way as what trickles in, however long we are at work on it`(
        flood: Flood, turns: UInt32
    ) {
        let bench = Bench()
        for start in stride(from: 0, to: 3000, by: Int(turns)) {
            bench.say((UInt32(start)..<UInt32(start) + turns).flatMap(flood.turn))
            if bench.server.failure != nil { break }
            _ = bench.bytes()
        }
        #expect(bench.server.failure == .enhanceYourCalm)
        #expect(bench.goAway() == .enhanceYourCalm)
        #expect(bench.server.streamCount <= 201)
    }

    @Test func `is not what is said of a client that only opens too many streams (RFC 9113, section 5.1.2)`() {
        let bench = Bench()
        bench.say((0...100).map { Frame.headers(2 * $0 + 1, Bench.get) })
        #expect(bench.goAway() == .protocolError)
    }

    @Test func `is not what a browser does that leaves page after page`() {
        let bench = Bench()
        var id: UInt32 = 1
        for _ in 0..<4 {
            let first = id
            for _ in 0..<100 {
                bench.say(Frame.headers(id, Bench.get))
                id += 2
            }
            for stream in stride(from: first, to: id, by: 2) { bench.say(Frame.reset(stream)) }
            for (stream, _) in bench.news() { bench.server.release(stream) }
            _ = bench.bytes()
            bench.now += 2_000_000_000
        }
        #expect(bench.server.failure == nil && bench.server.streamCount == 0)
    }

    @Test func `is not what a client does that reads a large answer in small pieces`() throws {
        let bench = Bench()
        let stream = try bench.open()
        bench.workspace.draft.begin(status: 200)
        bench.server.respond(on: stream, endsStream: false)
        _ = bench.bytes()
        for _ in 0..<5000 {
            var body = buffer(String(repeating: "x", count: 1000))
            bench.server.send(&body, on: stream)
            _ = bench.bytes()
            bench.say(.window(0, 1000), .window(1, 1000))
        }
        #expect(bench.server.failure == nil)
    }

    @Test func `by streams that close while we work on them finds no more workers than before (CVE-2025-8671)`() throws
    {
        let bench = Bench()
        var held = 0
        for turn in 0..<200 {
            let id = UInt32(2 * turn + 1)
            bench.say(.headers(id, Bench.get), .reset(id))
            held += bench.news().count { $0.news.contains(.opened) }
        }
        #expect(held == 100 && bench.server.streamCount == 100)
        #expect(
            bench.frames().contains { $0.kind == .rstStream && $0.number() == HTTP2ErrorCode.refusedStream.rawValue })
    }

    @Test func `by streams before our SETTINGS are acknowledged (CVE-2025-53506)`() throws {
        let bench = Bench(greeting: false)
        bench.say(Frame.magic + Frame.settings().bytes)
        for turn in 0..<1000 {
            let id = UInt32(2 * turn + 1)
            bench.say(.headers(id, Bench.get))
            for (stream, _) in bench.news() { bench.server.release(stream) }
            if bench.server.failure != nil { break }
        }
        #expect(bench.server.failure == .enhanceYourCalm)
        #expect(bench.server.streamCount <= 101)
    }

    @Test func `by more streams at once than were allowed is refused`() throws {
        let bench = Bench()
        for turn in 0..<101 { bench.say(Frame.headers(UInt32(2 * turn + 1), Bench.get)) }
        #expect(bench.news().count { $0.news.contains(.opened) } <= 100)
        let frames = bench.frames()
        #expect(frames.contains { $0.kind == .goAway || $0.kind == .rstStream && $0.stream == 201 })
    }

    @Test func `by CONTINUATION without end ends at once (CVE-2024-27316)`() {
        for piece in [0, 1, 100] {
            let bench = Bench()
            bench.say(
                Frame(kind: .headers, stream: 1, payload: HPACK.literal(Bench.get)))
            var count = 0
            while bench.server.failure == nil, count < 100 {
                let field = HPACK.field("x", Array(repeating: 0x61, count: piece))
                bench.say(Frame(kind: .continuation, stream: 1, payload: piece == 0 ? [] : field))
                count += 1
            }
            #expect(bench.server.failure == .enhanceYourCalm && count <= 10)
            #expect(bench.news().isEmpty)
        }
    }

    @Test(arguments: ["x-bomb", "cookie"])
    func `by heads that unfold is cut off in the middle (CVE-2026-47774, CVE-2026-49975)`(name: String) {
        let bench = Bench()
        // One field of 3.9 KiB goes into the table; then every byte stands for it, of which 16,000 are 60 MiB.
        let bomb = HPACK.literal(Bench.get) + HPACK.indexed(name, String(repeating: "a", count: 3900))
        bench.say(
            Frame(kind: .headers, flags: Frame.endStream, stream: 1, payload: bomb),
            Frame(
                kind: .continuation, flags: Frame.endHeaders, stream: 1,
                payload: Array(repeating: 0x80 | 62, count: 16_000)))
        #expect(bench.server.failure == .enhanceYourCalm)
        #expect(bench.news().isEmpty)
    }

    @Test func `by heads that unfold a little gets an answer, and is counted (CVE-2026-47774)`() throws {
        let bench = Bench()
        let bomb =
            HPACK.literal(Bench.get) + HPACK.indexed("x-bomb", String(repeating: "a", count: 3900))
            + Array(repeating: 0x80 | 62, count: 90)
        bench.say(
            Frame(kind: .headers, flags: Frame.endStream | Frame.endHeaders, stream: 1, payload: bomb))
        let stream = try bench.opened()
        #expect(stream.refusal == .headTooLarge && stream.request.fields.count < 20)
    }

    @Test func `of readers that never read holds no more than the limits (CVE-2019-9517)`() throws {
        let bench = Bench()
        bench.say(.settings([(4, 0x7fff_ffff)]), .window(0, 0x7fff_0000))
        for turn in 0..<100 {
            let stream = try bench.open(UInt32(2 * turn + 1))
            bench.workspace.draft.begin(status: 200)
            var body = buffer(String(repeating: "x", count: HTTP2Stream.outgoingBytesMax))
            bench.server.send(&body, on: stream)
            bench.server.respond(on: stream, endsStream: false)
            #expect(bench.server.outputCount < 256 * 1024 + 17_000)
        }
        #expect(bench.server.isCongested)
        // And when it does read, all of it comes.
        let bytes = bench.bytes().count
        #expect(bytes >= 100 * HTTP2Stream.outgoingBytesMax)
    }

    @Test func `by a window of zero holds only what its stream may hold, and goes on when there is one`() throws {
        let bench = Bench(greeting: false)
        bench.say(Frame.magic + Frame.settings([(4, 0)]).bytes + Frame.settingsAck.bytes)
        _ = bench.frames()
        let stream = try bench.open()
        bench.workspace.draft.begin(status: 200)
        bench.server.respond(on: stream, endsStream: false)
        var body = buffer(String(repeating: "x", count: HTTP2Stream.outgoingBytesMax))
        bench.server.send(&body, on: stream)
        #expect(!stream.hasRoom)
        bench.server.awaitRoom(on: stream)
        #expect(bench.frames().allSatisfy { $0.kind == .headers })
        #expect(bench.news().isEmpty)
        bench.say(.window(1, 40_000))
        #expect(bench.frames().filter { $0.kind == .data }.reduce(0) { $0 + $1.payload.count } == 40_000)
        #expect(bench.news().first?.news == .writable && stream.hasRoom)
    }

    @Test func `by servers ends their connection too`() throws {
        for frame in [Frame.ping, .settings(), .data(1, []), .window(0, 1), Frame(kind: .unknown)] {
            let bench = ClientBench()
            let stream = try bench.open()
            bench.say([Frame(kind: .headers, flags: Frame.endHeaders, stream: 1, payload: [0x88])])
            var count = 0
            while bench.client.failure == nil, count < 5000 {
                bench.say([frame])
                _ = bench.frames()
                count += 1
            }
            #expect(bench.client.failure == .enhanceYourCalm)
            _ = stream
        }
    }
}
