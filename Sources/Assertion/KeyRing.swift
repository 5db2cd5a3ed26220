import Identity

/// The keys that assertions are signed with and verified by at a time. Immutable; the next round makes another.
package struct KeyRing: Sendable {
    /// By `activeFrom`, the newest first. Never empty.
    let keys: [AssertionKey]
    /// The public halves as a JSON Web Key Set (RFC 7517, section 5): also those that are not active yet, and those that
    /// still are in force for what they signed.
    package let jwks: [UInt8]

    /// Nil without a key.
    init?(_ keys: [AssertionKey]) {
        guard !keys.isEmpty else { return nil }
        self.keys = keys.sorted { ($0.activeFrom, $0.id) > ($1.activeFrom, $1.id) }
        var object = JSONObject()
        object.add("keys", self.keys.map(\.jwk))
        jwks = object.bytes
    }

    /// The key to sign with: the newest that is active. A clock that is behind the database's finds none, and takes the
    /// oldest.
    func signer(at now: Timestamp) -> AssertionKey? { keys.first { $0.activeFrom <= now } ?? keys.last }
}
