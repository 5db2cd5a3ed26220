import Foundation

/// PostgreSQL's own programs, and the user that they run as.
struct PostgresPrograms: Sendable {
    /// Where `initdb`, `pg_ctl`, `createdb` and `psql` lie.
    let directory: String
    /// The unprivileged user that stands in for root; nil when this process is not root.
    let owner: String?

    /// Finds the newest installation of Debian's layout, else the one on `PATH`.
    static func find() throws -> PostgresPrograms {
        let files = FileManager.default
        let root = "/usr/lib/postgresql"
        let versions = ((try? files.contentsOfDirectory(atPath: root)) ?? []).sorted { Int($0) ?? 0 > Int($1) ?? 0 }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let candidates = versions.map { "\(root)/\($0)/bin" } + path.split(separator: ":").map(String.init)
        guard let directory = candidates.first(where: { files.isExecutableFile(atPath: "\($0)/initdb") }) else {
            throw PrivatePostgresError("PostgreSQL's server is not installed: apt-get install postgresql")
        }
        guard geteuid() == 0 else { return PostgresPrograms(directory: directory, owner: nil) }
        let users: [String] = ["postgres", "nobody"]
        guard let owner = users.first(where: { unsafe getpwnam($0) != nil }) else {
            throw PrivatePostgresError("PostgreSQL does not run as root, and there is no user postgres or nobody")
        }
        return PostgresPrograms(directory: directory, owner: owner)
    }

    /// Runs one program to its end and returns what it wrote. Throws all of that text if it fails.
    ///
    /// The output goes through a file, not a pipe: the server that `pg_ctl` leaves behind would hold a pipe open.
    @discardableResult
    func run(_ program: String, _ arguments: [String], folder: String) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            // A thread of its own: waiting for a process would hold up a thread that tests share.
            Thread.detachNewThread {
                continuation.resume(with: Result { try runAndWait(program, arguments, folder: folder) })
            }
        }
    }

    private func runAndWait(_ program: String, _ arguments: [String], folder: String) throws -> String {
        let log = "\(folder)/\(program).\(UUID().uuidString).log"
        let output = unsafe open(log, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw PrivatePostgresError("cannot write \(log): errno \(errno)") }
        let input = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer {
            unsafe unlink(log)
            close(output)
            close(input)
        }
        var command = ["env", "--chdir=\(folder)"]
        if let owner {
            command += ["setpriv", "--reuid=\(owner)", "--regid=\(try group(of: owner))", "--clear-groups"]
        }
        command += ["\(directory)/\(program)"] + arguments
        let environment = ["PATH=/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL=C.UTF-8", "HOME=\(folder)"]
        let status = Spawn.wait(
            for: try Spawn.start(command, environment: environment, input: input, output: output))
        let text = try String(contentsOfFile: log, encoding: .utf8)
        guard status == 0 else {
            let server = (try? String(contentsOfFile: "\(folder)/server.log", encoding: .utf8)) ?? ""
            throw PrivatePostgresError(
                "\(program) failed with \(status): \(text)\(server.suffix(2_000))")
        }
        return text.trimmingCharacters(in: .newlines)
    }

    private func group(of user: String) throws -> gid_t {
        guard let entry = unsafe getpwnam(user) else { throw PrivatePostgresError("the user \(user) is gone") }
        return unsafe entry.pointee.pw_gid
    }
}

/// The folder of a private server.
enum PostgresFolder {
    /// A socket's path may be 107 bytes long, and the socket's name takes 18 of them.
    private static let lengthMax = 80

    /// Makes a folder that only `owner` (nil: this user) may enter.
    static func make(owner: String?) throws -> String {
        let wanted = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        let parent = wanted.utf8.count <= lengthMax && (owner == nil || isOpenToAll(wanted)) ? wanted : "/tmp"
        let folder = "\(parent)/gatehouse-\(String(UInt32.random(in: .min ... .max), radix: 36))"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        if let owner {
            try FileManager.default.setAttributes([.ownerAccountName: owner], ofItemAtPath: folder)
        }
        return folder
    }

    /// Whether every folder on the way may be entered by everybody.
    private static func isOpenToAll(_ path: String) -> Bool {
        var url = URL(filePath: path).standardizedFileURL
        while true {
            let mode = (try? FileManager.default.attributesOfItem(atPath: url.path()))?[.posixPermissions] as? Int
            guard let mode, mode & 0o001 != 0 else { return false }
            if url.path() == "/" { return true }
            url = url.deletingLastPathComponent()
        }
    }
}
