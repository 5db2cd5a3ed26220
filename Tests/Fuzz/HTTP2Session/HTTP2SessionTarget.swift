import HTTP2
import HTTPMessage

/// A server's session between a client that the fuzzer plays and an owner that does what owners do.
private final class Conversation {
    private let session: HTTP2ServerSession
    private let workspace = HTTP2Workspace()
    private var held: [HTTP2Stream] = []
    private var body = ByteBuffer()
    private var now: UInt64 = 1
    private(set) var output: [UInt8] = []

    init() {
        var limits = HTTP2Limits()
        limits.allowsExtendedConnect = true
        session = HTTP2ServerSession(limits: limits, workspace: workspace)
    }

    /// Feeds the bytes up to each of the places in turn, and does to the streams what `habits` say.
    func run(_ bytes: [UInt8], upTo places: [Int], habits: UInt8) {
        var start = 0
        for end in places where end > start {
            now += 1_000_000
            session.receive(bytes.span.extracting(start..<end), now: now)
            start = end
            while let stream = session.nextNews() { hear(stream, session.takeNews(of: stream), habits) }
            check()
            if habits & 1 != 0 { drain() }
        }
        drain()
        if habits & 2 != 0 { session.shutDown() } else { session.abandon() }
        while let stream = session.nextNews() { hear(stream, session.takeNews(of: stream), habits) }
        drain()
        for stream in held { session.release(stream) }
    }

    private func hear(_ stream: HTTP2Stream, _ news: HTTP2Stream.News, _ habits: UInt8) {
        if news.contains(.opened) {
            held.append(stream)
            if stream.refusal == nil { check(stream.request) }
            if habits & 4 != 0 { answer(stream, trailers: habits & 8 != 0) }
        }
        if habits & 16 != 0 { _ = session.take(from: stream, into: &body) }
        body.clear()
        if news.contains(.closed) || habits & 32 != 0, let index = held.firstIndex(where: { $0 === stream }) {
            if habits & 64 != 0 { session.reset(stream, .cancel) }
            held.remove(at: index)
            session.release(stream)
        }
    }

    private func answer(_ stream: HTTP2Stream, trailers: Bool) {
        workspace.draft.begin(status: 200)
        workspace.draft.append("x-answer", "yes")
        body.clear()
        body.append("hello")
        session.send(&body, on: stream)
        if trailers {
            var draft = FieldDraft()
            draft.append("x-sum", "1")
            session.end(stream, trailers: draft)
        } else {
            session.end(stream)
        }
        session.respond(on: stream, endsStream: false)
    }

    private func drain() {
        while true {
            let bytes = session.withOutput { $0.copied }
            if bytes.isEmpty { return }
            output += bytes
            session.outputWasSent(bytes.count)
        }
    }

    /// What must hold whatever came.
    private func check() {
        if session.outputCount > 600 * 1024 { finding("output without bound") }
        if session.streamCount > 202 { finding("streams without bound") }
        for stream in held where stream.receivedCount > 128 * 1024 { finding("a body beyond its window") }
    }

    /// What must hold for a head that was accepted.
    private func check(_ head: RequestHead) {
        for byte in head.methodSpan.copied where !ByteClass.isToken(byte) { finding("a method that is none") }
        for byte in head.target.copied where !ByteClass.isTarget(byte) { finding("a target that is none") }
        if head.authority.isEmpty { finding("no authority") }
        if head.form == .origin, head.path.copied.first != UInt8(ascii: "/") { finding("a path that is none") }
        let fields = head.fields
        if fields.count > 100 { finding("too many fields") }
        for index in 0..<fields.count {
            for byte in fields.name(index).copied {
                if !ByteClass.isToken(byte) || byte.lowercasedASCII != byte { finding("a name that is none") }
            }
            for byte in fields.value(index).copied where !ByteClass.isFieldValue(byte) {
                finding("a value with a control byte")
            }
            switch fields.known(index) {
            case .connection, .transferEncoding, .upgrade, .keepAlive, .proxyConnection: finding("a field of HTTP/1")
            default: break
            }
        }
    }
}

/// The first byte is the owner's habits; the rest is what the client sends, after its preface.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHTTP2Session(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe fuzzInput(start, count)
    guard let habits = input.first else { return 0 }
    let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]
    let bytes = preface + input.dropFirst()
    Conversation().run(bytes, upTo: [bytes.count], habits: habits)
    Conversation().run(bytes, upTo: cuts(of: bytes), habits: habits)
    return 0
}
