import Assertion
import Configuration
import Identity
import Logging
import PostgreSQL
import Store
import Synchronization

/// This gateway's share in the keys that assertions are signed with: it looks for them in the database now and then and
/// whenever they change, and has a new one made when it is time.
final class AssertionOffice: Sendable {
    let issuer = AssertionIssuer()
    private let database: Database
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        var rotation: KeyRotation?
        var work: Task<Void, Never>?
    }

    private static let interval = Duration.seconds(60)

    init(_ database: Database, _ logger: Logger) {
        self.database = database
        self.logger = logger
    }

    /// What a configuration says about assertions, with the keys that are there; nil: nothing is signed. Makes the first
    /// key if there is none.
    func prepare(_ settings: AssertionSettings?) async throws(CommandFailure) -> Prepared {
        guard let settings else { return Prepared(rotation: nil, ring: nil) }
        guard let sealing = KeySealing(keys: settings.encryptionKeys) else {
            throw .badInput("\(settings.location): assertion.encryption_keys: each key is 32 bytes in base64")
        }
        let rotation = KeyRotation(store: database.stores.assertionKeys, sealing: sealing, age: settings.rotation)
        do throws(AssertionKeyError) {
            return Prepared(rotation: rotation, ring: try await rotation())
        } catch {
            throw .failed("\(settings.location): \(error).")
        }
    }

    struct Prepared: Sendable {
        fileprivate let rotation: KeyRotation?
        fileprivate let ring: KeyRing?
    }

    /// Signs like this from now on.
    func replace(_ prepared: Prepared) {
        issuer.replace(prepared.ring)
        state.withLock { state in
            state.rotation = prepared.rotation
            if prepared.rotation != nil, state.work == nil { state.work = Task { await self.run() } }
        }
    }

    /// Ends the rounds.
    func stop() async {
        let work = state.withLock { state in
            defer { state = State() }
            return state.work
        }
        work?.cancel()
        await work?.value
    }

    private enum Occasion {
        case changed, time
    }

    private func run() async {
        let (occasions, wake) = AsyncStream.makeStream(of: Occasion.self, bufferingPolicy: .bufferingNewest(2))
        let pool = database.pool
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in await pool.listen(PostgresAssertionKeyStore.channel) { wake.yield(.changed) }
            }
            group.addTask {
                while !Task.isCancelled {
                    // Ends early when it is cancelled, and then so does the loop.
                    try? await Task.sleep(for: Self.interval * Double.random(in: 0.8...1.2))
                    wake.yield(.time)
                }
            }
            for await occasion in occasions { await round(tidies: occasion == .time) }
            group.cancelAll()
        }
    }

    /// What goes wrong leaves the keys that are in use as they are.
    private func round(tidies: Bool) async {
        guard let rotation = state.withLock({ $0.rotation }) else { return }
        do throws(AssertionKeyError) {
            let ring = try await rotation(tidies: tidies)
            // Somebody may have turned it off in the meantime.
            if state.withLock({ $0.rotation != nil }) { issuer.replace(ring) }
        } catch {
            if !Task.isCancelled {
                logger.error("assertion keys not read; those in use go on", metadata: ["problem": "\(error)"])
            }
        }
    }
}
