import EventLoop
import TLS

/// Who is at the other end of a connection, and what was learned of them: the same for every request that comes over it.
final class Client {
    let peer: SocketAddress
    /// The peer's address as the access log and `X-Forwarded-For` write it.
    let peerText: [UInt8]
    let text: String
    /// What the listener is for that they came to.
    let service: ListenerService
    let state: WorkerState
    /// The last token that came over this connection, with its hash.
    @safe @exclusivity(unchecked) var lastToken = LastToken()
    /// The host that a TLS client asked for.
    @safe @exclusivity(unchecked) var sni: ServerName?

    init(peer: SocketAddress, service: ListenerService, state: WorkerState) {
        self.peer = peer
        self.service = service
        self.state = state
        text = peer.hostText
        peerText = Array(text.utf8)
    }
}
