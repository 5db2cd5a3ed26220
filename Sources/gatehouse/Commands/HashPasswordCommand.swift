import ArgumentParser
import PasswordHashing

/// `gatehouse hash-password`: an Argon2id hash for a `users` row that is filled by other means.
struct HashPasswordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hash-password", abstract: "Hash the password on standard input with Argon2id.")

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let password = try PasswordInput.new()
        let hash: String
        do {
            hash = try await PasswordHasher(threads: 1).hash(password)
        } catch .passwordTooLong {
            throw CommandFailure.badInput(
                "A password may have at most \(PasswordHasher.charactersMax) characters.")
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
