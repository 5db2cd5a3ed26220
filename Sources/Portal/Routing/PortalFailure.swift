import Accounts

/// Why a handler cannot answer with the page that was asked for. `FailurePages` makes it a page.
enum PortalFailure: Error, Sendable {
    /// A query or form that cannot be read.
    case malformed
    /// A form that did not come from our own page.
    case crossSite
    case notFound
    case methodNotAllowed(allowed: [String])
    /// A page of a person's own account, and nobody is signed in. `lostForm`: they had sent a form.
    case signInNeeded(path: String, lostForm: Bool)
    /// A page that is at `public_url` alone.
    case elsewhere(path: String)
    /// A link of a mail that opens nothing any more; `retry` is where another can be had.
    case linkRefused(retry: String?)
    case unsupportedMediaType
    case tooLarge
    /// A ticket that opens nothing; `retry` is where signing in begins anew.
    case ticketRefused(retry: String)
    case accounts(AccountsError)
}

/// Runs a use case, and takes over its error.
func account<Answer>(
    _ body: () async throws(AccountsError) -> Answer
) async throws(PortalFailure) -> Answer {
    do { return try await body() } catch { throw .accounts(error) }
}
