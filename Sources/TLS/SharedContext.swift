import COpenSSL

/// What server and client contexts have in common: one SSL_CTX, owned, with the settings of this gateway.
///
/// Sendable by hand: OpenSSL lets many threads make connections from one context once it is set up.
@safe final class SharedContext: @unchecked Sendable {
    /// TLS 1.2: forward secrecy and authenticated encryption only (RFC 9325, section 4.2).
    private static let ciphers = """
        ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:\
        ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:\
        ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305
        """
    /// TLS 1.3 has no others that are of use here; the cheapest one first (RFC 8446, appendix B.4).
    private static let suites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
    private static let groups = "X25519:P-256:P-384"

    let pointer: OpaquePointer

    enum Side { case server, client }

    init(_ side: Side, versions: ClosedRange<TLSVersion>) throws(TLSConfigurationError) {
        LibraryFailure.forget()
        let method = unsafe side == .server ? TLS_server_method() : TLS_client_method()
        guard let pointer = unsafe SSL_CTX_new(method) else { throw .setting(LibraryFailure.take().text) }
        unsafe self.pointer = pointer
        unsafe openssl_set_modes(pointer)
        _ = unsafe SSL_CTX_set_options(pointer, side == .server ? openssl_server_options : openssl_client_options)
        // Sessions live in tickets on the client's side: no memory here, and no lock.
        unsafe openssl_set_session_cache(pointer, Int(SSL_SESS_CACHE_OFF))
        // OpenSSL makes two, each for the price of a twentieth of the handshake. A client that opens several connections
        // at once gets one with each, and one that resumes gets the next.
        if side == .server { try demand(unsafe openssl_set_tickets(pointer, 1)) }
        try demand(unsafe openssl_set_versions(pointer, versions.lowerBound.code, versions.upperBound.code))
        try demand(unsafe SSL_CTX_set_cipher_list(pointer, SharedContext.ciphers))
        try demand(unsafe SSL_CTX_set_ciphersuites(pointer, SharedContext.suites))
        try demand(unsafe openssl_set_groups(pointer, SharedContext.groups))
    }

    deinit { unsafe SSL_CTX_free(pointer) }

    /// Shows this certificate to the other side.
    func install(_ certificate: Certificate) throws(TLSConfigurationError) {
        LibraryFailure.forget()
        var good = unsafe SSL_CTX_use_certificate(pointer, certificate.leaf) == 1
        good = unsafe good && certificate.chain.allSatisfy { unsafe openssl_add_chain(pointer, $0) == 1 }
        good = unsafe good && SSL_CTX_use_PrivateKey(pointer, certificate.key) == 1
        good = unsafe good && SSL_CTX_check_private_key(pointer) == 1
        guard good else { throw .refused(file: certificate.certificateFile, reason: LibraryFailure.take().text) }
    }

    /// Turns the failure of a setting into an error.
    func demand(_ result: Int32) throws(TLSConfigurationError) {
        guard result == 1 else { throw .setting(LibraryFailure.take().text) }
    }
}

/// A version of the protocol that is still good.
package enum TLSVersion: String, Comparable, Sendable, CaseIterable {
    case tls12 = "TLSv1.2"
    case tls13 = "TLSv1.3"

    var code: Int32 {
        switch self {
        case .tls12: TLS1_2_VERSION
        case .tls13: TLS1_3_VERSION
        }
    }

    package static func < (left: TLSVersion, right: TLSVersion) -> Bool { left.code < right.code }
}
