import Configuration

/// How far the first try of a request has come without a task.
struct FirstTry {
    let endpoint: UpstreamEndpoint
    /// What it is sent over; nil when no connection was at hand.
    var upstream: UpstreamConnection?
    /// How many bytes of it are sent.
    var sent = 0
    /// Why it has failed, if it has.
    var failure: UpstreamError?
}

/// The tries of one request: where it goes next, and whether it may go anywhere after a failure.
///
/// A connection that was kept may have been closed by the other side at any moment: its failure says little about the
/// endpoint, which is asked once more over a new one. Every other failure counts against the endpoint, and the request
/// goes to another one, if there is one: freely while nothing of it was sent, and within the upstream's budget when
/// acting on it twice does no harm (RFC 9110, section 9.2.2).
struct Attempts {
    private let cluster: UpstreamCluster
    private let person: UInt64
    private var endpoint: UpstreamEndpoint?
    /// Whether the first try is at an endpoint that was chosen before.
    private var isChosen: Bool
    private var tried: [UpstreamEndpoint] = []
    /// Whether the next try needs a new connection.
    private(set) var isFresh = false
    private var holdsBudget = false
    /// How often an endpoint said that it did nothing about the request.
    private var refusals = 0

    /// - Parameter chosen: where the first try is, if that is known already.
    init(_ cluster: UpstreamCluster, person: UInt64, at chosen: UpstreamEndpoint? = nil) {
        self.cluster = cluster
        self.person = person
        endpoint = chosen
        isChosen = chosen != nil
    }

    /// The endpoint to try now.
    mutating func nextEndpoint() throws(UpstreamError) -> UpstreamEndpoint {
        if isFresh || isChosen, let endpoint {
            isChosen = false
            return endpoint
        }
        guard let chosen = cluster.choose(for: person, except: tried) else {
            throw .noneWell(retryAfter: cluster.secondsToRecovery)
        }
        endpoint = chosen
        return chosen
    }

    /// No connection could be had: throws `error` when that is what the client must be told.
    mutating func connectionFailed(_ error: UpstreamError) throws(UpstreamError) {
        note(error)
        guard error.isBeforeSending else { throw error }
        try goOn(after: error)
    }

    /// The request was sent, or part of it, and no answer came: throws `error` when that is what the client must be told.
    mutating func requestFailed(
        _ error: UpstreamError, onKept: Bool, mayRepeat: Bool
    ) throws(UpstreamError) {
        let isClosed = if case .closed = error { true } else { false }
        if isClosed, onKept, !isFresh {
            guard mayRepeat else { throw error }
            isFresh = true
            return
        }
        note(error)
        guard isClosed, mayRepeat else { throw error }
        if !holdsBudget {
            guard cluster.mayRetry() else { throw error }
            holdsBudget = true
        }
        try goOn(after: error)
    }

    /// The endpoint is known to have done nothing about the request: it is asked again, whatever it is (RFC 9113, section
    /// 8.7). Throws `error` when that was so too often.
    mutating func requestRefused(_ error: UpstreamError) throws(UpstreamError) {
        refusals += 1
        guard refusals > Self.refusalsMax else { return }
        note(error)
        throw .busy
    }

    private static let refusalsMax = 3

    /// Looks for another endpoint.
    private mutating func goOn(after error: UpstreamError) throws(UpstreamError) {
        if let endpoint { tried.append(endpoint) }
        isFresh = false
        guard tried.count <= cluster.settings.retries.attempts, cluster.choose(for: person, except: tried) != nil else {
            throw error
        }
    }

    private func note(_ error: UpstreamError) {
        if let endpoint, let failure = UpstreamFailure(error) { cluster.failed(endpoint, failure) }
    }

    /// The head of an answer is there.
    func answered(_ status: Int) {
        if let endpoint { cluster.answered(endpoint, status) }
    }

    /// The request is over, as far as trying goes.
    mutating func end() {
        if holdsBudget { cluster.retryEnded() }
        holdsBudget = false
    }
}
