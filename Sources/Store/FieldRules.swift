import Glibc
package import Identity

/// What can be said about a value before the database sees it: that it fits its column, and holds no NUL.
///
/// The database enforces the same sizes and more, but names no column when a text is too long, and libpq would cut a
/// text off at a NUL: it would then name somebody else. All stores check here, so that all say the same.
package enum FieldRules {
    /// The size in characters of each text column (code points, as `varchar` counts them).
    package enum Field: String, Sendable, CaseIterable {
        case username
        case email = "email address"
        case name
        case firstName = "first name"
        case lastName = "last name"
        case phone = "phone number"
        case passwordHash = "password hash"
        case stripeCustomerID = "Stripe customer id"
        case plantCode = "plant code"
        case plantName = "plant name"
        case host
        case provider
        case subject
        case event
        case role
        case detail

        package var charactersMax: Int {
            switch self {
            case .username, .phone, .plantCode, .provider: 50
            case .name, .firstName, .lastName, .plantName, .event: 100
            case .email, .passwordHash, .stripeCustomerID, .host, .role, .subject: 255
            case .detail: 4_096
            }
        }
    }

    /// How much of a user agent is kept. It is longer only when somebody plays with it, which must not keep them out.
    package static let userAgentCharactersMax = 512

    /// - Throws: `refused` for a text that is too long for its column or holds a NUL.
    package static func check(_ text: String?, _ field: Field) throws(StoreError) {
        guard let text else { return }
        guard !text.utf8.contains(0) else { throw .refused("The \(field.rawValue) must not contain a NUL character.") }
        guard text.unicodeScalars.count <= field.charactersMax else {
            throw .refused("The \(field.rawValue) must not be longer than \(field.charactersMax) characters.")
        }
    }

    /// For a text to look for: one that is too long is merely not found.
    ///
    /// - Throws: `refused` for a NUL.
    package static func checkSearch(_ text: String) throws(StoreError) {
        guard !text.utf8.contains(0) else { throw .refused("A search text must not contain a NUL character.") }
    }

    package static func check(_ user: NewUser) throws(StoreError) {
        try check(user.username, .username)
        try check(user.email, .email)
        try check(user.name, .name)
        try check(user.firstName, .firstName)
        try check(user.lastName, .lastName)
        try check(user.phone, .phone)
        try check(user.passwordHash, .passwordHash)
        try check(user.stripeCustomerID, .stripeCustomerID)
        for role in user.roles { try check(role, .role) }
    }

    package static func check(_ change: UserChange) throws(StoreError) {
        switch change {
        case .username(let text): try check(text, .username)
        case .email(let text): try check(text, .email)
        case .name(let text): try check(text, .name)
        case .firstName(let text): try check(text, .firstName)
        case .lastName(let text): try check(text, .lastName)
        case .phone(let text): try check(text, .phone)
        case .stripeCustomerID(let text): try check(text, .stripeCustomerID)
        case .roles(let roles): for role in roles { try check(role, .role) }
        case .emailVerifiedAt, .mustChangePassword: break
        }
    }

    package static func check(_ identity: LinkedIdentity) throws(StoreError) {
        try check(identity.provider, .provider)
        try check(identity.subject, .subject)
        try check(identity.email, .email)
    }

    /// - Throws: `refused` for a part of a list that cannot be.
    package static func checkPage(offset: Int, limit: Int) throws(StoreError) {
        guard offset >= 0, limit >= 0 else { throw .refused("A list's offset and limit must not be negative.") }
    }

    /// A host in the form that bindings are compared in: lower case, without a port.
    package static func checkHost(_ host: String?) throws(StoreError) {
        guard let host else { return }
        try check(host, .host)
        guard !host.isEmpty, host == host.lowercased() else {
            throw .refused("The host must be in lower case and not empty.")
        }
    }

    /// An event whose name and details can be stored, with its address in the form that the database shows.
    package static func checked(_ event: AuditEvent) throws(StoreError) -> AuditEvent {
        guard !event.event.isEmpty else { throw ModelRules.refusal("audit_log_event_not_empty") }
        try check(event.event, .event)
        for (key, value) in event.details {
            try check(key, .detail)
            try check(value, .detail)
        }
        return AuditEvent(
            at: event.at, event: event.event, actor: event.actor, subject: event.subject, plant: event.plant,
            ipAddress: try ipAddress(event.ipAddress), details: event.details)
    }

    /// Cuts a user agent off at what its column takes.
    package static func userAgent(_ text: String?) throws(StoreError) -> String? {
        guard let text else { return nil }
        guard !text.utf8.contains(0) else { throw .refused("The user agent must not contain a NUL character.") }
        var kept = ""
        kept.unicodeScalars.append(contentsOf: text.unicodeScalars.prefix(userAgentCharactersMax))
        return kept
    }

    /// An IP address in the form that PostgreSQL's `inet` shows, without an IPv6 zone, which only means something on
    /// the machine that saw it.
    ///
    /// - Throws: `refused` for what is not an address.
    package static func ipAddress(_ text: String?) throws(StoreError) -> String? {
        guard let text else { return nil }
        let address = String(text.prefix { $0 != "%" })
        var v4 = in_addr()
        var v6 = in6_addr()
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        if !address.utf8.contains(0) {
            if unsafe inet_pton(AF_INET, address, &v4) == 1 {
                unsafe inet_ntop(AF_INET, &v4, &buffer, socklen_t(INET6_ADDRSTRLEN))
                return string(buffer)
            }
            if unsafe inet_pton(AF_INET6, address, &v6) == 1 {
                unsafe inet_ntop(AF_INET6, &v6, &buffer, socklen_t(INET6_ADDRSTRLEN))
                return string(buffer)
            }
        }
        throw .refused("That is not an IP address.")
    }

    /// The bytes before the first zero.
    private static func string(_ buffer: [CChar]) -> String {
        String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
