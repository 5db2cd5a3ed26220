import COpenSSL

/// SHA-1 (FIPS 180-4), for the one place that still asks for it: the handshake of WebSocket, where it proves nothing but
/// that the other side knows the protocol (RFC 6455, section 10.8).
package enum SHA1Digest {
    /// The twenty bytes of the digest. Looks the algorithm up each time: not for every request.
    package static func of(_ bytes: Span<UInt8>) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 20)
        var count = digest.count
        let done = unsafe bytes.withUnsafeBytes { bytes in
            unsafe EVP_Q_digest(nil, "SHA1", nil, bytes.baseAddress, bytes.count, &digest, &count) == 1
        }
        precondition(done && count == digest.count, "every OpenSSL has SHA-1")
        return digest
    }
}
