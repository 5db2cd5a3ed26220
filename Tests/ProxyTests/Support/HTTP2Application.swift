import EventLoop
import HTTPMessage
import TLS

@testable import HTTP2

/// An application that speaks HTTP/2: answers each request when it is complete, as a test's script says. A request for a
/// tunnel is answered at once, and if that is with 2xx and no body, what comes on the tunnel goes back.
actor HTTP2Application {
    struct Request: Sendable {
        /// Pseudo-fields first.
        let fields: [(name: String, value: String)]
        let body: [UInt8]
        let connection: Int

        subscript(name: String) -> String? { fields.first { $0.name == name }?.value }
    }

    struct Answer: Sendable {
        var status = 200
        /// Statuses of interim answers before it.
        var interim: [Int] = []
        var fields: [(String, String)] = []
        var body: [UInt8] = []
        var trailers: [(String, String)] = []
        /// Ends the stream by this instead of what is left of the answer.
        var reset: HTTP2ErrorCode?
        var withholdsHead = false
        /// Reads nothing of what comes on a tunnel.
        var isDeaf = false
        /// Takes no more streams on the connection.
        var saysGoAway = false
        /// Bytes that are sent after it, whatever they mean.
        var raw: [UInt8] = []
    }

    typealias Script = @Sendable (Request) async -> Answer
    /// Whether a request for this path on this connection is left alone: of its body nothing is read.
    typealias Neglect = @Sendable (_ path: String, _ connection: Int) -> Bool

    private final class Connection {
        let wire: Wire
        let session: HTTP2ServerSession
        var bodies: [Int32: [UInt8]] = [:]
        var isWriting = false

        init(_ wire: Wire, _ session: HTTP2ServerSession) {
            self.wire = wire
            self.session = session
        }
    }

    /// What the tag of a stream says: that the request was passed on, or that there is a tunnel now.
    private static let askedTag = 1
    private static let tunnelTag = 2
    private static let deafTag = 3

    private nonisolated let loop = TestLoop.shared
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    nonisolated let port: UInt16
    private var listener: Listener?
    private let tls: ServerContext?
    private let limits: HTTP2Limits
    private let script: Script
    private let neglects: Neglect
    private var neglected: [(connection: Int, id: Int32)] = []
    private let workspace = HTTP2Workspace()
    private var open: [Connection] = []
    private(set) var requests: [Request] = []
    /// The most requests that were being answered at once on one connection.
    private(set) var concurrencyMax = 0
    /// Why streams ended that the gateway ended before their time.
    private(set) var resets: [HTTP2ErrorCode] = []
    private var underWay: [Int: Int] = [:]
    var connections: Int { open.count }

    static func start(
        tls: ServerContext? = nil, streamsMax: UInt32 = 100, tunnels: Bool = false, _ script: @escaping Script = echo,
        neglecting neglects: @escaping Neglect = { _, _ in false }
    ) async throws -> HTTP2Application {
        let handover = try await Task(executorPreference: TestLoop.shared) {
            guard let address = SocketAddress("127.0.0.1:0") else { throw WireError.noAddress }
            return Handover(listener: try Listener(address: address, loop: TestLoop.shared))
        }.value
        var limits = HTTP2Limits()
        limits.streamsMax = streamsMax
        limits.allowsExtendedConnect = tunnels
        let application = HTTP2Application(handover, tls, limits, neglects, script)
        Task { await application.run() }
        return application
    }

    private struct Handover: @unchecked Sendable { let listener: Listener }

    private init(
        _ handover: Handover, _ tls: ServerContext?, _ limits: HTTP2Limits, _ neglects: @escaping Neglect,
        _ script: @escaping Script
    ) {
        listener = handover.listener
        port = handover.listener.address.port ?? 0
        self.tls = tls
        self.limits = limits
        self.script = script
        self.neglects = neglects
    }

    /// How much has come of the bodies that are not read.
    var unread: Int {
        neglected.reduce(0) { $0 + (open[$1.connection].session.stream($1.id)?.receivedCount ?? 0) }
    }

    /// Says of the requests that were left alone that nothing was done about them (RFC 9113, section 8.7): by taking no more
    /// on their connections, or of each by itself.
    func refuseNeglected(goingAway: Bool) async throws {
        let all = neglected
        neglected = []
        for (number, id) in all {
            let connection = open[number]
            if goingAway {
                let last = UInt32(max(id - 2, 0))
                let bytes = [last >> 24, last >> 16, last >> 8, last].map { UInt8(truncatingIfNeeded: $0) }
                try await connection.wire.write([0, 0, 8, 7, 0, 0, 0, 0, 0] + bytes + [0, 0, 0, 0])
            } else if let stream = connection.session.stream(id) {
                connection.session.reset(stream, .refusedStream)
                await flush(connection)
            }
        }
    }

    /// Says what was asked, a line a field, and repeats the body.
    static let echo: Script = { request in
        let head = request.fields.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
        return Answer(fields: [("content-type", "text/plain")], body: Array((head + "\n\n").utf8) + request.body)
    }

    func stop() async {
        listener?.stop()
        listener = nil
        for connection in open { await connection.wire.close() }
    }

    private func run() async {
        while let listener {
            switch listener.accept() {
            case .accepted(let socket, _):
                let wire = Wire(Wire.Handover(socket: socket))
                let session = HTTP2ServerSession(limits: limits, workspace: workspace)
                open.append(Connection(wire, session))
                let number = open.count - 1
                Task { await self.serve(number) }
            case .wouldBlock:
                do { try await listener.acceptable(deadline: .distantFuture) } catch { return }
            case .exhausted, .transient:
                await loop.sleep(until: loop.now + .milliseconds(5))
            case .broken: return
            }
        }
    }

    private func serve(_ number: Int) async {
        let connection = open[number]
        do {
            if let tls { try await connection.wire.accept(tls) }
            await flush(connection)
            while let piece = try await connection.wire.piece() {
                connection.session.receive(piece.span, now: loop.now.nanoseconds)
                while let stream = connection.session.nextNews() { hear(of: stream, connection, number) }
                await flush(connection)
                if connection.session.isOver { break }
            }
        } catch {
            // The test sees what the client got.
        }
        connection.session.abandon()
        await connection.wire.close()
    }

    private func hear(of stream: HTTP2Stream, _ connection: Connection, _ number: Int) {
        let news = connection.session.takeNews(of: stream)
        if news.contains(.closed) {
            if stream.closeCode != .noError { resets.append(stream.closeCode) }
            return connection.session.release(stream)
        }
        if stream.tag == 0, neglects(stream.request.target.decoded, number) {
            stream.tag = Self.deafTag
            neglected.append((number, stream.id))
        }
        if stream.tag == Self.deafTag { return }
        var buffer = ByteBuffer()
        if connection.session.take(from: stream, into: &buffer) > 0 {
            if stream.tag == Self.tunnelTag {
                connection.session.send(&buffer, on: stream)
            } else {
                connection.bodies[stream.id, default: []] += Self.bytes(buffer.span)
            }
        }
        if stream.tag == Self.tunnelTag, stream.isReadToEnd { connection.session.end(stream) }
        let head = stream.request
        guard stream.isReadToEnd || !head.connectProtocol.isEmpty, stream.tag == 0 else { return }
        let body = connection.bodies[stream.id] ?? []
        stream.tag = Self.askedTag
        var fields = [
            (name: ":method", value: head.methodSpan.decoded), (name: ":path", value: head.target.decoded),
            (name: ":authority", value: head.authority.decoded),
        ]
        if !head.connectProtocol.isEmpty {
            fields.append((name: ":protocol", value: String(decoding: head.connectProtocol, as: UTF8.self)))
        }
        let block = head.fields
        for index in 0..<block.count {
            let name = block.name(index).decoded
            fields.append((name: name, value: block.value(index).decoded))
        }
        let request = Request(fields: fields, body: body, connection: number)
        requests.append(request)
        let id = stream.id
        Task { await self.answer(request, id, number) }
    }

    private func answer(_ request: Request, _ id: Int32, _ number: Int) async {
        underWay[number, default: 0] += 1
        concurrencyMax = max(concurrencyMax, underWay[number] ?? 0)
        let answer = await script(request)
        underWay[number, default: 0] -= 1
        let connection = open[number]
        let session = connection.session
        guard let stream = session.stream(id), !stream.isClosed else { return }
        for status in answer.interim {
            session.workspace.draft.begin(status: status)
            session.inform(on: stream)
        }
        let opensTunnel = request[":protocol"] != nil && (200..<300).contains(answer.status)
        if opensTunnel { session.becomeTunnel(stream) }
        // An application that has something to say says that, and nothing more.
        let isTunnel = opensTunnel && answer.body.isEmpty
        if isTunnel { stream.tag = answer.isDeaf ? Self.deafTag : Self.tunnelTag }
        if !answer.withholdsHead {
            session.workspace.draft.begin(status: answer.status)
            for (name, value) in answer.fields {
                session.workspace.draft.append(name: name.utf8.span, value: value.utf8.span)
            }
            let isAll = answer.body.isEmpty && answer.trailers.isEmpty && answer.reset == nil && !isTunnel
            session.respond(on: stream, endsStream: isAll)
            var body = ByteBuffer()
            body.append(answer.body.span)
            if !isAll { session.send(&body, on: stream) }
        }
        if let code = answer.reset {
            await flush(connection)
            session.reset(stream, code)
        } else if !answer.trailers.isEmpty {
            var draft = FieldDraft()
            for (name, value) in answer.trailers { draft.append(name: name.utf8.span, value: value.utf8.span) }
            session.end(stream, trailers: draft)
        } else if !isTunnel {
            session.end(stream)
        }
        if answer.saysGoAway { session.shutDown() }
        await flush(connection)
        if !answer.raw.isEmpty { try? await connection.wire.write(answer.raw) }
    }

    private static func bytes(_ span: Span<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(span.count)
        for index in span.indices { bytes.append(span[index]) }
        return bytes
    }

    private func flush(_ connection: Connection) async {
        guard !connection.isWriting else { return }
        connection.isWriting = true
        defer { connection.isWriting = false }
        while true {
            let bytes = connection.session.withOutput { Self.bytes($0) }
            if bytes.isEmpty { return }
            connection.session.outputWasSent(bytes.count)
            do { try await connection.wire.write(bytes) } catch { return }
        }
    }
}
