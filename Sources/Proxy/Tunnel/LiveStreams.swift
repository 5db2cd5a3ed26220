package import Identity
import Policy

/// By whose right something goes on that was decided on when it began.
package struct StreamHolder: Sendable, Hashable {
    /// Nil where nobody had to be signed in.
    package let session: SessionID?
    package let user: UserID?
    /// The plant that the request was about, if a role there let it in.
    package let plant: PlantID?
    package let route: String

    package init(session: SessionID?, user: UserID?, plant: PlantID?, route: String) {
        self.session = session
        self.user = user
        self.plant = plant
        self.route = route
    }
}

/// What goes on long after it was decided on: tunnels, and answers that did not come at once. One directory a worker, so
/// that whoever loses a right also loses what is open by it.
final class LiveStreams {
    /// What goes on.
    enum Stream {
        case tunnel(Tunnel)
        /// An answer that is being relayed: Server-Sent Events, a long download.
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
        let holder: StreamHolder
        /// When the session or the role ends by itself; nil is never.
        let expiresAt: Timestamp?
    }

    private var entries: [ObjectIdentifier: Entry] = [:]
    /// Tunnels that were ended and whose clients have a moment left, since the sweep before last and since the last.
    private var lingering: [Tunnel] = []
    private var justEnded: [Tunnel] = []

    var count: Int { entries.count }

    func add(_ stream: Stream, _ holder: StreamHolder, expiresAt: Timestamp?) {
        entries[stream.identity] = Entry(stream: stream, holder: holder, expiresAt: expiresAt)
    }

    func forget(_ tunnel: Tunnel) { entries.removeValue(forKey: ObjectIdentifier(tunnel)) }
    func forget(_ conversation: Conversation) { entries.removeValue(forKey: ObjectIdentifier(conversation)) }

    /// Ends all of whose holder this holds. Goes over all of them: for revocation, not for requests.
    func end(where matches: (StreamHolder) -> Bool) {
        for entry in entries.values where matches(entry.holder) { entry.stream.end(.revoked) }
    }

    /// Ends those whose time is over, and cuts off those that were ended before the last sweep and are still there.
    func sweep(now: Timestamp) {
        for entry in entries.values {
            if let end = entry.expiresAt, now >= end { entry.stream.end(.revoked) }
        }
        for tunnel in lingering { tunnel.cutOff() }
        lingering = justEnded
        justEnded = []
    }

    /// Takes note that a tunnel was ended, and that its client may close in peace.
    func linger(_ tunnel: Tunnel) { justEnded.append(tunnel) }
}
