import Crypto
import Foundation
import Testing

@testable import Accounts

/// ASVS 6.2.12: passwords from breaches, in a file as haveibeenpwned.com gives it out.
@Suite struct BreachedPasswordTests {
    /// A file of these lines that is gone when the test is over.
    private func withFile<Answer>(_ text: String, _ body: (BreachedPasswordFile) throws -> Answer) throws -> Answer {
        let path = FileManager.default.temporaryDirectory.appending(path: "breached-\(UUID().uuidString)")
        try Data(text.utf8).write(to: path)
        defer { try? FileManager.default.removeItem(at: path) }
        return try body(BreachedPasswordFile(path: path.path()))
    }

    private func digest(_ password: String) -> String {
        Insecure.SHA1.hash(data: Data(password.utf8)).map { String(format: "%02X", $0) }.joined()
    }

    private func passwords(_ count: Int) -> [String] { (0..<count).map { "a breached password \($0)" } }

    @Test(arguments: [0, 1, 2, 80, 81, 82, 5_000], ["\n", ":7\n", ":12345\r\n"])
    func `ASVS 6.2.12: every password of the file is found, and no other, however long it is`(
        count: Int, ending: String
    ) throws {
        let lines = passwords(count).map { digest($0) }.sorted().map { $0 + ending }
        try withFile(lines.joined()) { file in
            let step = max(1, count / 300)
            for index in stride(from: 0, to: count, by: step) {
                let isFound = try file.contains("a breached password \(index)")
                #expect(isFound)
            }
            for index in 0..<100 {
                let isFound = try file.contains("a good password \(index)")
                #expect(!isFound)
            }
        }
    }

    @Test func `the first and the last line are found, with and without an end of line`() throws {
        let ordered = passwords(5_000).map { (digest($0), $0) }.sorted { $0.0 < $1.0 }
        for end in ["", "\n"] {
            try withFile(ordered.map(\.0).joined(separator: "\n") + end) { file in
                let areFound = [try file.contains(ordered[0].1), try file.contains(ordered[4_999].1)]
                #expect(areFound == [true, true])
            }
        }
    }

    @Test func `lower case is as good`() throws {
        try withFile(digest("a breached password").lowercased() + "\n") { file in
            let isFound = try file.contains("a breached password")
            #expect(isFound)
        }
    }

    @Test(arguments: [
        "not a digest\n", String(repeating: "x", count: 10_000), String(repeating: "A", count: 41) + "\n", "\0\n",
        String(repeating: String(repeating: "G", count: 40) + "\n", count: 500),
    ])
    func `a file of another kind is a fault, and no password passes it`(text: String) throws {
        _ = try withFile(text) { file in
            #expect(throws: AccountsError.self) { _ = try file.contains("a good password") }
        }
    }

    @Test func `a file that is gone is a fault, and no password passes it`() async throws {
        var village = Village()
        village.environment.settings.breachedPasswords = "/nonexistent/breached"
        await #expect(throws: AccountsError.self) { try await village.user() }
        try await village.user("olivia", email: nil, password: nil)
    }

    @Test func `nobody gets a password that is in the file`() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "breached-\(UUID().uuidString)")
        try Data((digest("correct horse battery") + ":3\n").utf8).write(to: path)
        defer { try? FileManager.default.removeItem(at: path) }
        var village = Village()
        village.environment.settings.breachedPasswords = path.path()
        await #expect(throws: AccountsError.weakPassword(.common)) {
            try await village.user(password: "correct horse battery")
        }
        try await village.user(password: "correct horse battery staple")
    }
}
