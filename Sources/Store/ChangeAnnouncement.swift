package import Identity

/// What the database says on `gatehouse_changes` when a transaction commits that changes who may do what; the triggers of
/// migration 20 write it.
///
/// One line: microseconds since 1970 by the database's clock, what, and ids, with a space between. It holds no secret:
/// whoever may connect to the database can listen.
package struct ChangeAnnouncement: Sendable, Hashable {
    package static let channel = "gatehouse_changes"

    package let change: IdentityChange
    /// When the change was written, by the database's clock; nil where a text does not say.
    package let at: Timestamp?

    /// Reads `payload`. What cannot be understood, from a newer schema or from a stranger's NOTIFY, counts as everything:
    /// forgetting too much costs a query, and too little lets somebody in.
    package init(_ payload: String) {
        var words = payload.split(separator: " ", omittingEmptySubsequences: false)[...]
        at = words.popFirst().flatMap { Int64($0) }.map { Timestamp(microseconds: $0) }
        change = Self.change(words) ?? .everything
    }

    private static func change(_ words: ArraySlice<Substring>) -> IdentityChange? {
        let words = Array(words)
        switch (words.first, words.count) {
        case ("session", 3):
            guard let session = SessionID(words[1]), let user = UserID(words[2]) else { return nil }
            return .session(session, of: user)
        case ("user", 2):
            return UserID(words[1]).map { .user($0) }
        case ("role", 3):
            guard let user = UserID(words[1]), let plant = Int32(words[2]) else { return nil }
            return .role(of: user, in: PlantID(plant))
        case ("plant", 2):
            return Int32(words[1]).map { .plant(PlantID($0)) }
        default:
            return nil
        }
    }
}
