import PasswordHashing

extension AccountsEnvironment {
    /// Checks a new password against the rules and hashes it.
    ///
    /// - Parameter context: what an attacker knows of the person.
    func hash(_ password: String, context: [String?]) async throws(AccountsError) -> String {
        let password = try PasswordRules(settings, context: context).check(password)
        do { return try await passwords.hash(password.text) } catch { throw AccountsError(error) }
    }
}
