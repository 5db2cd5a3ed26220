import Configuration
import EventLoop
import HTTP1
import HTTPMessage
import TLS

/// One health check: connects anew, as a request would have to if the application had just restarted, asks, and looks
/// at the status.
struct HealthProbe {
    let target: EndpointTarget
    let settings: UpstreamSettings.HealthCheck
    let loop: EventLoop

    /// What is wrong with the endpoint; nil when it is well.
    func problem() async -> String? {
        let deadline = loop.now + settings.timeout
        do throws(IOError) {
            let socket = try await Socket.connect(to: target.address, loop: loop, deadline: deadline)
            defer { socket.close() }
            var transport = Transport.plain(socket)
            if let tls = target.tls {
                do throws(TLSError) {
                    let connection = try TLSConnection(socket: socket, context: tls, hostname: target.serverName)
                    try await connection.handshake(deadline: deadline)
                    if target.speaksHTTP2, connection.alpnProtocol != "h2" {
                        connection.close()
                        return "does not speak HTTP/2 (ALPN)"
                    }
                    transport = .tls(connection)
                } catch {
                    return "TLS: \(error)"
                }
            }
            defer { transport.close() }
            if let service = settings.grpcService, target.speaksHTTP2 {
                return try await askByGRPC(transport, service, deadline: deadline)
            }
            guard let path = settings.path else { return nil }
            return target.speaksHTTP2
                ? try await askOverHTTP2(transport, path, deadline: deadline)
                : try await ask(transport, path, deadline: deadline)
        } catch {
            return error == .timedOut ? "no answer within \(settings.timeout)" : "\(error)"
        }
    }

    private func ask(_ transport: Transport, _ path: String, deadline: MonotonicInstant) async throws(IOError)
        -> String?
    {
        let request = """
            GET \(path) HTTP/1.1\r\nHost: \(settings.host ?? target.authority)\r\n\
            User-Agent: gatehouse-health\r\nAccept: */*\r\nConnection: close\r\n\r\n
            """
        try await transport.writeAll(Array(request.utf8).span, deadline: deadline)
        var parser = ResponseParser(limits: HeadLimits())
        let head = ResponseHead()
        var input = ByteBuffer(minimumCapacity: 4096)
        while true {
            switch try input.read(from: transport) {
            case .bytes: break
            case .endOfStream: return "closed the connection without an answer"
            case .wouldBlock:
                try await transport.readable(deadline: deadline)
                continue
            }
            if loop.now >= deadline { throw .timedOut }
            do throws(ResponseError) {
                while case .complete(let consumed) = try parser.parse(input.span, into: head, requestMethod: .get) {
                    if head.status >= 200 { return judge(head.status) }
                    input.consume(consumed)
                    parser.reset()
                }
            } catch {
                return "malformed answer: \(error.reason)"
            }
        }
    }

    /// What is wrong with a status; nil when it is among those that are expected.
    func judge(_ status: Int) -> String? {
        settings.expect.contains { $0.contains(status) } ? nil : "answered \(status)"
    }
}
