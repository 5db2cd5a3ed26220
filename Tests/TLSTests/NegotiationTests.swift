import EventLoop
import TLS
import Testing

@Suite struct NegotiationTests {
    private func context(_ names: String..., protocols: [String] = ["http/1.1"]) throws -> ServerContext {
        try ServerContext(certificates: names.map(TestAuthority.shared.certificate), protocols: protocols)
    }

    // MARK: Names

    @Test(arguments: [
        ("app.example.com", "an exact name"), ("api.example.com", "a name that the certificate spells with capitals"),
        ("other.example.com", "a wildcard"), ("APP.example.com", "a client that spells with capitals"),
        ("localhost", "a name of the first certificate"),
    ])
    func `the client gets the certificate for the name it asks for`(hostname: String, why: String) async throws {
        // The client verifies the name, so a wrong choice fails its handshake.
        let meeting = try await Meeting.of(Client(hostname: hostname), context("localhost", "exact", "wildcard"))
        #expect(meeting.clientError == nil, "\(why)")
        #expect(meeting.server?.sni == hostname.lowercased())
    }

    @Test(arguments: ["a.b.example.com", "example.com", "elsewhere.org"])
    func `a name that no certificate has gets the first one, and a wildcard is one label`(hostname: String) async throws
    {
        let meeting = try await Meeting.of(Client(hostname: hostname), context("exact", "wildcard"))
        guard case .untrusted = meeting.clientError else {
            return #expect(Bool(false), "the client must refuse: \(String(describing: meeting.clientError))")
        }
    }

    @Test func `an address is verified as an address, and no name is sent`() async throws {
        let meeting = try await Meeting.of(Client(hostname: "127.0.0.1"), context("localhost", "exact"))
        #expect(meeting.clientError == nil)
        #expect(meeting.server != nil)
        #expect(meeting.server?.sni == nil)
        let other = try await Meeting.of(Client(hostname: "127.0.0.2"), context("localhost"))
        guard case .untrusted = other.clientError else { return #expect(Bool(false), "the client must refuse") }
    }

    @Test func `a certificate of an unknown authority is not trusted`() async throws {
        let meeting = try await Meeting.of(Client(trust: .system), context("localhost"))
        guard case .untrusted(let reason) = meeting.clientError else {
            return #expect(Bool(false), "the client must refuse")
        }
        #expect(!reason.isEmpty)
        #expect(meeting.server == nil || meeting.serverError == nil)
    }

    // MARK: Protocols (RFC 7301)

    @Test(arguments: [
        (["http/1.1"], ["http/1.1"], "http/1.1"), (["h2", "http/1.1"], ["http/1.1"], "http/1.1"),
        (["http/1.1", "h2"], ["h2", "http/1.1"], "h2"), ([], ["http/1.1"], nil),
    ])
    func `the server's best common protocol is chosen`(
        offer: [String], own: [String], expected: String?
    ) async throws {
        let meeting = try await Meeting.of(Client(protocols: offer), context("localhost", protocols: own))
        #expect(meeting.server?.alpn == expected)
        #expect(meeting.client?.alpn == expected)
        #expect(meeting.server != nil)
    }

    @Test func `protocols without anything in common end the handshake (ALPACA)`() async throws {
        let meeting = try await Meeting.of(Client(protocols: ["ftp", "h2"]), context("localhost"))
        #expect(meeting.server == nil)
        #expect(meeting.client == nil)
        #expect(meeting.serverError != nil)
    }

    @Test(arguments: ["", String(repeating: "x", count: 256)])
    func `what cannot be a protocol's name is a configuration error`(name: String) throws {
        #expect(throws: TLSConfigurationError.self) { try context("localhost", protocols: [name]) }
    }

    // MARK: Ciphers

    @Test(arguments: TLSVersion.allCases)
    func `only authenticated encryption is agreed on`(version: TLSVersion) async throws {
        let meeting = try await Meeting.of(Client(versions: version...version), context("localhost"))
        let suite = try #require(meeting.server?.suite)
        #expect(suite.contains("GCM") || suite.contains("CHACHA20"))
        #expect(version == .tls13 || suite.hasPrefix("ECDHE"))
    }

    // MARK: Resumption

    @Test(arguments: TLSVersion.allCases)
    func `a second connection resumes the first`(version: TLSVersion) async throws {
        let context = try context("localhost", "exact")
        let first = try await Meeting.of(Client(versions: version...version), context)
        #expect(first.server?.isResumed == false)
        let session = try #require(first.client?.session)
        let second = try await Meeting.of(Client(versions: version...version, session: session), context)
        #expect(second.server?.isResumed == true)
        #expect(second.client?.isResumed == true)
        #expect(second.server?.sni == "localhost")
    }

    @Test(arguments: TLSVersion.allCases)
    func `a connection on which the server says nothing can be resumed all the same`(version: TLSVersion) async throws {
        let context = try context("localhost")
        let client = try Client(versions: version...version)
        let session = try await onLoop { loop in
            let listener = try loop.localListener()
            let address = listener.address
            async let session = Self.visitToTheEnd(client, address, loop)
            let served = try TLSConnection(socket: await listener.next(deadline: loop.soon), context: context)
            try await served.handshake(deadline: loop.soon)
            served.close()
            return try await session
        }
        let second = try await Meeting.of(Client(versions: version...version, session: session), context)
        #expect(second.server?.isResumed == true)
    }

    /// Connects, says nothing, hears nothing to the end, and brings the session home.
    private static func visitToTheEnd(
        _ client: Client, _ address: SocketAddress, _ loop: EventLoop
    ) async throws -> TLSSession? {
        let connection = try await client.connect(to: address, loop: loop)
        #expect(try await Transport.tls(connection).take(1, deadline: loop.soon) == [])
        // A session of a connection that was not closed in good order is not resumed.
        connection.close()
        return connection.session
    }

    @Test(arguments: TLSVersion.allCases, [true, false])
    func `tickets stay good over a reload that hands its keys on`(version: TLSVersion, handsOn: Bool) async throws {
        let former = try context("localhost")
        let first = try await Meeting.of(Client(versions: version...version), former)
        let session = try #require(first.client?.session)
        let next = try ServerContext(
            certificates: [TestAuthority.shared.certificate("localhost")], resuming: handsOn ? former : nil)
        let second = try await Meeting.of(Client(versions: version...version, session: session), next)
        #expect(second.server?.isResumed == handsOn)
    }
}
