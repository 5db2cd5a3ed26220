import TLS
import Testing

@Suite struct CertificateTests {
    private let authority = TestAuthority.shared

    @Test(arguments: [
        ("localhost.pem", "missing.key", "cannot be read: No such file"),
        ("missing.pem", "localhost.key", "cannot be read: No such file"),
        ("garbage.pem", "localhost.key", "holds no certificate"), ("localhost.key", "localhost.key", "no certificate"),
        ("damaged.pem", "localhost.key", "is damaged"), ("localhost.pem", "localhost.pem", "holds no private key"),
        ("localhost.pem", "garbage.pem", "holds no private key"), ("localhost.pem", "damaged.key", "is damaged"),
        ("localhost.pem", "encrypted.key", "protected by a passphrase"),
        ("localhost.pem", "exact.key", "is not the key of the first certificate in"),
        ("/dev/zero", "localhost.key", "larger than 1 MiB"),
    ])
    func `a pair that is no good says which file and why`(certificate: String, key: String, words: String) throws {
        let error = try #require(throws: TLSConfigurationError.self) {
            try Certificate(
                certificateFile: certificate.hasPrefix("/") ? certificate : authority.path(certificate),
                keyFile: authority.path(key))
        }
        #expect(error.description.contains(words), "\(error)")
        #expect(error.description.hasPrefix("/"), "the file comes first")
    }

    @Test func `names and times are read from the certificate`() throws {
        let certificate = try authority.certificate("exact")
        #expect(certificate.names == ["app.example.com", "api.example.com"])
        #expect(certificate.notAfter - certificate.notBefore == 30 * 86400)
        try certificate.requireCurrent()
    }

    @Test func `a certificate outside of its time says so, with the time`() throws {
        let expired = try authority.certificate("expired")
        let error = try #require(throws: TLSConfigurationError.self) { try expired.requireCurrent() }
        #expect(error == .expired(file: expired.certificateFile, since: expired.notAfter))
        #expect(error.description.contains(" UTC; renew it"))
        let good = try authority.certificate("exact")
        #expect(throws: TLSConfigurationError.notYetValid(file: good.certificateFile, until: good.notBefore)) {
            try good.requireCurrent(at: good.notBefore - 1)
        }
    }

    @Test func `a key that is too weak to be accepted anywhere is refused`() throws {
        let weak = try authority.certificate("weak")
        let error = try #require(throws: TLSConfigurationError.self) { try ServerContext(certificates: [weak]) }
        #expect(error.description.contains("key too small"), "\(error)")
    }

    @Test func `a server without certificates is refused`() {
        #expect(throws: TLSConfigurationError.noCertificates) { try ServerContext(certificates: []) }
    }

    @Test func `a list of authorities that cannot be read is a clear error`() {
        #expect(throws: TLSConfigurationError.unreadable(file: "/missing", errno: 2)) {
            try ClientContext(trust: .file("/missing"))
        }
    }
}
