import EventLoop
import TLS

/// Who is at the other end of a connection, and what was learned of them: the same for every request that comes over it.
final class Client {
    /// Where the connection comes from: who made it, or whom a trusted proxy made it for, by its PROXY header.
    @safe @exclusivity(unchecked) private(set) var peer: SocketAddress
    /// The peer's address as the access log and `X-Forwarded-For` write it.
    @safe @exclusivity(unchecked) private(set) var peerText: [UInt8]
    @safe @exclusivity(unchecked) private(set) var text: String
    /// What the address counts as; nil for a Unix socket.
    private(set) var prefix: ClientPrefix?
    /// Whether the connection is counted among those of its address.
    private var isCounted = false
    /// What the listener is for that they came to.
    let service: ListenerService
    let state: WorkerState
    /// The last token that came over this connection, with its hash.
    @safe @exclusivity(unchecked) var lastToken = LastToken()
    /// The host that a TLS client asked for.
    @safe @exclusivity(unchecked) var sni: ServerName?
    /// The line by which browsers are told to come over TLS only, with its CRLF; empty where they are not.
    @safe @exclusivity(unchecked) private(set) var strictTransportLine: [UInt8] = []

    init(peer: SocketAddress, service: ListenerService, state: WorkerState) {
        self.peer = peer
        self.service = service
        self.state = state
        text = peer.hostText
        peerText = Array(text.utf8)
        prefix = ClientPrefix(peer)
    }

    /// Takes note of the host that a TLS client asked for (SNI). Browsers are told of strict transport neither for IP
    /// addresses, where it means nothing (RFC 6797, section 8.1.1), nor for `localhost`, where it would reach whatever
    /// else a developer runs.
    func greet(serverName: String?) {
        guard let serverName else { return }
        sni = ServerName(serverName)
        if serverName != "localhost", !serverName.hasSuffix(".localhost") {
            strictTransportLine = service.strictTransportLine
        }
    }

    /// Takes the word of a trusted proxy for who made the connection.
    func become(_ address: SocketAddress) {
        peer = address
        text = address.hostText
        peerText = Array(text.utf8)
        prefix = ClientPrefix(address)
    }

    /// Whether whoever spoke over this connection reads no answer any more.
    ///
    /// Who is reset is gone. Who only ends what it sends may still listen (RFC 9112, section 9.6), as `printf … | nc`
    /// does, and is answered. But nobody ends half a TLS connection: before TLS 1.3 it could not be done (RFC 5246,
    /// section 7.2.1), and this is how one looks whose program has closed it. Proxies end half of none either.
    func hasLeft(_ transport: Transport) -> Bool {
        guard transport.peerHasHungUp else { return false }
        if transport.isBroken || transport.isEncrypted { return true }
        return transport.peerAddress.map { state.deployment.trustedProxies.contains($0) } ?? true
    }

    /// Counts the connection among those of its address; false when that has as many as it may. A trusted proxy brings
    /// many clients, and is not counted.
    func enter(_ budget: ConnectionBudget) -> Bool {
        guard let prefix, !state.deployment.trustedProxies.contains(peer) else { return true }
        guard budget.claim(prefix) else { return false }
        isCounted = true
        return true
    }

    /// The connection is over.
    func leave(_ budget: ConnectionBudget) {
        if isCounted, let prefix { budget.release(prefix) }
        isCounted = false
    }
}
