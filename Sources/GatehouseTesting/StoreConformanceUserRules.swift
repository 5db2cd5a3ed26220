import Identity

extension StoreConformance {
    /// The rules of `users`: what is refused, and what follows by itself.
    static let userRules = [
        Check("a user has a username, an address or both") { stores in
            try await refuses { () async throws(StoreError) in
                try await stores.users.create(NewUser(username: nil, email: nil))
            }
            let user = try await stores.users.create(NewUser(username: nil, email: "only@example.com"))
            try await refuses { () async throws(StoreError) in try await stores.users.update(user.id, [.email(nil)]) }
        },
        Check("a username has 3 to 50 characters, whatever their bytes") { stores in
            for name in ["ab", "", String(repeating: "x", count: 51)] {
                try await refuses { () async throws(StoreError) in
                    try await stores.users.create(NewUser(username: name, email: nil))
                }
            }
            for name in ["abc", String(repeating: "é", count: 50), String(repeating: "工", count: 50)] {
                try equal(try await stores.users.create(NewUser(username: name, email: nil)).username, name)
            }
        },
        Check("a username can be taken for neither an address nor an id") { stores in
            for name in ["ada@example.com", "6F9619FF-8B86-D011-B42D-00C04FC964FF"] {
                try await refuses { () async throws(StoreError) in
                    try await stores.users.create(NewUser(username: name, email: nil))
                }
            }
        },
        Check("a text that is too long for its column is refused in words that name it") { stores in
            let long = String(repeating: "x", count: 300)
            let refused: [(NewUser, String)] = [
                (NewUser(username: long, email: nil), "username"),
                (NewUser(username: "abc", email: "\(long)@example.com"), "email address"),
                (NewUser(username: "abc", email: nil, name: String(repeating: "é", count: 101)), "name"),
                (NewUser(username: "abc", email: nil, firstName: long), "first name"),
                (NewUser(username: "abc", email: nil, lastName: long), "last name"),
                (NewUser(username: "abc", email: nil, phone: long), "phone number"),
                (NewUser(username: "abc", email: nil, passwordHash: long), "password hash"),
                (NewUser(username: "abc", email: nil, roles: [long]), "role"),
                (NewUser(username: "abc", email: nil, stripeCustomerID: long), "Stripe customer id"),
            ]
            for (user, field) in refused {
                do {
                    _ = try await stores.users.create(user)
                    throw Failure(description: "\(field) may be too long")
                } catch let error as StoreError {
                    guard case .refused(let words) = error, words.contains(field), words.contains("not be longer")
                    else {
                        throw Failure(description: "\(field): \(error)")
                    }
                }
            }
            let user = try await stores.activeUser("abc")
            try await refuses { () async throws(StoreError) in
                try await stores.users.update(user.id, [.name(long)])
            }
            try await refuses { () async throws(StoreError) in
                try await stores.users.setPasswordHash(user.id, long)
            }
            try none(try await stores.users.find(username: long))
            try none(try await stores.users.find(email: long))
        },
        Check("a NUL is refused wherever a text is taken, so that nothing is cut off at it") { stores in
            let user = try await stores.activeUser("bob")
            let text = "bob\0by"
            try await refuses { () async throws(StoreError) in
                try await stores.users.create(NewUser(username: text, email: nil))
            }
            try await refuses { () async throws(StoreError) in
                try await stores.users.create(NewUser(username: "eve", email: nil, roles: [text]))
            }
            try await refuses { () async throws(StoreError) in try await stores.users.find(username: text) }
            try await refuses { () async throws(StoreError) in try await stores.users.find(email: text) }
            try await refuses { () async throws(StoreError) in try await stores.users.credentials(login: text) }
            try await refuses { () async throws(StoreError) in try await stores.users.restore(text) }
            try await refuses { () async throws(StoreError) in try await stores.users.update(user.id, [.name(text)]) }
            try await refuses { () async throws(StoreError) in try await stores.plants.find(code: text) }
            try await refuses { () async throws(StoreError) in try await stores.plants.create(code: text, name: "x") }
            try await refuses { () async throws(StoreError) in
                try await stores.session(of: user.id, token: 1, host: text)
            }
            try await refuses { () async throws(StoreError) in
                try await stores.audit.append(AuditEvent(at: now(), event: text, actor: nil, subject: nil))
            }
            try await refuses { () async throws(StoreError) in
                try await stores.audit.append(
                    AuditEvent(at: now(), event: "x", actor: nil, subject: nil, details: ["a": text]))
            }
        },
        Check("status goes from pending to active, to suspended and back to active, but never back to pending") {
            stores in
            let user = try await stores.users.create(NewUser(username: "flow", email: nil))
            try equal(try await stores.users.setStatus(user.id, .active).status, .active)
            try equal(try await stores.users.setStatus(user.id, .suspended).status, .suspended)
            try await refuses { () async throws(StoreError) in
                try await stores.users.setStatus(user.id, .pendingVerification)
            }
            try equal(try await stores.users.find(id: user.id)?.status, .suspended)
            try equal(try await stores.users.setStatus(user.id, .suspended).status, .suspended)
            try equal(try await stores.users.setStatus(user.id, .active).status, .active)
        },
        Check("a deleted user is not found, must be restored first, and comes back suspended") { stores in
            let user = try await stores.activeUser("gone", email: "gone@example.com")
            try await stores.users.delete(user.id)
            try none(try await stores.users.find(id: user.id))
            try none(try await stores.users.find(username: "gone"))
            try none(try await stores.users.find(email: "gone@example.com"))
            try none(try await stores.users.credentials(login: "gone"))
            try none(try await stores.roles.principal(of: user.id))
            try await fails(.notFound) { () async throws(StoreError) in try await stores.users.delete(user.id) }
            try await fails(.notFound) { () async throws(StoreError) in try await stores.users.update(user.id, []) }
            try await fails(.notFound) { () async throws(StoreError) in
                try await stores.users.setPasswordHash(user.id, "$x")
            }
            try await fails(.notFound) { () async throws(StoreError) in
                try await stores.users.recordSignIn(user.id, at: now())
            }
            for status in UserStatus.allCases {
                try await refuses { () async throws(StoreError) in try await stores.users.setStatus(user.id, status) }
            }
            for reference in ["GONE", "gone@EXAMPLE.com", user.id.description] {
                let restored = try await stores.users.restore(reference)
                try equal(restored.id, user.id)
                try equal(restored.status, .suspended)
                try none(restored.deletedAt)
                try await refuses { () async throws(StoreError) in try await stores.users.restore(reference) }
                try await stores.users.delete(user.id)
            }
            _ = try await stores.users.restore("gone")
            try expect(try await stores.users.setStatus(user.id, .active).isActive)
        },
        Check("a changed address is no longer verified; a new spelling of it still is (CVE-2026-9087)") { stores in
            let verified = Timestamp(seconds: 1_700_000_000)
            let user = try await stores.users.create(
                NewUser(username: "vera", email: "vera@example.com", status: .active, emailVerifiedAt: verified))
            try equal(
                try await stores.users.update(user.id, [.email("Vera@Example.com")]).emailVerifiedAt, verified)
            try none(try await stores.users.update(user.id, [.email("other@example.com")]).emailVerifiedAt)
            let both = try await stores.users.update(
                user.id, [.email("third@example.com"), .emailVerifiedAt(verified)])
            try equal(both.emailVerifiedAt, verified)
            try none(try await stores.users.update(user.id, [.email(nil)]).emailVerifiedAt)
        },
        Check("what nobody has cannot be changed") { stores in
            _ = try await stores.activeUser("somebody")
            let nobody = UserID(UUID128(high: 1, low: 2))
            try none(try await stores.users.find(id: nobody))
            try await fails(.notFound) { () async throws(StoreError) in
                try await stores.users.update(nobody, [.name("x")])
            }
            try await fails(.notFound) { () async throws(StoreError) in try await stores.users.delete(nobody) }
            try await fails(.notFound) { () async throws(StoreError) in
                try await stores.users.setStatus(nobody, .active)
            }
            try await fails(.notFound) { () async throws(StoreError) in
                try await stores.users.setPasswordHash(nobody, nil)
            }
            try await fails(.notFound) { () async throws(StoreError) in
                try await stores.users.recordSignIn(nobody, at: now())
            }
            try await fails(.notFound) { () async throws(StoreError) in
                try await stores.users.restore(nobody.description)
            }
        },
    ]
}
