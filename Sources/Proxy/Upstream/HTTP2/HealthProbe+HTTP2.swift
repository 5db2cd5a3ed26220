import Configuration
import EventLoop
import HTTP2
import HTTPMessage
import TLS

/// A health check of an endpoint that speaks HTTP/2.
extension HealthProbe {
    /// Asks for a path, and looks at the status.
    func askOverHTTP2(
        _ transport: Transport, _ path: String, deadline: MonotonicInstant
    ) async throws(IOError) -> String? {
        let inquiry = HTTP2Inquiry(transport, loop)
        inquiry.begin("GET", path, self) { draft in draft.append("accept", "*/*") }
        if let problem = try await inquiry.run(until: deadline, { $0.hasResponse }) { return problem }
        return judge(inquiry.status)
    }

    /// Asks the endpoint how one of its services is, as gRPC has it (`grpc.health.v1.Health/Check`); an empty name asks
    /// about all of them.
    func askByGRPC(
        _ transport: Transport, _ service: String, deadline: MonotonicInstant
    ) async throws(IOError) -> String? {
        let inquiry = HTTP2Inquiry(transport, loop)
        inquiry.begin("POST", "/grpc.health.v1.Health/Check", self, body: GRPCHealth.request(service)) { draft in
            draft.append("content-type", "application/grpc")
            draft.append("te", "trailers")
        }
        if let problem = try await inquiry.run(until: deadline, { $0.isReadToEnd }) { return problem }
        guard inquiry.status == 200 else { return "answered \(inquiry.status)" }
        guard let status = inquiry.field("grpc-status") else { return "answered without grpc-status" }
        guard status == "0" else { return "answered grpc-status \(status)" }
        return GRPCHealth.isServing(inquiry.body) ? nil : "is not serving"
    }
}

/// The messages of gRPC's health checking protocol, in so far as they are needed (protobuf's wire format).
enum GRPCHealth {
    /// `HealthCheckRequest {string service = 1}`, behind the five bytes that precede each message: not compressed, and
    /// how long it is.
    static func request(_ service: String) -> [UInt8] {
        let name = Array(service.utf8.prefix(serviceBytesMax))
        let message = name.isEmpty ? [] : [0x0A, UInt8(name.count)] + name
        return [0, 0, 0, 0, UInt8(message.count)] + message
    }

    /// The longest name: its length is one byte of a varint.
    static let serviceBytesMax = 127

    /// Whether this is `HealthCheckResponse {ServingStatus status = 1}` with status SERVING, which is 1.
    static func isServing(_ body: [UInt8]) -> Bool { body == [0, 0, 0, 0, 2, 0x08, 0x01] }
}

/// One request over a new HTTP/2 connection, by somebody who has all the time until a deadline.
final class HTTP2Inquiry {
    private let transport: Transport
    private let loop: EventLoop
    private let session = HTTP2ClientSession(workspace: HTTP2Workspace(keptMax: 1))
    private var stream: HTTP2Stream?
    private var input = ByteBuffer(minimumCapacity: 4096)
    private(set) var body: [UInt8] = []

    init(_ transport: Transport, _ loop: EventLoop) {
        self.transport = transport
        self.loop = loop
    }

    var status: Int { stream?.response.status ?? 0 }

    /// A field of the trailers, or of the head when the answer is nothing else.
    func field(_ name: StaticString) -> String? {
        guard let stream else { return nil }
        let fields = stream.trailers ?? stream.response.fields
        for index in 0..<fields.count where fields.name(index).isEqualIgnoringCase(to: name) {
            return fields.value(index).decoded
        }
        return nil
    }

    func begin(
        _ method: StaticString, _ path: String, _ probe: HealthProbe, body: [UInt8] = [],
        _ fill: (inout FieldDraft) -> Void
    ) {
        let host = probe.settings.host ?? probe.target.authority
        session.workspace.draft.append(":method", method)
        session.workspace.draft.append(":scheme", probe.target.tls == nil ? "http" : "https")
        session.workspace.draft.append(":authority", host.utf8.span)
        session.workspace.draft.append(":path", path.utf8.span)
        session.workspace.draft.append("user-agent", "gatehouse-health")
        fill(&session.workspace.draft)
        stream = session.open(method: body.isEmpty ? .get : .post, endsStream: body.isEmpty)
        guard let stream, !body.isEmpty else { return }
        var bytes = ByteBuffer(minimumCapacity: body.count)
        bytes.append(bytes: body)
        session.send(&bytes, on: stream)
        session.end(stream)
    }

    /// Speaks and listens until `isEnough`; what is wrong when it never comes to that.
    func run(
        until deadline: MonotonicInstant, _ isEnough: (HTTP2Stream) -> Bool
    ) async throws(IOError) -> String? {
        guard let stream else { return "takes no requests" }
        while true {
            try await flush(deadline)
            if isEnough(stream) { return nil }
            if let failure = session.failure, failure != .noError { return "malformed answer: HTTP/2: \(failure)" }
            if stream.isClosed { return "reset the stream: \(stream.closeCode)" }
            switch try input.read(from: transport) {
            case .bytes: take(stream)
            case .endOfStream: return "closed the connection without an answer"
            case .wouldBlock: try await transport.readable(deadline: deadline)
            }
            if loop.now >= deadline { throw .timedOut }
        }
    }

    private func flush(_ deadline: MonotonicInstant) async throws(IOError) {
        while true {
            let outcome = try session.withOutput { bytes throws(IOError) in
                bytes.isEmpty ? .bytes(0) : try transport.write(bytes)
            }
            switch outcome {
            case .bytes(0): return
            case .bytes(let count): session.outputWasSent(count)
            case .wouldBlock: try await transport.writable(deadline: deadline)
            }
        }
    }

    private func take(_ stream: HTTP2Stream) {
        Self.feed(input, to: session, now: loop.now)
        input.clear()
        while let stream = session.nextNews() { _ = session.takeNews(of: stream) }
        var piece = ByteBuffer()
        let count = session.take(from: stream, into: &piece)
        if count > 0, body.count < Self.bodyBytesMax { body += piece.take(min(count, Self.bodyBytesMax - body.count)) }
    }

    private static func feed(_ bytes: borrowing ByteBuffer, to session: HTTP2ClientSession, now: MonotonicInstant) {
        session.receive(bytes.span, now: now.nanoseconds)
    }

    /// How much of an answer is looked at.
    private static let bodyBytesMax = 1024
}
