package import Identity
import Synchronization

/// Signs assertions with the keys there are, for all workers.
///
/// Workers keep what is signed until shortly before it expires, so this is asked once in the better part of a minute for a
/// session, plant and route, and its lock is on no warm path.
package final class AssertionIssuer: Sendable {
    private let ring = Mutex<KeyRing?>(nil)

    package init() {}

    /// Signs with these keys from now on; nil: nothing is signed, and nothing verifies.
    package func replace(_ ring: KeyRing?) { self.ring.withLock { $0 = ring } }

    /// How long those who verify may keep the keys without looking again.
    package static let jwksMaxAge = Duration.seconds(300)

    /// The keys to verify by (RFC 7517).
    package var jwks: [UInt8] { ring.withLock { $0?.jwks } ?? Array(#"{"keys":[]}"#.utf8) }

    /// An assertion that is good from now on; nil without a key.
    package func assertion(_ claims: AssertionClaims, at now: Timestamp) -> String? {
        key(at: now)?.sign(claims.json(.init(from: now)))
    }

    /// An assertion that no application may believe; nil without a key.
    package func assertion(_ flaw: AssertionFlaw, in claims: AssertionClaims, at now: Timestamp) -> String? {
        key(at: now).flatMap { flaw.assertion(claims, $0, now) }
    }

    private func key(at now: Timestamp) -> AssertionKey? { ring.withLock { $0 }?.signer(at: now) }
}
