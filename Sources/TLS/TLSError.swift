package import EventLoop

/// Why a handshake came to nothing.
package enum TLSError: Error, Hashable, Sendable {
    /// The connection below failed: the deadline passed, the peer went away, we cancelled.
    case io(IOError)
    /// The client speaks HTTP without TLS. Nothing was sent yet: it can be told so in plain text on the socket.
    case plainHTTP
    /// The two sides did not agree or one broke the rules, for the library's reason.
    case handshake(String)
    /// The peer's certificate is not to be trusted, for the library's reason.
    case untrusted(String)
}

extension TLSError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .io(let error): "handshake: \(error)"
        case .plainHTTP: "plain HTTP was sent to a TLS port"
        case .handshake(let reason): "handshake: \(reason)"
        case .untrusted(let reason): "untrusted certificate: \(reason)"
        }
    }
}

/// What is wrong with certificates, keys or settings; says which file, and what to do.
package enum TLSConfigurationError: Error, Hashable, Sendable {
    /// The file can't be read.
    case unreadable(file: String, errno: Int32)
    /// The file is larger than any certificate or key.
    case tooLarge(file: String)
    /// The file holds no PEM block of the kind that is needed.
    case noCertificate(file: String)
    case noKey(file: String)
    /// A block is there, and broken.
    case malformed(file: String, reason: String)
    /// The key is protected by a passphrase.
    case encryptedKey(file: String)
    /// The key belongs to another certificate.
    case keyMismatch(certificateFile: String, keyFile: String)
    /// The library finds the key or signature too weak, or refuses it for another reason.
    case refused(file: String, reason: String)
    /// The certificate is not valid any more, or not yet; the time is the limit, in seconds since 1970.
    case expired(file: String, since: Int64)
    case notYetValid(file: String, until: Int64)
    /// A server without a certificate.
    case noCertificates
    /// The library refused a setting.
    case setting(String)
}

extension TLSConfigurationError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreadable(let file, let code):
            "\(file): cannot be read: \(IOError.text(of: code))"
        case .tooLarge(let file):
            "\(file): is larger than 1 MiB, so it is not a certificate or key"
        case .noCertificate(let file):
            "\(file): holds no certificate; a PEM file with '-----BEGIN CERTIFICATE-----' is needed, the server's own first"
        case .noKey(let file):
            "\(file): holds no private key; a PEM file with '-----BEGIN PRIVATE KEY-----' is needed"
        case .malformed(let file, let reason):
            "\(file): is damaged: \(reason)"
        case .encryptedKey(let file):
            "\(file): is protected by a passphrase; remove it with 'openssl pkey -in FILE -out NEW' and protect NEW by its mode"
        case .keyMismatch(let certificateFile, let keyFile):
            "\(keyFile): is not the key of the first certificate in \(certificateFile)"
        case .refused(let file, let reason):
            "\(file): is refused: \(reason)"
        case .expired(let file, let since):
            "\(file): the certificate expired \(UTCText.of(since)); renew it"
        case .notYetValid(let file, let until):
            "\(file): the certificate is not valid before \(UTCText.of(until)); check this machine's clock"
        case .noCertificates:
            "a TLS listener needs at least one certificate"
        case .setting(let reason):
            "TLS settings are refused: \(reason)"
        }
    }
}
