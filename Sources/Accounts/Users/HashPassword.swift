import PasswordHashing

extension AccountsEnvironment {
    /// Turns people away while too many wait for a thread, before the database is asked anything about them.
    ///
    /// - Throws: `busy`.
    func requireHashingRoom() throws(AccountsError) {
        do { try passwords.requireRoom() } catch { throw AccountsError(error) }
    }

    /// Checks a new password against the rules and hashes it.
    ///
    /// - Parameter context: what an attacker knows of the person.
    func hash(_ password: String, context: [String?]) async throws(AccountsError) -> String {
        let password = try PasswordRules(settings, context: context).check(password)
        do { return try await passwords.hash(password.text) } catch { throw AccountsError(error) }
    }
}
