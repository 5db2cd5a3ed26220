import Identity

extension StoreConformance {
    /// What came by mail.
    static let verifications = [
        Check("a verification token proves one purpose, once, in time, and whose address it was sent to") { stores in
            let user = try await stores.activeUser("anna", email: "anna@example.com")
            let moment = now()
            for (seed, purpose) in VerificationPurpose.allCases.enumerated() {
                try await stores.verify(user.id, purpose, token: UInt64(seed), until: moment + hour)
            }
            for (seed, purpose) in VerificationPurpose.allCases.enumerated() {
                let token = hash(UInt64(seed))
                for other in VerificationPurpose.allCases where other != purpose {
                    try none(try await stores.verifications.find(token, purpose: other, at: moment))
                    try none(try await stores.verifications.consume(token, purpose: other, at: moment))
                }
                try none(try await stores.verifications.consume(token, purpose: purpose, at: moment + hour))
                let proof = Verification(
                    userID: user.id, email: purpose == .firstPassword ? nil : "anna@example.com")
                try equal(try await stores.verifications.find(token, purpose: purpose, at: moment), proof)
                try equal(try await stores.verifications.consume(token, purpose: purpose, at: moment), proof)
                try none(try await stores.verifications.consume(token, purpose: purpose, at: moment))
                try none(try await stores.verifications.find(token, purpose: purpose, at: moment))
            }
            try none(try await stores.verifications.consume(hash(99), purpose: .verifyEmail, at: moment))
        },
        Check("of fifty who use one verification token at once, one succeeds") { stores in
            let user = try await stores.activeUser("anna", email: "anna@example.com")
            let moment = now()
            try await stores.verify(user.id, .resetPassword, token: 1, until: moment + hour)
            let successes = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        try await stores.verifications.consume(hash(1), purpose: .resetPassword, at: moment) != nil
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            try equal(successes, 1)
        },
        Check("suspending or deleting a user makes their links worthless, and nobody else's") { stores in
            let moment = now()
            let other = try await stores.activeUser("other", email: "other@example.com")
            try await stores.verify(other.id, .resetPassword, token: 9, until: moment + hour)
            for (seed, isDeleted) in [(UInt64(1), true), (2, false)] {
                let user = try await stores.activeUser("user\(seed)", email: "user\(seed)@example.com")
                try await stores.verify(user.id, .resetPassword, token: seed, until: moment + hour)
                if isDeleted {
                    try await stores.users.delete(user.id)
                    try await fails(.notFound) { () async throws(StoreError) in
                        try await stores.verify(user.id, .resetPassword, token: 77, until: moment + hour)
                    }
                } else {
                    _ = try await stores.users.setStatus(user.id, .suspended)
                }
                try none(try await stores.verifications.find(hash(seed), purpose: .resetPassword, at: moment))
                try none(try await stores.verifications.consume(hash(seed), purpose: .resetPassword, at: moment))
                if isDeleted {
                    _ = try await stores.users.restore(user.id.description)
                    try none(try await stores.verifications.find(hash(seed), purpose: .resetPassword, at: moment))
                }
            }
            try some(try await stores.verifications.find(hash(9), purpose: .resetPassword, at: moment))
        },
        Check("cancelling ends a user's pending tokens of the named purposes, and no others") { stores in
            let user = try await stores.activeUser("anna", email: "anna@example.com")
            let other = try await stores.activeUser("other", email: "other@example.com")
            let moment = now()
            try await stores.verify(user.id, .resetPassword, token: 1, until: moment + hour)
            try await stores.verify(user.id, .changeEmail, token: 2, until: moment + hour)
            try await stores.verify(other.id, .resetPassword, token: 3, until: moment + hour)
            try equal(
                try await stores.verifications.cancel(of: user.id, purposes: [.resetPassword], at: moment), 1)
            try equal(try await stores.verifications.cancel(of: user.id, purposes: [], at: moment), 0)
            try none(try await stores.verifications.find(hash(1), purpose: .resetPassword, at: moment))
            try some(try await stores.verifications.find(hash(2), purpose: .changeEmail, at: moment))
            try some(try await stores.verifications.find(hash(3), purpose: .resetPassword, at: moment))
        },
        Check("a token that proves an address has one, and one that does not has none") { stores in
            let user = try await stores.activeUser("anna", email: "anna@example.com")
            let moment = now()
            for (purpose, email) in [
                (VerificationPurpose.verifyEmail, nil), (.firstPassword, "anna@example.com"),
            ] as [(VerificationPurpose, String?)] {
                let new = NewVerification(
                    userID: user.id, purpose: purpose, email: email, token: hash(5), expiresAt: moment + hour)
                try await refuses { () async throws(StoreError) in try await stores.verifications.create(new) }
            }
        },
    ]
}

extension StoreConformance.Stores {
    fileprivate func verify(
        _ user: UserID, _ purpose: VerificationPurpose, token: UInt64, until end: Timestamp
    ) async throws(StoreError) {
        let email = try await users.find(id: user)?.email
        try await verifications.create(
            NewVerification(
                userID: user, purpose: purpose, email: purpose == .firstPassword ? nil : email ?? "x@example.com",
                token: StoreConformance.hash(token), expiresAt: end))
    }
}
