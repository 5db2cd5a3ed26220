import COpenSSL

/// SHA-256 (FIPS 180-4), for one thread's use.
///
/// The algorithm is looked up once and the working state is kept: OpenSSL 3 does both anew, under locks, for each call
/// of its one-shot functions.
@safe package final class DigestContext {
    private let algorithm: OpaquePointer
    private let state: OpaquePointer

    package init() {
        guard let algorithm = unsafe EVP_MD_fetch(nil, "SHA256", nil), let state = unsafe EVP_MD_CTX_new() else {
            preconditionFailure("every OpenSSL has SHA-256")
        }
        unsafe self.algorithm = algorithm
        unsafe self.state = state
    }

    deinit {
        unsafe EVP_MD_CTX_free(state)
        unsafe EVP_MD_free(algorithm)
    }

    /// The digest of `bytes` as four words, the first byte most significant.
    package func sha256(_ bytes: Span<UInt8>) -> (UInt64, UInt64, UInt64, UInt64) {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        let done = unsafe withUnsafeMutableBytes(of: &words) { digest in
            unsafe bytes.withUnsafeBytes { bytes in
                unsafe EVP_DigestInit_ex2(state, algorithm, nil) == 1
                    && EVP_DigestUpdate(state, bytes.baseAddress, bytes.count) == 1
                    && EVP_DigestFinal_ex(state, digest.baseAddress?.assumingMemoryBound(to: UInt8.self), nil) == 1
            }
        }
        precondition(done, "SHA-256 fails only without memory")
        return (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
    }
}
