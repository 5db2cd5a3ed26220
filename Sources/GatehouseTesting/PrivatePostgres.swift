import Foundation
import Synchronization

/// A PostgreSQL server of this test process alone, in a temporary folder, reached through a Unix socket there.
///
/// It binds no port, so any number of test processes may run side by side. A watchdog stops the server and removes the
/// folder when this process ends, however it ends. As root, the server runs as `postgres` or `nobody`, since PostgreSQL
/// refuses to be root.
///
/// Most tests want `shared()` and a database each from `createDatabase()`. Tests that kill or stop the server make one
/// of their own with `start()`.
package final class PrivatePostgres: Sendable {
    /// Who the server lets in, as superuser, without a password.
    package static let user = "gatehouse"

    /// The folder of all that the server keeps: `data`, its log, and the socket.
    package let folder: String
    private let programs: PostgresPrograms
    private let watchdog: PostgresWatchdog
    private let databases = Atomic<Int>(0)

    private init(folder: String, programs: PostgresPrograms, watchdog: PostgresWatchdog) {
        self.folder = folder
        self.programs = programs
        self.watchdog = watchdog
    }

    private static let one = Task.detached { try await PrivatePostgres.start() }

    /// The server that all tests of this process share; started by whoever asks first. Do not stop it.
    package static func shared() async throws -> PrivatePostgres { try await one.value }

    /// Makes and starts a server. `settings` are those of postgresql.conf, such as `["max_connections": "10"]`.
    package static func start(settings: [String: String] = [:]) async throws -> PrivatePostgres {
        let programs = try PostgresPrograms.find()
        let folder = try PostgresFolder.make(owner: programs.owner)
        let watchdog = try PostgresWatchdog(folder: folder)
        let server = PrivatePostgres(folder: folder, programs: programs, watchdog: watchdog)
        try await programs.run(
            "initdb",
            [
                "--pgdata=\(folder)/data", "--username=\(user)", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8",
                "--no-sync", "--no-instructions",
            ], folder: folder)
        try server.configure(settings)
        try await server.restart()
        return server
    }

    private func configure(_ settings: [String: String]) throws {
        var all = [
            "listen_addresses": "", "unix_socket_directories": folder, "fsync": "off", "synchronous_commit": "off",
            "full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": "0", "shared_buffers": "16MB",
            "max_connections": "200", "jit": "off", "autovacuum": "off", "timezone": "UTC",
            // Below the folder, so that nothing is left in /dev/shm after a kill.
            "dynamic_shared_memory_type": "mmap",
        ]
        all.merge(settings) { $1 }
        let lines = all.sorted { $0.key < $1.key }.map { "\($0) = '\($1)'\n" }.joined()
        let file = try FileHandle(forWritingTo: URL(filePath: "\(folder)/data/postgresql.conf"))
        try file.seekToEnd()
        try file.write(contentsOf: Data(lines.utf8))
        try file.close()
    }

    /// The libpq URL of a database on this server.
    package func url(database: String) -> String {
        "postgresql:///\(database)?host=\(folder)&user=\(Self.user)"
    }

    /// Makes an empty database, or a copy of `template` (nobody may be connected to it), and returns its URL.
    package func createDatabase(cloning template: String? = nil) async throws -> String {
        let name = "test_\(databases.add(1, ordering: .relaxed).newValue)"
        let copy = template.map { ["--template=\($0)"] } ?? []
        try await programs.run(
            "createdb",
            ["--host=\(folder)", "--username=\(Self.user)", "--maintenance-db=postgres", "--no-password"] + copy
                + [name], folder: folder)
        return url(database: name)
    }

    /// Runs SQL with psql, apart from any client under test, and returns its rows as unaligned text.
    @discardableResult
    package func psql(_ sql: String, database: String = "postgres") async throws -> String {
        try await programs.run(
            "psql",
            [
                "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--command=\(sql)",
                url(database: database),
            ], folder: folder)
    }

    /// The schema of a database as SQL, from pg_dump.
    package func dumpSchema(database: String) async throws -> String {
        try await programs.run("pg_dump", ["--schema-only", url(database: database)], folder: folder)
    }

    /// Starts the server again after `kill()` or `shutDown()`, and returns when it takes connections.
    package func restart() async throws {
        try await programs.run(
            "pg_ctl", ["--pgdata=\(folder)/data", "--wait", "--log=\(folder)/server.log", "start"], folder: folder)
    }

    /// Ends the server in an orderly way: sessions are told so with SQLSTATE 57P01.
    package func shutDown() async throws {
        try await programs.run("pg_ctl", ["--pgdata=\(folder)/data", "--mode=fast", "--wait", "stop"], folder: folder)
    }

    /// Kills the server and all of its sessions with SIGKILL, as a crash of the machine would. `restart` brings it back.
    package func kill() async throws {
        let processes = try self.processes()
        for process in processes { Glibc.kill(process, SIGKILL) }
        for process in processes {
            while ProcessTable.isAlive(process) { try await Task.sleep(for: .milliseconds(5)) }
        }
        // Whoever adopts the dead may be slow to bury them, and the next server would take them for a living rival. What is
        // not there need not be removed.
        for name in ["data/postmaster.pid", ".s.PGSQL.5432.lock", ".s.PGSQL.5432"] {
            try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
    }

    /// Stops the server and its sessions where they are, with SIGSTOP: connections stay open and nobody answers.
    package func pause() throws {
        for process in try processes() { Glibc.kill(process, SIGSTOP) }
    }

    /// Lets a paused server go on.
    package func resume() throws {
        for process in try processes() { Glibc.kill(process, SIGCONT) }
    }

    /// Ends the server for good and removes its folder. Without it, the same happens when the process ends.
    package func remove() async {
        // What is left of a server that is gone, the watchdog removes.
        try? resume()
        try? await kill()
        watchdog.release()
    }

    /// The postmaster first, then its children.
    private func processes() throws -> [pid_t] {
        let text = try String(contentsOfFile: "\(folder)/data/postmaster.pid", encoding: .utf8)
        guard let first = text.split(separator: "\n").first, let postmaster = pid_t(first) else {
            throw PrivatePostgresError("\(folder)/data/postmaster.pid does not begin with a number")
        }
        return [postmaster] + ProcessTable.children(of: postmaster)
    }
}

/// Why a private server could not be had; carries what the program said.
package struct PrivatePostgresError: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}
