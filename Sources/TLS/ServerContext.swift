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
            try context.install(certificate)
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

    /// The context with the certificate for `hostname`.
    func context(for hostname: String) -> SharedContext { contexts[names.index(for: hostname) ?? 0] }

    /// The protocol to speak with a client that offers these.
    func chosenProtocol(from offer: UnsafeBufferPointer<UInt8>) -> ProtocolList.Choice {
        unsafe protocols.choice(from: offer)
    }
}
