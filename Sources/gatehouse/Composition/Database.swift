import Accounts
import EventLoop
import Identity
import PasswordHashing
import PostgreSQL
import Store

/// The database as every command uses it: a pool on a loop of its own.
struct Database: Sendable {
    let pool: PostgresPool
    let stores: PostgresStores
    private let loop: EventLoop

    /// Opens nothing yet: the pool connects at the first query.
    init(
        _ configuration: PostgresConfiguration, rotationGrace: RotationGrace = RotationGrace(.seconds(30))
    ) throws(CommandFailure) {
        do throws(IOError) {
            loop = try EventLoop(name: "postgres")
            try loop.start()
        } catch {
            throw .failed("A thread for the database cannot be made: \(error).")
        }
        do throws(PostgresError) {
            pool = try PostgresPool(configuration: configuration, loop: loop)
        } catch {
            let reason = if case .unavailable(let reason) = error { reason } else { "\(error)" }
            throw .badInput("The database's URL cannot be used: \(reason).")
        }
        stores = PostgresStores(pool: pool, rotationGrace: rotationGrace)
    }

    /// Fails unless the database can be reached and has the schema that this program needs.
    func requireSchema() async throws(CommandFailure) {
        do throws(StoreError) {
            try await Schema.check(pool)
        } catch {
            throw CommandFailure(error)
        }
    }

    /// What the use cases need, over these stores.
    func environment(
        settings: AccountsSettings, hashing: PasswordHasher = PasswordHasher(),
        sessions: (any SessionStore)? = nil, signInEnded: @escaping @Sendable (SignInOutcome) -> Void = { _ in },
        leftUndone: @escaping @Sendable (String, AccountsError) -> Void = { _, _ in }
    ) -> AccountsEnvironment {
        AccountsEnvironment(
            users: stores.users, plants: stores.plants, roles: stores.roles, sessions: sessions ?? stores.sessions,
            tickets: stores.tickets, apiTokens: stores.apiTokens, audit: stores.audit,
            throttles: stores.throttles, work: stores.work, passwords: hashing, settings: settings,
            signInEnded: signInEnded, leftUndone: leftUndone)
    }

    /// Ends the connections and the loop.
    func close() async {
        await pool.close()
        loop.stop()
    }
}
