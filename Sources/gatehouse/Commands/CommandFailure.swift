import Accounts
import Foundation
import Identity

/// What ends a command early: a sentence that says what to do, and the exit code that scripts rely on.
struct CommandFailure: Error {
    /// 1: it failed; 2: what it was given is not right.
    let code: Int32
    let message: String

    static func failed(_ message: String) -> CommandFailure { CommandFailure(code: 1, message: message) }
    static func badInput(_ message: String) -> CommandFailure { CommandFailure(code: 2, message: message) }

    /// Prints the sentence on standard error.
    func report() {
        guard !message.isEmpty else { return }
        FileHandle.standardError.write(Data("gatehouse: \(message)\n".utf8))
    }
}

extension CommandFailure {
    init(_ error: AccountsError) {
        switch error {
        case .invalid, .weakPassword: self = .badInput(error.description)
        default: self = .failed(error.detail)
        }
    }

    init(_ error: StoreError) {
        switch error {
        case .unavailable(let text):
            self = .failed(
                "\(sentence(text)) Is PostgreSQL running, and is the URL right? It comes from --database, "
                    + "GATEHOUSE_DATABASE_URL or the configuration.")
        case .schema(let text): self = .failed(text)
        case .conflict(let field): self = .failed("This \(field) is already taken.")
        case .refused(let text), .unexpected(let text): self = .failed(text)
        case .notFound: self = .failed("There is no such thing.")
        }
    }
}

/// A message of another library as a sentence on one line: what libpq says goes over several, and ends as it likes.
private func sentence(_ text: String) -> String {
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let stripped = words.reversed().drop { ".?;:".contains($0) }.reversed()
    return String(stripped).prefix(1).uppercased() + String(stripped).dropFirst() + "."
}
