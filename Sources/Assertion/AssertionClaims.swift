package import Identity

/// What an assertion says: who asks, what they may in the plant that it is about, and to whom it is said.
package struct AssertionClaims: Sendable {
    /// How long an assertion is good.
    package static let lifetime = Duration.seconds(60)

    /// `accounts.public_url`.
    package var issuer: String
    /// The name of the route, so that what one application is told is no use to another.
    package var audience: String
    package var principal: Principal
    /// The role in the plant that the request is about; nil when it is about none, or none is held there.
    package var membership: PlantMembership?
    package var session: SessionID?

    package init(
        issuer: String, audience: String, principal: Principal, membership: PlantMembership?, session: SessionID?
    ) {
        self.issuer = issuer
        self.audience = audience
        self.principal = principal
        self.membership = membership
        self.session = session
    }

    /// When an assertion holds. Seconds since 1970, as RFC 7519 has them.
    struct Period {
        var issuedAt: Int64
        var notBefore: Int64?
        var expiresAt: Int64

        /// From now on, for as long as an assertion is good.
        init(from now: Timestamp) {
            issuedAt = now.wholeSeconds
            expiresAt = now.wholeSeconds + AssertionClaims.lifetime.components.seconds
        }
    }

    /// The claims as JSON: those that are registered (RFC 7519, section 4.1), those of OpenID Connect (Core 1.0,
    /// section 5.1), and ours: `plant`, `plant_id`, `role` and `roles`. What is not known is left out.
    func json(_ period: Period) -> [UInt8] {
        var object = JSONObject()
        object.add("iss", issuer)
        object.add("aud", audience)
        object.add("sub", principal.userID.description)
        object.add("iat", period.issuedAt)
        object.add("nbf", period.notBefore)
        object.add("exp", period.expiresAt)
        object.add("sid", session?.description)
        object.add("preferred_username", principal.username)
        object.add("email", principal.email)
        object.add("name", principal.name)
        object.add("plant", membership?.plantCode)
        object.add("plant_id", membership.map { Int64($0.plantID.value) })
        object.add("role", membership?.role.description)
        object.add("roles", principal.globalRoles)
        return object.bytes
    }
}

extension Timestamp {
    /// The whole seconds since 1970 that have passed.
    var wholeSeconds: Int64 { microseconds / 1_000_000 }
}
