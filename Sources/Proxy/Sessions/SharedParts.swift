import Identity

/// What many sessions have in common, kept once: hosts, roles in plants and global roles.
///
/// Each answer of the store brings its own copies. Shared, they stay in the processor's caches, whichever of many
/// sessions a request belongs to, and take no memory for each.
struct SharedParts {
    /// How many of each are kept. Beyond that there is little in common, and all is forgotten.
    private static let max = 4096

    private var hosts: Set<String> = []
    private var memberships: Set<[PlantMembership]> = []
    private var globalRoles: Set<[String]> = []

    /// The same session, made of shared parts.
    ///
    /// - Parameter known: what another session of the same person says of them.
    mutating func sharing(_ session: AuthenticatedSession, knownAs known: Principal? = nil) -> AuthenticatedSession {
        AuthenticatedSession(
            kind: session.kind, sessionID: session.sessionID,
            principal: known.flatMap { $0 == session.principal ? $0 : nil } ?? sharing(session.principal),
            host: session.host.map { Self.share($0, in: &hosts) }, lastUsedAt: session.lastUsedAt,
            expiresAt: session.expiresAt, tokenIssuedAt: session.tokenIssuedAt, isPersistent: session.isPersistent)
    }

    private mutating func sharing(_ principal: Principal) -> Principal {
        Principal(
            userID: principal.userID, username: principal.username, email: principal.email, name: principal.name,
            globalRoles: Self.share(principal.globalRoles, in: &globalRoles),
            memberships: Self.share(principal.memberships, in: &memberships))
    }

    private static func share<Value: Hashable>(_ value: Value, in known: inout Set<Value>) -> Value {
        if known.count >= max { known.removeAll(keepingCapacity: true) }
        return known.insert(value).memberAfterInsert
    }
}
