package import Accounts
package import Identity
package import PasswordHashing

extension MemoryStores {
    /// What the use cases need, over these stores.
    package func environment(
        passwords: PasswordHasher, clock: any WallClock = SystemClock(),
        random: any RandomSource = SystemRandomSource(), settings: AccountsSettings = AccountsSettings()
    ) -> AccountsEnvironment {
        AccountsEnvironment(
            users: users, plants: plants, roles: roles, sessions: sessions, tickets: tickets, apiTokens: apiTokens,
            audit: audit, throttles: throttles, work: work, passwords: passwords, clock: clock, random: random,
            settings: settings)
    }
}
