import Accounts
import ArgumentParser
import PasswordHashing

/// `gatehouse hash-password`: an Argon2id hash for a `users` row that is filled by other means.
struct HashPasswordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hash-password", abstract: "Hash the password on standard input with Argon2id.")

    @Option(help: "The fewest characters that are accepted; never below 8.") var minimum = 15
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (8...64).contains(minimum) else { throw ValidationError("--minimum is 8 to 64.") }
    }

    func run() async throws {
        let text = try PasswordInput.new()
        let password: Password
        do throws(AccountsError) {
            password = try PasswordRules(AccountsSettings(passwordLengthMin: minimum)).check(text)
        } catch {
            throw CommandFailure(error)
        }
        let hash: String
        do {
            hash = try await PasswordHasher(threads: 1).hash(password.text)
        } catch {
            throw CommandFailure.failed("Hashing failed: \(error).")
        }
        if output.json { try output.print(HashRecord(hash: hash)) } else { print(hash) }
    }

    private struct HashRecord: Encodable, Tabular {
        let hash: String
        var cells: [(name: String, value: String)] { [("hash", hash)] }
    }
}
