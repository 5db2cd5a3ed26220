import EventLoop
import HTTP2
import HTTPMessage
import Identity
import Policy

/// Holds requests against the rate of their route.
extension Conversation {
    /// Counts a request of a route with a rate, leaves in the exchange what its answer says of it, and says whether it
    /// may go on.
    func isWithin(_ rate: RequestRate, of route: Route, _ exchange: Exchange, _ deployment: Deployment) -> Bool {
        guard let table = deployment.rates, let hash = hash(rate, route, exchange, deployment) else { return true }
        let verdict = table.take(hash, rate, now: loop.now)
        exchange.rate = RateAnswer(rate: rate, verdict: verdict)
        return verdict.isAllowed
    }

    /// What the client is counted by: seeded anew with each process, so nobody can choose addresses that collide. Nil for
    /// who has no address, behind a Unix socket.
    private func hash(
        _ rate: RequestRate, _ route: Route, _ exchange: Exchange, _ deployment: Deployment
    ) -> UInt64? {
        var hasher = Hasher()
        hasher.combine(route.name)
        if rate.subject == .user, let user = exchange.record.principal?.userID {
            hasher.combine(user)
        } else {
            guard let prefix = prefix(exchange, deployment) else { return nil }
            hasher.combine(prefix)
        }
        return UInt64(truncatingIfNeeded: hasher.finalize())
    }

    /// The client's address, behind a trusted proxy as that tells it.
    private func prefix(_ exchange: Exchange, _ deployment: Deployment) -> ClientPrefix? {
        guard deployment.trustedProxies.contains(peer) else { return client.prefix }
        return SocketAddress(host: clientAddress(exchange), port: 0).flatMap(ClientPrefix.init)
    }

    /// Refuses what is beyond the rate (RFC 6585, section 4).
    func refuseForRate(_ exchange: Exchange) async -> Ending {
        let seconds = exchange.rate?.verdict.seconds ?? 1
        exchange.record.outcome = .denied
        exchange.record.code = "rate_limited"
        return await explain(
            exchange, status: 429, code: "rate_limited",
            detail: "There were too many requests. Try again in \(seconds) seconds.",
            principal: exchange.record.principal, retryAfter: seconds)
    }
}

/// What an answer says of its route's rate (draft-ietf-httpapi-ratelimit-headers-10).
struct RateAnswer {
    let rate: RequestRate
    let verdict: RateTable.Verdict

    /// Appends `RateLimit-Policy`, which is the rate, and `RateLimit`, which is what is left of it.
    func appendFields(to output: inout ByteBuffer) {
        output.append("RateLimit-Policy: ")
        appendPolicy(to: &output)
        output.append("\r\nRateLimit: ")
        appendRest(to: &output)
        output.append("\r\n")
    }

    /// The same for an answer over HTTP/2.
    func appendFields(to draft: inout FieldDraft) {
        draft.append("ratelimit-policy") { appendPolicy(to: &$0) }
        draft.append("ratelimit") { appendRest(to: &$0) }
    }

    private var name: StaticString { rate.subject == .user ? "\"user\"" : "\"address\"" }

    private func appendPolicy(to output: inout ByteBuffer) {
        output.append(name)
        output.append(";q=")
        output.append(decimal: rate.requests)
        output.append(";w=")
        output.append(decimal: UInt64(clamping: rate.window.components.seconds))
    }

    private func appendRest(to output: inout ByteBuffer) {
        output.append(name)
        output.append(";r=")
        output.append(decimal: verdict.remaining)
        output.append(";t=")
        output.append(decimal: verdict.seconds)
    }
}
