import Accounts
import Identity
import Logging
import Proxy
import Synchronization

/// Lets the proxy rotate session cookies with the use case. Neither knows the other.
final class CookieRotation: Sendable {
    private let present: Mutex<AccountsEnvironment>
    private let logger: Logger

    init(_ environment: AccountsEnvironment, _ logger: Logger) {
        present = Mutex(environment)
        self.logger = logger
    }

    /// Goes by another configuration from now on.
    func replace(_ environment: AccountsEnvironment) { present.withLock { $0 = environment } }

    /// The cookie that takes the place of `token` on `host`; nil when it stays, or when nobody can say.
    func callAsFunction(_ token: String, _ host: String) async -> RotatedCookie? {
        let environment = present.withLock { $0 }
        do throws(AccountsError) {
            let cookie = try await RotateSession(environment)(token, host: host)
            return cookie.map { RotatedCookie(value: $0.token.text, maxAge: $0.maxAge) }
        } catch {
            logger.warning(
                "session cookie not rotated; the present one goes on", metadata: ["problem": "\(error.detail)"])
            return nil
        }
    }
}
