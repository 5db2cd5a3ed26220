import EventLoop
import TLS

/// What a client does in a test.
struct Client: Sendable {
    var context: ClientContext
    var hostname = "localhost"
    var session: TLSSession?

    init(
        versions: ClosedRange<TLSVersion> = .tls12 ... .tls13, protocols: [String] = ["http/1.1"],
        hostname: String = "localhost", session: TLSSession? = nil, trust: ClientContext.Trust? = nil
    ) throws {
        context = try ClientContext(
            trust: trust ?? TestAuthority.shared.trust, protocols: protocols, versions: versions)
        self.hostname = hostname
        self.session = session
    }

    func connect(to address: SocketAddress, loop: EventLoop) async throws -> TLSConnection {
        let socket = try await Socket.connect(to: address, loop: loop, deadline: loop.soon)
        let connection = try TLSConnection(socket: socket, context: context, hostname: hostname, resuming: session)
        try await connection.handshake(deadline: loop.soon)
        return connection
    }
}

/// What both sides say of one connection.
struct Meeting: Sendable {
    /// What the server found out; nil when its handshake failed.
    var server: Outcome?
    var serverError: TLSError?
    var client: Outcome?
    var clientError: TLSError?

    struct Outcome: Sendable {
        var version: TLSVersion?
        var suite: String?
        var sni: String?
        var alpn: String?
        var isResumed: Bool
        var session: TLSSession?

        init(_ connection: TLSConnection) {
            version = connection.version
            suite = connection.cipherSuite
            sni = connection.sniHostname
            alpn = connection.alpnProtocol
            isResumed = connection.isResumed
        }
    }

    /// Lets `client` meet a server with `context`, which greets it with one byte.
    static func of(_ client: Client, _ context: ServerContext) async throws -> Meeting {
        try await onLoop { loop in
            let listener = try loop.localListener()
            let address = listener.address
            async let clientSide = visit(client, address, loop)
            var meeting = Meeting()
            let connection = try TLSConnection(socket: await listener.next(deadline: loop.soon), context: context)
            do throws(TLSError) {
                try await connection.handshake(deadline: loop.soon)
                meeting.server = Outcome(connection)
                let transport = Transport.tls(connection)
                try? await transport.put([42], deadline: loop.soon)
            } catch { meeting.serverError = error }
            connection.close()
            (meeting.client, meeting.clientError) = try await clientSide
            return meeting
        }
    }

    private static func visit(
        _ client: Client, _ address: SocketAddress, _ loop: EventLoop
    ) async throws -> (Outcome?, TLSError?) {
        do {
            let connection = try await client.connect(to: address, loop: loop)
            _ = try await Transport.tls(connection).take(1, deadline: loop.soon)
            var outcome = Outcome(connection)
            outcome.session = connection.session
            connection.close()
            return (outcome, nil)
        } catch let error as TLSError {
            return (nil, error)
        } catch let error as IOError {
            // With TLS 1.3 the client is done before the server refuses.
            return (nil, .io(error))
        }
    }
}
