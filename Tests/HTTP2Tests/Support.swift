import HTTP2
import HTTPMessage
import Testing

/// A server's session, and a client that says what a test wants it to, well-formed or not.
final class Bench {
    let workspace: HTTP2Workspace
    let server: HTTP2ServerSession
    /// What the server has sent, and nobody has looked at.
    private var sent: [UInt8] = []
    var now: UInt64 = 1_000_000_000

    /// With `greeting`, both sides have said what they say first. `keptMax` is how many streams are kept to be used again.
    convenience init(limits: HTTP2Limits = HTTP2Limits(), greeting: Bool = true, keptMax: Int = 1024) {
        self.init(limits: limits, greeting: greeting, sharing: HTTP2Workspace(keptMax: keptMax))
    }

    /// With the memory of another session.
    init(limits: HTTP2Limits = HTTP2Limits(), greeting: Bool = true, sharing workspace: HTTP2Workspace) {
        self.workspace = workspace
        server = HTTP2ServerSession(limits: limits, workspace: workspace)
        if greeting {
            say(Frame.magic + Frame.settings().bytes + Frame.settingsAck.bytes)
            _ = frames()
        }
    }

    func say(_ bytes: [UInt8]) { server.receive(bytes.span, now: now) }
    func say(_ frames: Frame...) { say(frames.flatMap(\.bytes)) }
    func say(_ frames: [Frame]) { say(frames.flatMap(\.bytes)) }

    /// What the server says, up to `most` bytes.
    func bytes(most: Int = .max) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < most {
            let count = server.withOutput { span in
                let here = min(span.count, most - bytes.count)
                for index in 0..<here { bytes.append(span[index]) }
                return here
            }
            if count == 0 { break }
            server.outputWasSent(count)
        }
        return bytes
    }

    func frames() -> [Frame] { Frame.all(in: bytes()) }

    /// The streams that something happened to, with what it was.
    func news() -> [(stream: HTTP2Stream, news: HTTP2Stream.News)] {
        var all: [(stream: HTTP2Stream, news: HTTP2Stream.News)] = []
        while let stream = server.nextNews() { all.append((stream, server.takeNews(of: stream))) }
        return all
    }

    /// The stream that has just been opened.
    func opened() throws -> HTTP2Stream { try #require(news().first { $0.news.contains(.opened) }).stream }

    /// Opens a stream with a request, and answers with the server's side of it.
    func open(_ id: UInt32 = 1, _ fields: [(String, String)] = Bench.get, endStream: Bool = true) throws -> HTTP2Stream
    {
        say(Frame.headers(id, fields, endStream: endStream))
        return try opened()
    }

    func respond(_ status: Int, _ body: String? = nil, on stream: HTTP2Stream) {
        workspace.draft.begin(status: status)
        if let body {
            var buffer = ByteBuffer()
            buffer.append(body)
            server.send(&buffer, on: stream)
            server.end(stream)
        }
        server.respond(on: stream, endsStream: body == nil)
    }

    /// Sends the head of an answer whose body was handed over, or is to be.
    func answer(_ status: Int, on stream: HTTP2Stream) {
        workspace.draft.begin(status: status)
        server.respond(on: stream, endsStream: false)
    }

    static let get = [(":method", "GET"), (":scheme", "https"), (":authority", "a.example"), (":path", "/")]
    static let post = [(":method", "POST"), (":scheme", "https"), (":authority", "a.example"), (":path", "/")]

    /// How the connection ended, if the server ended it.
    func goAway() -> HTTP2ErrorCode? {
        frames().last { $0.kind == .goAway }.map { HTTP2ErrorCode(rawValue: $0.number(at: 4)) }
    }

    /// The code that a stream was reset with.
    func resetCode(_ stream: UInt32 = 1) -> HTTP2ErrorCode? {
        frames().first { $0.kind == .rstStream && $0.stream == stream }.map { HTTP2ErrorCode(rawValue: $0.number()) }
    }
}

/// A client's and a server's session, connected.
final class Pair {
    let workspace = HTTP2Workspace()
    let client: HTTP2ClientSession
    let server: HTTP2ServerSession
    private let now: UInt64 = 1_000_000_000
    /// How many bytes are carried at once.
    let step: Int

    init(step: Int = .max, serverLimits: HTTP2Limits = HTTP2Limits()) {
        self.step = step
        client = HTTP2ClientSession(workspace: workspace)
        server = HTTP2ServerSession(limits: serverLimits, workspace: workspace)
        carry()
    }

    /// Carries bytes both ways until neither side has any.
    func carry() { while carry(from: client, to: server) + carry(from: server, to: client) > 0 {} }

    private func carry(from sender: HTTP2Session, to receiver: HTTP2Session) -> Int {
        var bytes: [UInt8] = []
        let count = sender.withOutput { span in
            for index in 0..<min(span.count, step) { bytes.append(span[index]) }
            return bytes.count
        }
        sender.outputWasSent(count)
        receiver.receive(bytes.span, now: now)
        return count
    }

    /// Asks, and answers with the client's and the server's side of the stream.
    func open(
        _ method: HTTPMessage.Method = .get, _ fields: [(String, String)] = Bench.get, endsStream: Bool = true
    ) throws -> (client: HTTP2Stream, server: HTTP2Stream) {
        workspace.draft.removeAll()
        for (name, value) in fields { workspace.draft.append(name: name.utf8.span, value: value.utf8.span) }
        let asked = try #require(client.open(method: method, endsStream: endsStream))
        carry()
        let heard = try #require(server.nextNews())
        #expect(server.takeNews(of: heard).contains(.opened))
        return (asked, heard)
    }

    func news(of session: HTTP2Session) -> [(stream: HTTP2Stream, news: HTTP2Stream.News)] {
        var all: [(stream: HTTP2Stream, news: HTTP2Stream.News)] = []
        while let stream = session.nextNews() { all.append((stream, session.takeNews(of: stream))) }
        return all
    }

    /// Everything that can be taken from a stream now, as text.
    func take(_ stream: HTTP2Stream, _ session: HTTP2Session) -> String {
        var buffer = ByteBuffer()
        _ = session.take(from: stream, into: &buffer)
        return buffer.span.decoded
    }
}

extension FieldBlock {
    /// All fields as `name: value`, in order.
    var lines: [String] { (0..<count).map { name($0).decoded + ": " + value($0).decoded } }
}

extension [UInt8] {
    init(copying span: Span<UInt8>) {
        self.init()
        for index in 0..<span.count { append(span[index]) }
    }
}

func buffer(_ text: String) -> ByteBuffer {
    var buffer = ByteBuffer()
    buffer.append(text)
    return buffer
}
