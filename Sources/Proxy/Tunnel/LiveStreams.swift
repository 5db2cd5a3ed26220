import EventLoop
import Identity
import Policy

/// What goes on long after it was decided on: tunnels, answers that did not come at once, and requests whose bodies did
/// not. One directory a worker, so that whoever loses a right also loses what is open by it.
///
/// It decides nothing by itself: the policy does, again, with what the store says now of the session (`settle`), or
/// under the routes of a new configuration (`revise`).
final class LiveStreams {
    /// What goes on.
    enum Stream {
        case tunnel(Tunnel)
        /// An answer that is being relayed, or asked for: Server-Sent Events, a long download or upload.
        case answer(Conversation)

        fileprivate var identity: ObjectIdentifier {
            switch self {
            case .tunnel(let tunnel): ObjectIdentifier(tunnel)
            case .answer(let conversation): ObjectIdentifier(conversation)
            }
        }

        fileprivate func end(_ reason: Tunnel.Ending) {
            switch self {
            case .tunnel(let tunnel): tunnel.end(reason)
            case .answer(let conversation): conversation.end()
            }
        }
    }

    private struct Entry {
        let stream: Stream
        var right: StreamRight
    }

    private var entries: [ObjectIdentifier: Entry] = [:]
    /// No right ends by itself before this.
    private var nextEnd = Timestamp.distantFuture
    /// Sessions to ask about as soon as may be: of streams that a change has overtaken before they began, and those about
    /// which the store did not answer.
    private var pending: Set<SessionID> = []
    /// Sessions that are being asked about.
    private var asked: Set<SessionID> = []
    /// Those of answers that were overtaken while they were awaited, and who waits to pass them on.
    private var overtaken: Set<SessionID> = []
    private var verdicts: [SessionID: [CheckedContinuation<Void, Never>]] = [:]
    /// Tunnels that were ended and whose clients have a moment left, since the sweep before last and since the last.
    private var lingering: [Tunnel] = []
    private var justEnded: [Tunnel] = []
    private var scratch = DecisionScratch()

    var count: Int { entries.count }

    /// - Parameters:
    ///   - changesHeard: how many changes the worker has heard of by now.
    ///   - routes: those that hold now, if they are others than it was decided under.
    func add(_ stream: Stream, _ right: StreamRight, changesHeard: Int, under routes: RouteTable?, now: Timestamp) {
        var right = right
        let stays = routes.map { right.holds(under: $0, at: now, &scratch) } ?? true
        entries[stream.identity] = Entry(stream: stream, right: right)
        guard stays else { return stream.end(.revoked) }
        if let end = right.expiresAt, end < nextEnd { nextEnd = end }
        if let session = right.session, right.changesHeard != changesHeard { pending.insert(session) }
    }

    func forget(_ tunnel: Tunnel) { entries.removeValue(forKey: ObjectIdentifier(tunnel)) }
    func forget(_ conversation: Conversation) { entries.removeValue(forKey: ObjectIdentifier(conversation)) }

    // MARK: Whom to ask about

    /// Waits until the store has been asked about a session, since a change that concerns it was heard of; what goes on by
    /// its right has ended then, if it is gone.
    func verdict(on session: SessionID) async {
        overtaken.insert(session)
        await withCheckedContinuation { verdicts[session, default: []].append($0) }
    }

    /// The sessions that somebody waits for to be asked about. Each once.
    func takeOvertaken() -> Set<SessionID> {
        asked.formUnion(overtaken)
        defer { overtaken = [] }
        return overtaken
    }

    /// All sessions by whose right something goes on.
    var sessions: Set<SessionID> { Set(entries.values.lazy.compactMap(\.right.session)) }

    /// Those of them that one of these changes may be about. Goes over all streams: for changes, not for requests.
    func sessions(concernedBy changes: ChangeSet) -> Set<SessionID> {
        var concerned: Set<SessionID> = []
        for entry in entries.values {
            if let session = entry.right.session, changes.concern(entry.right) { concerned.insert(session) }
        }
        return concerned
    }

    /// Those to ask about for another reason than a change: their time is over, or what is known of them grows old since
    /// no feed vouches for it. Each once, until the answer comes. Where it has grown too old, the stream ends.
    func sessionsDue(_ terms: TrustTerms, now: MonotonicInstant, wall: Timestamp) -> Set<SessionID> {
        let isFeedUp = terms.silence(since: terms.feed.until, until: now).count < terms.staleness.count / 2
        guard wall >= nextEnd || !pending.isEmpty || !isFeedUp else { return [] }
        var due: Set<SessionID> = []
        nextEnd = .distantFuture
        for entry in entries.values {
            guard let session = entry.right.session else { continue }
            let silence = terms.silence(since: entry.right.vouchedAt, until: now)
            if silence >= terms.staleness {
                entry.stream.end(.revoked)
                continue
            }
            if let end = entry.right.expiresAt {
                nextEnd = min(nextEnd, end)
                if wall >= end { due.insert(session) }
            }
            if silence.count >= terms.staleness.count / 2 || pending.contains(session) { due.insert(session) }
        }
        due.subtract(asked)
        asked.formUnion(due)
        pending = []
        return due
    }

    // MARK: What is known now

    /// Takes what the store, asked at `moment`, says of `sessions`: streams whose right is gone end.
    func settle(
        _ sessions: Set<SessionID>, _ answer: [SessionID: AuthenticatedSession], askedAt moment: MonotonicInstant,
        under routes: RouteTable, now: Timestamp
    ) {
        asked.subtract(sessions)
        judge { right, scratch in
            guard let session = right.session, sessions.contains(session) else { return true }
            return right.renew(answer[session], askedAt: moment, now: now)
                && right.holds(under: routes, at: now, &scratch)
        }
        for session in sessions {
            for waiter in verdicts.removeValue(forKey: session) ?? [] { waiter.resume() }
        }
    }

    /// Takes note that the store said nothing of `sessions`: what is not over goes on, and is asked about again, for as
    /// long as what is known of it is not too old.
    func leave(_ sessions: Set<SessionID>, now: Timestamp) {
        asked.subtract(sessions)
        pending.formUnion(sessions)
        judge { right, _ in
            guard let session = right.session, sessions.contains(session), let end = right.expiresAt else {
                return true
            }
            return now < end
        }
    }

    /// Has only those streams go on that a new configuration lets in. What is known of the sessions is good as before.
    func revise(under routes: RouteTable, now: Timestamp) {
        judge { right, scratch in right.holds(under: routes, at: now, &scratch) }
    }

    /// Takes note of how far the feed had come when it was lost: so far, it has vouched for what it had seen begin.
    func feedWasLost(_ feed: FeedState) {
        judge { right, _ in
            if right.vouchedAt >= feed.since { right.vouch(upTo: feed.until) }
            return true
        }
    }

    /// Ends all that may not stay.
    private func judge(_ stays: (inout StreamRight, inout DecisionScratch) -> Bool) {
        var index = entries.startIndex
        while index < entries.endIndex {
            if stays(&entries.values[index].right, &scratch) {
                if let end = entries.values[index].right.expiresAt, end < nextEnd { nextEnd = end }
            } else {
                let stream = entries.values[index].stream
                stream.end(.revoked)
            }
            entries.formIndex(after: &index)
        }
    }

    // MARK: Tunnels that were ended

    /// Cuts off those that were ended before the last sweep and are still there.
    func sweep() {
        for tunnel in lingering { tunnel.cutOff() }
        lingering = justEnded
        justEnded = []
    }

    /// Takes note that a tunnel was ended, and that its client may close in peace.
    func linger(_ tunnel: Tunnel) { justEnded.append(tunnel) }
}
