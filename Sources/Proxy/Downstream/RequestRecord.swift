import EventLoop
import Identity
import Policy
import Telemetry

/// What is remembered of one request for the access log, the metrics and the error documents.
struct RequestRecord {
    var id = RequestID(high: 0, low: 0)
    /// When the head was complete.
    var startedAt = MonotonicInstant(nanoseconds: 0)
    /// When the upstream was asked, and when the head of its answer was complete.
    var upstreamAskedAt: MonotonicInstant?
    var upstreamAnsweredAt: MonotonicInstant?
    var upstreamAddress: String?
    var status = 0
    /// How a call of gRPC ended.
    var grpcStatus: Int?
    /// Bytes of the answer, its head included.
    var bytesSent: UInt64 = 0
    /// Bytes of the answer's body.
    var bodyBytesSent: UInt64 = 0
    /// Bytes of the request's body.
    var bytesReceived: UInt64 = 0
    /// What let it in.
    var permit: Permit?
    /// The route that refused it.
    var refusedBy: Route?
    /// When the session ends, or its token, and when the role ends by which it was let in; nil is never.
    var sessionExpiresAt: Timestamp?
    var roleExpiresAt: Timestamp?
    /// When the store was asked for what it was decided by.
    var vouchedAt = MonotonicInstant(nanoseconds: 0)
    /// How many changes in the store the worker had heard of when it was let in.
    var changesHeard = 0
    /// The number of the deployment that it is decided by.
    var deployment = 0
    var principal: Principal?
    var session: SessionID?
    var outcome = RequestOutcome.refused
    /// What the route's requirement on trial says.
    var shadow: ShadowVerdict?
    /// The stable code of a denial or an error; nil when all went well.
    var code: String?

    var route: Route? { permit?.route ?? refusedBy }
    /// The code of the plant that the request was about.
    var plant: String? { permit?.membership?.plantCode }
    var plantID: PlantID? { permit?.plantID }
}

/// What became of a request, as the log and the metrics name it.
enum RequestOutcome {
    /// Forwarded to an upstream.
    case allowed
    /// The policy said no.
    case denied
    /// The gateway answered about itself.
    case local
    /// Not a request that could be decided on.
    case refused
    /// Allowed, but no answer could be had; or nobody could say who asks.
    case failed

    /// What the policy said, if it was asked and that settled the request.
    var decision: DecisionOutcome? {
        switch self {
        case .allowed: .allow
        case .denied: .deny
        case .local, .refused, .failed: nil
        }
    }
}

/// The stable codes by which decisions are counted: a closed list, so that metrics cannot grow.
enum ReasonNames {
    static let all = [
        "allowed", "sign_in_required", "role_missing", "global_role_missing", "user_not_listed", "method_not_allowed",
        "no_route", "origin_refused", "rate_limited", "other",
    ]
    private static let indexes = Dictionary(all.enumerated().map { ($1, $0) }) { first, _ in first }

    static func index(of code: String?) -> Int {
        guard let code else { return 0 }
        return indexes[code] ?? all.count - 1
    }
}
