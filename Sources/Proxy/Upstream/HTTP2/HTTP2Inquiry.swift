import Configuration
import EventLoop
import HTTP2
import HTTPMessage
import TLS

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
