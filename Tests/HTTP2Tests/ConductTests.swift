import HTTP2
import Testing

/// What RFC 9113 has end a connection although nghttp2 would go on, and what must not be taken for it.
@Suite struct `A peer that errs` {
    @Test(arguments: [([3], 1), ([1, 3, 9, 11], 5), ([1, 101], 99)] as [([UInt32], UInt32)])
    func `by opening a stream with a number that was passed over is told so (RFC 9113, section 5.1.1)`(
        opened: [UInt32], next: UInt32
    ) {
        let bench = Bench()
        for stream in opened { bench.say(Frame.headers(stream, Bench.get)) }
        #expect(bench.goAway() == nil)
        bench.say(Frame.headers(next, Bench.get))
        #expect(bench.goAway() == .protocolError)
        #expect(bench.server.failure == .protocolError)
    }

    @Test func `is not who sends trailers that were on their way when we ended the stream`() throws {
        let bench = Bench()
        let stream = try bench.open(1, Bench.post, endStream: false)
        bench.server.reset(stream, .cancel)
        _ = bench.frames()
        bench.say(Frame.headers(3, Bench.get))
        bench.say(Frame.data(1, [1, 2, 3]))
        bench.say(Frame.headers(1, [("x-sum", "7")]))
        #expect(bench.server.failure == nil && bench.goAway() == nil)
    }

    /// nghttp2 refuses the stream by itself, and tells nobody.
    @Test func `is not who sends trailers on a stream that was refused for being one too many`() {
        var limits = HTTP2Limits()
        limits.streamsMax = 1
        let bench = Bench(limits: limits, greeting: false)
        // Before our SETTINGS are acknowledged the client does not know better.
        bench.say(Frame.magic + Frame.settings().bytes)
        bench.say(Frame.headers(1, Bench.post, endStream: false))
        bench.say(Frame.headers(3, Bench.post, endStream: false))
        bench.say(Frame.reset(1))
        bench.say(Frame.headers(5, Bench.get))
        bench.say(Frame.headers(3, [("x-sum", "7")]))
        #expect(bench.server.failure == nil && bench.goAway() == nil)
    }

    @Test func `by passing over many numbers holds no memory`() {
        let bench = Bench()
        for stream in stride(from: UInt32(1), to: 4001, by: 4) {
            bench.say(Frame.headers(stream, Bench.get))
            bench.say(Frame.reset(stream))
            // What was passed over long ago is not remembered, and ignored.
            if stream == 401 { bench.say(Frame.headers(3, Bench.get)) }
            if bench.server.failure != nil { break }
            for (opened, _) in bench.news() { bench.server.release(opened) }
        }
        // A thousand resets are a flood, whatever their numbers.
        #expect(bench.server.failure == .enhanceYourCalm)
    }

    @Test func `by PRIORITY on no stream is told so (RFC 9113, section 6.3)`() {
        let bench = Bench()
        bench.say(Frame(kind: .priority, stream: 0, payload: [0, 0, 0, 0, 15]))
        #expect(bench.goAway() == .protocolError)
    }

    @Test(arguments: [
        (0x7fff_0000, 0x7fff_ffff, false), (1, 0x7fff_ffff, false), (1, 0x7fff_fffe, true), (0, 0x7fff_ffff, true),
    ])
    func `by SETTINGS that widen a window beyond 2^31-1 is told so (RFC 9113, section 6.9.2)`(
        increment: UInt32, initial: UInt32, isFine: Bool
    ) throws {
        let bench = Bench()
        _ = try bench.open(1, Bench.post, endStream: false)
        if increment > 0 { bench.say(Frame.window(1, increment)) }
        bench.say(Frame.settings([(4, initial)]))
        #expect(bench.goAway() == (isFine ? nil : .flowControlError))
        #expect((bench.server.failure == nil) == isFine)
    }
}
