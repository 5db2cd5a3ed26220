import COpenSSL
import Glibc

/// A server's certificate with its chain and its private key, which are known to belong together.
///
/// Sendable by hand: the OpenSSL objects are never changed after `init`, and their counts are atomic.
@safe package final class Certificate: @unchecked Sendable {
    let leaf: OpaquePointer
    let chain: [OpaquePointer]
    let key: OpaquePointer

    /// Where it came from.
    package let certificateFile: String
    /// The DNS names that it is for, in lower case: its subjectAltName alone, as browsers read it (RFC 9525, section 2).
    package let names: [String]
    /// From when and until when it holds, in seconds since 1970.
    package let notBefore: Int64
    package let notAfter: Int64

    /// Reads a PEM chain, the server's own certificate first, and its PEM key.
    package convenience init(certificateFile: String, keyFile: String) throws(TLSConfigurationError) {
        try self.init(certificates: PEMFile(path: certificateFile), key: PEMFile(path: keyFile))
    }

    /// Takes the chain and key from PEM texts; `name` stands for them in errors.
    package convenience init(
        certificatePEM: [UInt8], keyPEM: [UInt8], name: String
    ) throws(TLSConfigurationError) {
        try self.init(
            certificates: PEMFile(name: name, bytes: certificatePEM), key: PEMFile(name: name, bytes: keyPEM))
    }

    private init(certificates: PEMFile, key keyFile: PEMFile) throws(TLSConfigurationError) {
        let all = unsafe try certificates.certificates()
        let key: OpaquePointer
        do throws(TLSConfigurationError) {
            unsafe key = try keyFile.privateKey()
        } catch {
            unsafe all.forEach { unsafe X509_free($0) }
            throw error
        }
        unsafe leaf = all[0]
        unsafe chain = Array(all.dropFirst())
        unsafe self.key = key
        certificateFile = certificates.name
        names = unsafe Certificate.names(of: all[0])
        notBefore = unsafe Certificate.seconds(X509_get0_notBefore(all[0]))
        notAfter = unsafe Certificate.seconds(X509_get0_notAfter(all[0]))
        LibraryFailure.forget()
        guard unsafe X509_check_private_key(leaf, key) == 1 else {
            LibraryFailure.forget()
            throw .keyMismatch(certificateFile: certificates.name, keyFile: keyFile.name)
        }
    }

    deinit {
        unsafe X509_free(leaf)
        unsafe chain.forEach { unsafe X509_free($0) }
        unsafe EVP_PKEY_free(key)
    }

    /// Complains unless the certificate holds at `seconds` since 1970; nil: now.
    ///
    /// Apart from `init`, because a gateway that serves twenty names should not stay down for the one that expired.
    package func requireCurrent(at seconds: Int64? = nil) throws(TLSConfigurationError) {
        let now = seconds ?? Int64(time(nil))
        if now > notAfter { throw .expired(file: certificateFile, since: notAfter) }
        if now < notBefore { throw .notYetValid(file: certificateFile, until: notBefore) }
    }

    private static func seconds(_ moment: UnsafePointer<ASN1_TIME>?) -> Int64 {
        var parts = unsafe tm()
        guard let moment = unsafe moment, unsafe ASN1_TIME_to_tm(moment, &parts) == 1 else { return 0 }
        return Int64(unsafe timegm(&parts))
    }

    private static func names(of certificate: OpaquePointer) -> [String] {
        guard let extensions = unsafe X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return [] }
        let names = OpaquePointer(extensions)
        defer { unsafe GENERAL_NAMES_free(names) }
        var found: [String] = []
        for index in 0..<max(0, unsafe openssl_name_count(names)) {
            var bytes: UnsafePointer<UInt8>?
            let count = unsafe openssl_dns_name(names, index, &bytes)
            guard count > 0, let bytes = unsafe bytes else { continue }
            let text = unsafe String(
                decoding: UnsafeBufferPointer(start: bytes, count: Int(count)), as: UTF8.self)
            found.append(text.lowercased())
        }
        return found
    }
}
