import COpenSSL
import EventLoop
import Glibc

/// The bytes of a PEM file, and the OpenSSL objects in them.
struct PEMFile {
    /// No certificate chain or key comes near to this.
    private static let byteCountMax = 1 << 20

    /// The file's name, for what is said about it.
    let name: String
    private let bytes: [UInt8]

    init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    /// Reads the file at `path`.
    init(path: String) throws(TLSConfigurationError) {
        name = path
        let raw = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard raw >= 0 else { throw .unreadable(file: path, errno: errno) }
        let descriptor = Descriptor(owning: raw)
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = unsafe read(descriptor.raw, &block, block.count)
            guard count >= 0 else {
                if errno == EINTR { continue }
                throw .unreadable(file: path, errno: errno)
            }
            if count == 0 { break }
            bytes += block[..<count]
            guard bytes.count <= PEMFile.byteCountMax else { throw .tooLarge(file: path) }
        }
        self.bytes = bytes
    }

    /// All certificates in the file, in its order. The caller owns them.
    func certificates() throws(TLSConfigurationError) -> [OpaquePointer] {
        let bio = unsafe try openMemory()
        defer { unsafe BIO_free(bio) }
        var found: [OpaquePointer] = unsafe []
        LibraryFailure.forget()
        while let certificate = unsafe PEM_read_bio_X509(bio, nil, nil, nil) { unsafe found.append(certificate) }
        let failure = LibraryFailure.take()
        // What ends a good file is the lack of another beginning.
        guard failure.library == ERR_LIB_PEM, failure.code == PEM_R_NO_START_LINE else {
            unsafe found.forEach { unsafe X509_free($0) }
            throw .malformed(file: name, reason: failure.text)
        }
        guard unsafe !found.isEmpty else { throw .noCertificate(file: name) }
        return unsafe found
    }

    /// The private key in the file. The caller owns it.
    func privateKey() throws(TLSConfigurationError) -> OpaquePointer {
        let bio = unsafe try openMemory()
        defer { unsafe BIO_free(bio) }
        LibraryFailure.forget()
        // A passphrase is never asked for: a server that starts by itself has nobody to type it.
        var wasAsked = false
        let key = unsafe withUnsafeMutablePointer(to: &wasAsked) { wasAsked in
            unsafe PEM_read_bio_PrivateKey(
                bio, nil,
                { _, _, _, asked in
                    unsafe asked?.assumingMemoryBound(to: Bool.self).pointee = true
                    return -1
                }, wasAsked)
        }
        guard let key = unsafe key else {
            let failure = LibraryFailure.take()
            if wasAsked { throw .encryptedKey(file: name) }
            if failure.code == PEM_R_NO_START_LINE || failure.library == 0 { throw .noKey(file: name) }
            // The decoders of OpenSSL 3 say "unsupported" of a file that holds nothing of use to them.
            if !holdsKey { throw .noKey(file: name) }
            throw .malformed(file: name, reason: failure.text)
        }
        return unsafe key
    }

    private var holdsKey: Bool { String(decoding: bytes, as: UTF8.self).contains("PRIVATE KEY-----") }

    private func openMemory() throws(TLSConfigurationError) -> OpaquePointer {
        let memory = unsafe bytes.withUnsafeBytes { bytes -> OpaquePointer? in
            // Copied into a memory BIO of its own, which does not depend on the array's place.
            guard let bio = unsafe BIO_new(BIO_s_mem()) else { return nil }
            guard unsafe bytes.isEmpty || BIO_write(bio, bytes.baseAddress, Int32(clamping: bytes.count)) > 0 else {
                unsafe BIO_free(bio)
                return nil
            }
            return unsafe bio
        }
        guard let memory = unsafe memory else { throw .setting(LibraryFailure.take().text) }
        return unsafe memory
    }
}
