package import Identity
import Store

/// Accounts at providers, in memory.
package struct MemoryLinkedIdentityStore: LinkedIdentityStore {
    let database: MemoryDatabase

    package func link(_ identity: LinkedIdentity, to user: UserID) async throws(StoreError) {
        try FieldRules.check(identity)
        try database.transaction { tables, _ throws(StoreError) in
            guard tables.user(user) != nil else { throw .notFound }
            let isNamed = identity.provider.utf8.enumerated().allSatisfy { index, byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                case UInt8(ascii: "-"), UInt8(ascii: "_"): index > 0
                default: false
                }
            }
            guard isNamed, !identity.provider.isEmpty else { throw ModelRules.refusal("user_identities_provider_form") }
            guard !identity.subject.isEmpty else { throw ModelRules.refusal("user_identities_subject_not_empty") }
            guard tables.identity(identity.provider, identity.subject) == nil else {
                throw .conflict(field: "identity")
            }
            tables.identities.append(MemoryTables.IdentityRow(identity: identity, user: user))
        }
    }

    package func unlink(provider: String, subject: String, from user: UserID) async throws(StoreError) -> Bool {
        try FieldRules.checkSearch(provider)
        try FieldRules.checkSearch(subject)
        return try database.transaction { tables, _ in
            guard let index = tables.identity(provider, subject), tables.identities[index].user == user else {
                return false
            }
            tables.identities.remove(at: index)
            return true
        }
    }

    package func list(of user: UserID) async throws(StoreError) -> [LinkedIdentity] {
        try database.look { tables, _ in
            guard tables.user(user) != nil else { return [] }
            return tables.identities.filter { $0.user == user }.map(\.identity).sorted { $0.linkedAt < $1.linkedAt }
        }
    }

    package func owner(provider: String, subject: String) async throws(StoreError) -> IdentityOwner {
        try FieldRules.checkSearch(provider)
        try FieldRules.checkSearch(subject)
        return try database.look { tables, _ in
            guard let index = tables.identity(provider, subject) else { return .nobody }
            let user = tables.identities[index].user
            return tables.user(user) == nil ? .tombstone : .user(user)
        }
    }

    package func recordUse(
        provider: String, subject: String, email: String?, at moment: Timestamp
    ) async throws(StoreError) {
        try FieldRules.checkSearch(provider)
        try FieldRules.checkSearch(subject)
        try FieldRules.check(email, .email)
        try database.transaction { tables, _ throws(StoreError) in
            guard let index = tables.identity(provider, subject) else { throw .notFound }
            let old = tables.identities[index].identity
            tables.identities[index].identity = LinkedIdentity(
                provider: provider, subject: subject, email: email, linkedAt: old.linkedAt,
                lastUsedAt: max(old.lastUsedAt ?? moment, moment))
        }
    }
}

extension MemoryTables {
    fileprivate func identity(_ provider: String, _ subject: String) -> Int? {
        identities.firstIndex {
            $0.identity.provider == provider && Array($0.identity.subject.utf8) == Array(subject.utf8)
        }
    }
}
