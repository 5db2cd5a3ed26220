import COpenSSL

/// Everything that the client's side of handshakes needs: whom to trust, and which protocols to offer.
package final class ClientContext: Sendable {
    /// Whose signatures make a server's certificate good.
    package enum Trust: Sendable, Hashable {
        /// The certificate authorities of this machine (`/etc/ssl/certs`).
        case system
        /// Those in this PEM file, and no others.
        case file(String)
    }

    let shared: SharedContext
    private let protocols: ProtocolList

    /// - Parameters:
    ///   - certificate: by which the client shows who it is, if it is asked.
    ///   - verifies: whether the server's certificate is looked at. Without it anybody can stand in between.
    package init(
        trust: Trust = .system, protocols: [String] = ["http/1.1"], certificate: Certificate? = nil,
        verifies: Bool = true, versions: ClosedRange<TLSVersion> = .tls12 ... .tls13
    ) throws(TLSConfigurationError) {
        self.protocols = try ProtocolList(protocols)
        shared = try SharedContext(.client, versions: versions)
        unsafe SSL_CTX_set_verify(shared.pointer, verifies ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nil)
        LibraryFailure.forget()
        switch trust {
        case .system:
            try shared.demand(unsafe SSL_CTX_set_default_verify_paths(shared.pointer))
        case .file(let path):
            let store = unsafe SSL_CTX_get_cert_store(shared.pointer)
            unsafe try PEMFile(path: path).certificates().forEach { certificate in
                // Counted: the store keeps its own.
                unsafe X509_STORE_add_cert(store, certificate)
                unsafe X509_free(certificate)
            }
        }
        if let certificate { try shared.install(certificate) }
        if !self.protocols.wire.isEmpty {
            // Unlike its siblings, this call answers 0 for success.
            let wire = self.protocols.wire
            guard unsafe SSL_CTX_set_alpn_protos(shared.pointer, wire, UInt32(wire.count)) == 0 else {
                throw .setting("the list of protocols is refused")
            }
        }
    }

    /// Has `ssl` ask for `hostname` and accept a certificate for that alone: a name, or an IP address.
    func expect(_ hostname: String, from ssl: OpaquePointer) -> Bool {
        let parameters = unsafe SSL_get0_param(ssl)
        // Addresses are not sent as a server name (RFC 6066, section 3).
        if unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, hostname) == 1 { return true }
        LibraryFailure.forget()
        unsafe X509_VERIFY_PARAM_set_hostflags(parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        return unsafe X509_VERIFY_PARAM_set1_host(parameters, hostname, 0) == 1
            && openssl_set_hostname(ssl, hostname) == 1
    }
}

/// What a client keeps of a connection in order to resume it with the next one.
///
/// Sendable by hand: never changed, and counted atomically.
@safe package final class TLSSession: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Takes over one count of `pointer`.
    init(owning pointer: OpaquePointer) { unsafe self.pointer = pointer }

    deinit { unsafe SSL_SESSION_free(pointer) }
}
