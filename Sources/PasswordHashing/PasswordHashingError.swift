/// Why a password could not be hashed or checked.
package enum PasswordHashingError: Error, Sendable, Hashable {
    /// Too many wait already. `retryAfter` estimates when there is room; at least a second.
    case busy(retryAfter: Duration)
    /// More than `PasswordHasher.charactersMax`: refused before any work.
    case passwordTooLong
    /// The stored hash is not one that we can check: refused before any work.
    case unreadableHash(PasswordHashFormatError)
    /// The caller was cancelled while it waited.
    case cancelled
    /// The library failed, for want of memory (-22) or threads; or no thread could be started at all (-33).
    case failed(code: Int32)
}
