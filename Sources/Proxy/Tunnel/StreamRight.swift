import EventLoop
import HTTPMessage
import Identity
import Policy

/// By whose right something goes on that was decided on when it began, and what has to be known to decide again.
struct StreamRight {
    /// Nil where nobody was signed in.
    let session: SessionID?
    private(set) var principal: Principal?
    /// The plant that the request is about, if a role is held there.
    private(set) var plant: PlantID?
    /// When the right ends by itself, as far as is known; nil is never.
    private(set) var expiresAt: Timestamp?
    private var sessionExpiresAt: Timestamp?
    /// When the store was asked for what this goes by, or since when nothing has changed.
    private(set) var vouchedAt: MonotonicInstant
    /// How many changes the worker had heard of when it was decided on.
    let changesHeard: Int
    private let method: [UInt8]
    private let host: [UInt8]
    private let path: [UInt8]

    init(_ exchange: Exchange) {
        let record = exchange.record
        session = record.session
        principal = record.principal
        plant = record.plantID
        sessionExpiresAt = record.sessionExpiresAt
        vouchedAt = record.vouchedAt
        changesHeard = record.changesHeard
        let request = exchange.request
        method = [UInt8](request.methodSpan)
        host = [UInt8](request.host)
        path = [UInt8](request.path)
        expiresAt = Self.earlier(record.sessionExpiresAt, record.roleExpiresAt)
    }

    /// Decides again, under the routes that hold now. Whether it may go on; if so, until when is known anew.
    mutating func holds(under routes: RouteTable, at now: Timestamp, _ scratch: inout DecisionScratch) -> Bool {
        let decision = routes.decide(
            method: method.span, host: host.span, path: path.span, principal: principal, at: now, scratch: &scratch)
        guard case .allow(let permit) = decision else { return false }
        let present = permit.membership?.plantID
        // A right in another plant is not the one that it began by.
        if let plant, let present, plant != present { return false }
        plant = present
        expiresAt = Self.earlier(sessionExpiresAt, permit.membership?.expiresAt)
        return true
    }

    /// Takes what the store says of the session, asked at `moment`. Whether there is one still; `holds` tells the rest.
    mutating func renew(_ session: AuthenticatedSession?, askedAt moment: MonotonicInstant, now: Timestamp) -> Bool {
        guard let session, now < session.expiresAt else { return false }
        principal = session.principal
        sessionExpiresAt = session.expiresAt
        vouch(upTo: moment)
        return true
    }

    /// Takes note that nothing had changed until `moment`.
    mutating func vouch(upTo moment: MonotonicInstant) { vouchedAt = max(vouchedAt, moment) }

    private static func earlier(_ one: Timestamp?, _ other: Timestamp?) -> Timestamp? {
        guard let one, let other else { return one ?? other }
        return min(one, other)
    }
}
