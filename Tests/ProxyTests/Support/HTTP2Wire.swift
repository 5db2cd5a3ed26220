import EventLoop
import Foundation
import HTTP2
import HTTPMessage
import TLS

/// A client of HTTP/2 as a test drives it: stream by stream, and frame by frame if it likes.
actor HTTP2Wire {
    /// What came on one stream.
    struct Answer: Sendable {
        var status: Int?
        var fields: [(name: String, value: String)] = []
        var body: [UInt8] = []
        var interim: [Int] = []
        var trailers: [(name: String, value: String)] = []
        /// Whether the answer came to its end, and whether the stream is closed and why.
        var isComplete = false
        var closeCode: HTTP2ErrorCode?

        var text: String { String(decoding: body, as: UTF8.self) }
        subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }
        /// A field of the trailers, or of the head when that is all there is.
        func trailer(_ name: String) -> String? { (trailers + fields).first { $0.name == name }?.value }
    }

    private nonisolated let loop = TestLoop.shared
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    private let session = HTTP2ClientSession(workspace: HTTP2Workspace())
    private var transport: Transport?
    private var streams: [Int32: HTTP2Stream] = [:]
    private var answers: [Int32: Answer] = [:]
    /// Whether what comes is taken, and so more may come.
    private var takes = true
    private(set) var isEnded = false

    /// - Parameter speaksFirst: whether the client says its preface before it has heard the server's.
    static func connect(
        _ port: UInt16, name: String = "localhost", speaksFirst: Bool = true
    ) async throws -> HTTP2Wire {
        // Made here, where waiting for certificates holds up nobody's loop.
        let context = try TestCertificates.shared.client(protocols: ["h2", "http/1.1"])
        let wire = HTTP2Wire()
        try await wire.open(port, name, context, speaksFirst: speaksFirst)
        return wire
    }

    private func open(
        _ port: UInt16, _ name: String, _ context: ClientContext, speaksFirst: Bool
    ) async throws {
        guard let address = SocketAddress(host: "127.0.0.1", port: port) else { throw WireError.noAddress }
        let socket = try await Socket.connect(to: address, loop: loop, deadline: soon)
        let connection = try TLSConnection(socket: socket, context: context, hostname: name)
        try await connection.handshake(deadline: soon)
        guard connection.alpnProtocol == "h2" else { throw WireError.closed }
        let transport = Transport.tls(connection)
        self.transport = transport
        while !speaksFirst, !session.hasGreeted {
            try await transport.readable(deadline: soon)
            let piece = try [UInt8](capacity: 65_536) { span in _ = try transport.read(into: &span) }
            session.receive(piece.span, now: loop.now.nanoseconds)
        }
        try await flush()
    }

    private var soon: MonotonicInstant { loop.now + .seconds(60) }

    // MARK: Asking

    /// Sends the head of a request; the number of its stream.
    @discardableResult
    func begin(
        _ method: String, _ path: String, host: String = "localhost", fields: [(String, String)] = [],
        token: String? = nil, ends: Bool = true
    ) async throws -> Int32 {
        var all = [(":method", method), (":scheme", "https"), (":authority", host), (":path", path)] + fields
        if let token { all.append(("cookie", "__Host-gatehouse=\(token)")) }
        for (name, value) in all { session.workspace.draft.append(name: name.utf8.span, value: value.utf8.span) }
        guard let stream = session.open(method: Method(method.utf8.span), endsStream: ends) else {
            throw WireError.closed
        }
        streams[stream.id] = stream
        answers[stream.id] = Answer()
        try await flush()
        return stream.id
    }

    /// Sends a piece of a body.
    func send(_ bytes: [UInt8], on id: Int32, ends: Bool = false) async throws {
        guard let stream = streams[id] else { throw WireError.closed }
        var rest = bytes[...]
        while !rest.isEmpty {
            while !stream.hasRoom, !stream.isClosed, !isEnded { try await step() }
            if stream.isClosed || isEnded { throw WireError.closed }
            let piece = Array(rest.prefix(HTTP2Stream.outgoingBytesMax))
            rest = rest.dropFirst(piece.count)
            var buffer = ByteBuffer(minimumCapacity: piece.count)
            buffer.append(piece.span)
            session.send(&buffer, on: stream)
            try await flush()
        }
        if ends {
            session.end(stream)
            try await flush()
        }
    }

    func reset(_ id: Int32) async throws {
        if let stream = streams[id] { session.reset(stream, .cancel) }
        try await flush()
    }

    /// Sends these bytes as they are, between frames of the session's.
    func write(_ bytes: [UInt8]) async throws {
        guard let transport else { throw WireError.closed }
        try await transport.writeAll(bytes.span, deadline: soon)
    }

    func takesNothing() { takes = false }
    func takesAgain() async throws {
        takes = true
        gather()
        try await flush()
    }

    // MARK: Hearing

    /// Waits until the stream's answer is complete or the stream is closed.
    func answer(_ id: Int32) async throws -> Answer {
        try await hear(id) { $0.isComplete || $0.closeCode != nil }
    }

    /// Waits until what came on the stream is as wanted.
    func hear(_ id: Int32, until isEnough: @Sendable (Answer) -> Bool) async throws -> Answer {
        while true {
            // Not held while more is appended to it: then all of it would be copied each time.
            if let answer = answers[id], isEnough(answer) || isEnded { return answer }
            try await step()
        }
    }

    /// Asks and waits for the answer.
    func ask(
        _ method: String, _ path: String, host: String = "localhost", fields: [(String, String)] = [],
        token: String? = nil, body: String = ""
    ) async throws -> Answer {
        let id = try await begin(method, path, host: host, fields: fields, token: token, ends: body.isEmpty)
        if !body.isEmpty { try await send(Array(body.utf8), on: id, ends: true) }
        return try await answer(id)
    }

    /// Reads until the other side ends the connection, and says with what it did.
    func rest() async throws -> HTTP2ErrorCode? {
        while !isEnded { try await step() }
        return lastGoAway
    }

    /// Whether the other side has said that it takes no more streams.
    func waitForGoAway() async throws {
        while !session.isGoingAway, !isEnded { try await step() }
    }

    /// The code of the last GOAWAY that came.
    private(set) var lastGoAway: HTTP2ErrorCode?

    /// Reads what has come, without waiting. Whether the other side takes no more streams: whoever only sends may lose
    /// what it says of that, with a connection that it has to reset in the end.
    func hearsGoodbye() async throws -> Bool {
        try await step(waits: false)
        return session.isGoingAway || isEnded
    }

    /// Reads once.
    private func step(waits: Bool = true) async throws {
        guard let transport, !isEnded else { return isEnded = true }
        var outcome = ReadOutcome.wouldBlock
        do {
            let piece = try [UInt8](capacity: 65_536) { span in outcome = try transport.read(into: &span) }
            session.receive(piece.span, now: loop.now.nanoseconds)
            gather()
            try await flush()
            if outcome == .endOfStream { isEnded = true }
            if outcome == .wouldBlock, waits { try await transport.readable(deadline: soon) }
        } catch IOError.timedOut {
            throw WireError.timedOut
        } catch {
            isEnded = true
        }
        lastGoAway = session.peerGoAway
        if isEnded {
            session.abandon()
            gather()
        }
    }

    private func gather() {
        while let stream = session.nextNews() { note(stream, session.takeNews(of: stream)) }
        for (id, stream) in streams { collect(id, stream) }
    }

    private func note(_ stream: HTTP2Stream, _ news: HTTP2Stream.News) {
        while let interim = session.takeInterim(of: stream) { answers[stream.id]?.interim.append(interim.status) }
        if news.contains(.responded) {
            let head = stream.response
            answers[stream.id]?.status = head.status
            answers[stream.id]?.fields = Self.texts(head.fields)
        }
    }

    private static func texts(_ fields: FieldBlock) -> [(name: String, value: String)] {
        var texts: [(name: String, value: String)] = []
        for index in 0..<fields.count {
            let name = fields.name(index).decoded
            texts.append((name, fields.value(index).decoded))
        }
        return texts
    }

    private func collect(_ id: Int32, _ stream: HTTP2Stream) {
        guard takes else { return }
        var buffer = ByteBuffer()
        if session.take(from: stream, into: &buffer) > 0 {
            let bytes = unsafe buffer.span.withUnsafeBufferPointer { unsafe Array($0) }
            answers[id]?.body += bytes
        }
        if stream.isReadToEnd {
            answers[id]?.isComplete = true
            if let block = stream.trailers { answers[id]?.trailers = Self.texts(block) }
        }
        if stream.isClosed {
            answers[id]?.closeCode = stream.closeCode
            streams[id] = nil
            session.release(stream)
        }
    }

    private func flush() async throws {
        guard let transport else { throw WireError.closed }
        while true {
            let outcome = try session.withOutput { bytes throws(IOError) in try transport.write(bytes) }
            switch outcome {
            case .bytes(0): return
            case .bytes(let count): session.outputWasSent(count)
            case .wouldBlock: try await transport.writable(deadline: soon)
            }
        }
    }

    func close() {
        transport?.close()
        transport = nil
    }
}
