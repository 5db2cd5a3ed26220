import Configuration
import EventLoop
import HTTP2
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
