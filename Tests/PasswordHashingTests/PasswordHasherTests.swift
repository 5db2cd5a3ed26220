import PasswordHashing
import Testing

@Suite struct PasswordHasherTests {
    /// As cheap as Argon2 allows with these lanes.
    static let cheap = Argon2Parameters(memoryKiB: 32, passes: 1, lanes: 4)

    /// The library's own test vectors (phc-winner-argon2, test.c).
    @Test(arguments: [
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    ])
    func `RFC 9106: hashes that others made are checked rightly`(phc: String) async throws {
        let hasher = PasswordHasher(parameters: Self.cheap)
        #expect(try await hasher.verify("password", against: phc))
        #expect(try await !hasher.verify("differentpassword", against: phc))
        #expect(hasher.needsRehash(phc))
    }

    @Test func `the parameters are those of the identity model as they come`() async throws {
        let hasher = PasswordHasher()
        let phc = try await hasher.hash("correct horse battery staple")
        #expect(phc.hasPrefix("$argon2id$v=19$m=65536,t=3,p=4$"))
        #expect(try await hasher.verify("correct horse battery staple", against: phc))
        #expect(!hasher.needsRehash(phc))
    }

    @Test(arguments: ["", " ", "correct horse", "pass\0word", "pässwörd", "🔑🔑🔑", String(repeating: "x", count: 255)])
    func `a password opens its own hash and nothing else does`(password: String) async throws {
        let hasher = PasswordHasher(parameters: Self.cheap)
        let phc = try await hasher.hash(password)
        #expect(try await hasher.verify(password, against: phc))
        for other in [password + " ", password + "\0", password.uppercased() + "X", "pass"] {
            #expect(try await !hasher.verify(other, against: phc))
        }
    }

    @Test func `ASVS 6.2.8: a password is taken byte for byte, without normalisation`() async throws {
        let hasher = PasswordHasher(parameters: Self.cheap)
        let phc = try await hasher.hash("caf\u{e9}")
        #expect(try await !hasher.verify("cafe\u{301}", against: phc))
    }

    @Test func `of ten thousand wrong passwords none is taken for the right one`() async throws {
        let hasher = PasswordHasher(parameters: Argon2Parameters(memoryKiB: 8, passes: 1, lanes: 1))
        let phc = try await hasher.hash("correct horse")
        for number in 0..<10_000 {
            if try await hasher.verify("wrong \(number)", against: phc) { Issue.record("wrong \(number) was taken") }
        }
    }

    @Test(arguments: 0..<32)
    func `a stored hash with one byte changed is no longer the password's`(index: Int) async throws {
        let hasher = PasswordHasher(parameters: Self.cheap)
        let hash = try PasswordHash(phc: try await hasher.hash("correct horse"))
        var tag = hash.tag
        tag[index] ^= 0x10
        let changed = PasswordHash(parameters: hash.parameters, salt: hash.salt, tag: tag)
        #expect(try await !hasher.verify("correct horse", against: changed.phc))
    }

    @Test func `two hashes of one password differ`() async throws {
        let hasher = PasswordHasher(parameters: Self.cheap)
        #expect(try await hasher.hash("correct horse") != hasher.hash("correct horse"))
    }

    @Test func `ASVS 6.3.8: an unknown user costs as much as a wrong password`() async throws {
        let hasher = PasswordHasher(parameters: Self.cheap)
        let phc = try await hasher.hash("correct horse")
        var costs: [UInt64] = []
        for (password, stored) in [("correct horse", phc), ("wrong", phc), ("wrong", nil), ("", nil)]
            as [(String, String?)]
        {
            let before = hasher.workDone
            #expect(try await hasher.verify(password, against: stored) == (password == "correct horse"))
            costs.append(hasher.workDone - before)
        }
        #expect(costs == Array(repeating: Self.cheap.work, count: 4))
    }

    @Test(arguments: [
        "", "secret",
        "$argon2id$v=19$m=4194304,t=3,p=4$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        "$argon2id$v=19$m=65536,t=4000000000,p=4$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    ])
    func `a stored hash that cannot be read costs nothing`(phc: String) async throws {
        let hasher = PasswordHasher(parameters: Self.cheap)
        await #expect {
            try await hasher.verify("correct horse", against: phc)
        } throws: { error in
            guard case .unreadableHash = error as? PasswordHashingError else { return false }
            return true
        }
        #expect(hasher.workDone == 0)
        #expect(hasher.needsRehash(phc))
    }

    @Test(arguments: [
        String(repeating: "x", count: 257), String(repeating: "🔑", count: 257),
        String(repeating: "x", count: 10_000_000),
        "e" + String(repeating: "\u{301}", count: 256),
    ])
    func `a password of more than 256 characters is refused before any work`(password: String) async throws {
        let hasher = PasswordHasher(parameters: Self.cheap)
        await #expect(throws: PasswordHashingError.passwordTooLong) { try await hasher.hash(password) }
        await #expect(throws: PasswordHashingError.passwordTooLong) { try await hasher.verify(password, against: nil) }
        #expect(hasher.workDone == 0)
    }

    @Test func `a hash that was made with parameters above the limits is still checked`() async throws {
        let dear = Argon2Parameters(memoryKiB: 160, passes: 12, lanes: 20)
        let hasher = PasswordHasher(parameters: dear)
        let phc = try await hasher.hash("correct horse")
        #expect(try await hasher.verify("correct horse", against: phc))
        #expect(!hasher.needsRehash(phc))
        #expect(PasswordHasher(parameters: Self.cheap).needsRehash(phc))
    }

    @Test func `many at once all get their own answer`() async throws {
        let hasher = PasswordHasher(parameters: Self.cheap, threads: 2, queueMax: 200)
        let phc = try await hasher.hash("correct horse")
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<200 {
                group.addTask {
                    try await hasher.verify(index % 2 == 0 ? "correct horse" : "wrong", against: phc)
                        == (index % 2 == 0)
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
        #expect(hasher.queueDepth == 0)
    }
}
