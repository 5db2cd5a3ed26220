package import Identity
import Store

/// Verification tokens in memory.
package struct MemoryVerificationStore: VerificationStore {
    let database: MemoryDatabase

    package func create(_ new: NewVerification) async throws(StoreError) {
        try FieldRules.check(new.email, .email)
        try database.transaction { tables, now throws(StoreError) in
            guard tables.user(new.userID) != nil else { throw .notFound }
            guard (new.email == nil) == (new.purpose == .firstPassword) else {
                throw ModelRules.refusal("verification_tokens_email_proved")
            }
            guard new.expiresAt > now else { throw ModelRules.refusal("verification_tokens_times_in_order") }
            tables.verifications.append(MemoryTables.VerificationRow(verification: new))
        }
    }

    package func find(
        _ token: TokenHash, purpose: VerificationPurpose, at moment: Timestamp
    ) async throws(StoreError) -> Verification? {
        try database.look { tables, _ in
            tables.usable(token, purpose, moment).map { tables.verifications[$0].proof }
        }
    }

    package func consume(
        _ token: TokenHash, purpose: VerificationPurpose, at moment: Timestamp
    ) async throws(StoreError) -> Verification? {
        try database.transaction { tables, _ in
            guard let index = tables.usable(token, purpose, moment) else { return nil }
            tables.verifications[index].consumedAt = moment
            return tables.verifications[index].proof
        }
    }

    package func cancel(
        of user: UserID, purposes: [VerificationPurpose], at moment: Timestamp
    ) async throws(StoreError) -> Int {
        try database.transaction { tables, _ in
            let before = tables.verifications.count
            tables.verifications.removeAll {
                $0.verification.userID == user && purposes.contains($0.verification.purpose) && $0.consumedAt == nil
                    && $0.verification.expiresAt > moment
            }
            return before - tables.verifications.count
        }
    }
}

extension MemoryTables {
    fileprivate func usable(_ token: TokenHash, _ purpose: VerificationPurpose, _ moment: Timestamp) -> Int? {
        verifications.firstIndex {
            $0.verification.token == token && $0.verification.purpose == purpose && $0.consumedAt == nil
                && $0.verification.expiresAt > moment && user($0.verification.userID) != nil
        }
    }
}

extension MemoryTables.VerificationRow {
    fileprivate var proof: Verification { Verification(userID: verification.userID, email: verification.email) }
}
