import Foundation
import Glibc

/// Where passwords come from: a terminal that does not show them, else the first line of standard input. Never an
/// argument, which every user of the machine could read.
enum PasswordInput {
    /// Asks for a new password, twice at a terminal.
    static func new() throws -> String {
        let password = try read(prompt: "Password: ")
        if isatty(STDIN_FILENO) == 1, try read(prompt: "Once more: ") != password {
            throw CommandFailure.badInput("The two passwords differ. Please try again.")
        }
        return password
    }

    static func read(prompt: String) throws -> String {
        guard isatty(STDIN_FILENO) == 1 else {
            guard let line = readLine(strippingNewline: true) else {
                throw CommandFailure.badInput("A password is expected on standard input, and it is empty.")
            }
            return line
        }
        FileHandle.standardError.write(Data(prompt.utf8))
        var settings = termios()
        guard unsafe tcgetattr(STDIN_FILENO, &settings) == 0 else {
            throw CommandFailure.failed("The terminal's settings cannot be read; pipe the password in instead.")
        }
        var silent = settings
        silent.c_lflag &= ~tcflag_t(ECHO)
        guard unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0 else {
            throw CommandFailure.failed("The terminal would show the password; pipe it in instead.")
        }
        defer {
            _ = unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
            FileHandle.standardError.write(Data("\n".utf8))
        }
        return readLine(strippingNewline: true) ?? ""
    }
}
