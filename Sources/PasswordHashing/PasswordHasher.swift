import Glibc
import Synchronization

/// Hashes passwords with Argon2id, and checks them, on a few threads of its own.
///
/// Memory is bounded by the number of threads times the memory of one hash (2 × 64 MiB as it comes), time by the
/// length of the queue: beyond that, callers are told when to come again.
///
/// A password is taken exactly as it is given, byte for byte: no trimming, no truncation (OWASP ASVS 5.0, 6.2.8). The
/// caller gives it in the one form of Unicode that all spellings share.
package final class PasswordHasher: Sendable {
    /// The most Unicode code points in a password. As UTF-8 that is at most 1,024 bytes.
    package static let charactersMax = 256

    private static let saltBytes = 16
    private static let tagBytes = 32

    package let parameters: Argon2Parameters
    private let limits: Argon2Limits
    private let threads: HashingThreads
    /// What a password is checked against when there is no user or no hash.
    private let dummy: PasswordHash
    private let workTotal = Atomic<UInt64>(0)

    package init(
        parameters: Argon2Parameters = .standard, limits: Argon2Limits = .standard, threads: Int = 2, queueMax: Int = 64
    ) {
        self.parameters = parameters
        self.limits = limits.admitting(parameters)
        self.threads = HashingThreads(count: threads, queueMax: queueMax)
        dummy = PasswordHash(parameters: parameters, salt: Self.randomSalt(), tag: Array(repeating: 0, count: 32))
    }

    /// How many callers wait for a thread: `gatehouse_password_queue_depth`. Does not lock.
    package var queueDepth: Int { threads.waiting }

    /// How many KiB all hashes until now have written: proof that two cases cost the same.
    package var workDone: UInt64 { workTotal.load(ordering: .relaxed) }

    /// Refuses at once what would be refused for want of a thread. Ask it before anything that costs: in a flood of
    /// sign-ins nine of ten go no further than here, and the database never hears of them.
    ///
    /// - Throws: `busy`.
    package func requireRoom() throws(PasswordHashingError) { try threads.requireRoom() }

    /// A new PHC string for `password`, with a salt of its own.
    package func hash(_ password: String) async throws(PasswordHashingError) -> String {
        let salt = Self.randomSalt()
        let tag = try await derive(password, salt: salt, parameters: parameters, count: Self.tagBytes)
        return PasswordHash(parameters: parameters, salt: salt, tag: tag).phc
    }

    /// Whether `password` is the one that `phc` was made from.
    ///
    /// With nil, for an unknown user or one without a password, it does the work of one hash all the same and says
    /// no: the answer takes as long as for a wrong password.
    ///
    /// - Throws: `unreadableHash` without doing any work when `phc` is malformed or asks for too much.
    package func verify(_ password: String, against phc: String?) async throws(PasswordHashingError) -> Bool {
        let stored = try phc.map { (phc) throws(PasswordHashingError) in try read(phc) }
        let hash = stored ?? dummy
        let tag = try await derive(password, salt: hash.salt, parameters: hash.parameters, count: hash.tag.count)
        return Argon2.equal(tag, hash.tag) && stored != nil
    }

    /// Whether `phc` was made with other parameters than today's, or cannot be read any more, so that the next sign-in
    /// should replace it.
    package func needsRehash(_ phc: String) -> Bool {
        guard let hash = try? read(phc) else { return true }
        return hash.parameters != parameters || hash.tag.count != Self.tagBytes || hash.salt.count < Self.saltBytes
    }

    private func read(_ phc: String) throws(PasswordHashingError) -> PasswordHash {
        do { return try PasswordHash(phc: phc, limits: limits) } catch { throw .unreadableHash(error) }
    }

    /// Runs Argon2id on one of the threads.
    private func derive(
        _ password: String, salt: [UInt8], parameters: Argon2Parameters, count: Int
    ) async throws(PasswordHashingError) -> [UInt8] {
        guard Self.isAcceptable(password) else { throw .passwordTooLong }
        let secret = SecretBytes(password)
        let tag = try await threads.run {
            Result { () throws(PasswordHashingError) in
                try Argon2.derive(secret, salt: salt, parameters: parameters, count: count)
            }
        }
        workTotal.wrappingAdd(parameters.work, ordering: .relaxed)
        return tag
    }

    /// Whether the password is short enough to be worth hashing; looks at no more of it than it must.
    private static func isAcceptable(_ password: String) -> Bool {
        password.utf8.count <= charactersMax * 4 && password.unicodeScalars.count <= charactersMax
    }

    private static func randomSalt() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<saltBytes).map { _ in .random(in: .min ... .max, using: &generator) }
    }
}
