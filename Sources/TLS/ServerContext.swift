import COpenSSL

/// Everything that the server's side of handshakes needs: certificates by name, protocols, ticket keys.
///
/// One for all workers. A reload makes a new one; connections that stand keep the old one alive.
package final class ServerContext: Sendable {
    /// One context a certificate; the first serves clients that ask for no name, or for one that nobody has.
    private let contexts: [SharedContext]
    private let names: CertificateNames
    private let protocols: ProtocolList
    let tickets: TicketKeys

    /// The context that connections begin with.
    var initial: SharedContext { contexts[0] }

    /// `protocols` are what is offered by ALPN, the best one first. With `resuming`, tickets that the former context
    /// gave out stay good.
    package init(
        certificates: [Certificate], protocols: [String] = ["http/1.1"],
        versions: ClosedRange<TLSVersion> = .tls12 ... .tls13, resuming former: ServerContext? = nil
    ) throws(TLSConfigurationError) {
        guard !certificates.isEmpty else { throw .noCertificates }
        self.protocols = try ProtocolList(protocols)
        var contexts: [SharedContext] = []
        for certificate in certificates {
            let context = try SharedContext(.server, versions: versions)
            try ServerContext.install(certificate, in: context)
            contexts.append(context)
        }
        self.contexts = contexts
        names = CertificateNames(certificates.map(\.names))
        tickets = former?.tickets ?? TicketKeys()
        // The callbacks below reach this object through the connection, which holds it.
        for context in contexts {
            unsafe openssl_set_servername_callback(context.pointer, ServerCallbacks.chooseCertificate, nil)
            unsafe SSL_CTX_set_alpn_select_cb(context.pointer, ServerCallbacks.chooseProtocol, nil)
            unsafe openssl_set_ticket_key_callback(context.pointer, ServerCallbacks.ticketKey)
        }
    }

    private static func install(_ certificate: Certificate, in context: SharedContext) throws(TLSConfigurationError) {
        LibraryFailure.forget()
        var good = unsafe SSL_CTX_use_certificate(context.pointer, certificate.leaf) == 1
        good = unsafe good && certificate.chain.allSatisfy { unsafe openssl_add_chain(context.pointer, $0) == 1 }
        good = unsafe good && SSL_CTX_use_PrivateKey(context.pointer, certificate.key) == 1
        good = unsafe good && SSL_CTX_check_private_key(context.pointer) == 1
        guard good else { throw .refused(file: certificate.certificateFile, reason: LibraryFailure.take().text) }
    }

    /// The context with the certificate for `hostname`.
    func context(for hostname: String) -> SharedContext { contexts[names.index(for: hostname) ?? 0] }

    /// The protocol to speak with a client that offers these.
    func chosenProtocol(from offer: UnsafeBufferPointer<UInt8>) -> ProtocolList.Choice {
        unsafe protocols.choice(from: offer)
    }
}
