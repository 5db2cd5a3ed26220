import Foundation
import Synchronization

/// A program that a test started. It gets SIGKILL when this process is gone, however that ends.
///
/// The thread that starts it waits for it too: the kernel sends the signal when that very thread ends (prctl(2),
/// PR_SET_PDEATHSIG). What the program writes goes to files, so that no full pipe can hold it up.
final class Child: Sendable {
    let process: pid_t
    /// The files that it writes to.
    let output: String
    let errors: String
    private let end: Task<Int32, Never>
    private let hasEnded: Atomic<Bool>

    /// Starts a program by its path, with `input` on its standard input.
    static func start(
        _ command: [String], input: String = "", environment: [String: String] = [:], folder: String = Scratch.make()
    ) async throws -> Child {
        let child: Child = try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                do {
                    let (exits, exit) = AsyncStream.makeStream(of: Int32.self)
                    let child = Child(try spawn(command, input, environment, folder), folder, exits)
                    continuation.resume(returning: child)
                    let status = wait(for: child.process)
                    child.hasEnded.store(true, ordering: .releasing)
                    exit.yield(status)
                    exit.finish()
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
        return child
    }

    private init(_ process: pid_t, _ folder: String, _ exits: AsyncStream<Int32>) {
        self.process = process
        output = "\(folder)/output"
        errors = "\(folder)/errors"
        hasEnded = Atomic(false)
        end = Task {
            for await status in exits { return status }
            return -1
        }
    }

    /// Its exit code when it has ended; 128 and the signal's number if a signal ended it.
    var exitCode: Int32 { get async { await end.value } }

    var isRunning: Bool { !hasEnded.load(ordering: .acquiring) }

    var outputText: String { Scratch.text(output) }
    var errorText: String { Scratch.text(errors) }

    func send(_ signal: Int32) {
        if isRunning { kill(process, signal) }
    }

    /// Ends it at once, if it has not ended.
    func stop() async {
        send(SIGKILL)
        _ = await exitCode
    }

    /// How much memory it has in use, in bytes.
    var residentBytes: Int { status("VmRSS:") }

    /// The most memory that it ever had in use, in bytes.
    var residentBytesPeak: Int { status("VmHWM:") }

    /// A line of proc(5)'s status, given there in KiB.
    private func status(_ name: String) -> Int {
        let line = Scratch.text("/proc/\(process)/status").split(separator: "\n").first { $0.hasPrefix(name) }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
    }

    private static func spawn(
        _ command: [String], _ input: String, _ environment: [String: String], _ folder: String
    ) throws -> pid_t {
        try Data(input.utf8).write(to: URL(filePath: "\(folder)/input"))
        let files = unsafe [
            open("\(folder)/input", O_RDONLY | O_CLOEXEC),
            open("\(folder)/output", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600),
            open("\(folder)/errors", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600),
        ]
        defer { files.forEach { close($0) } }
        guard !files.contains(-1) else { throw FixtureError("cannot open files in \(folder)") }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (number, file) in files.enumerated() {
            unsafe posix_spawn_file_actions_adddup2(&actions, file, Int32(number))
        }
        let inherited = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("GATEHOUSE") }
        let variables = inherited.merging(environment) { $1 }.map { "\($0.key)=\($0.value)" }
        var words = unsafe (["setpriv", "--pdeathsig", "KILL", "--"] + command).map { unsafe strdup($0) } + [nil]
        var settings = unsafe variables.map { unsafe strdup($0) } + [nil]
        defer { unsafe (words + settings).forEach { unsafe free($0) } }
        var process: pid_t = 0
        let code = unsafe posix_spawnp(&process, "setpriv", &actions, nil, &words, &settings)
        guard code == 0 else { throw FixtureError("cannot start \(command): errno \(code)") }
        return process
    }

    private static func wait(for process: pid_t) -> Int32 {
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) == -1, errno == EINTR {}
        let signal = status & 0x7f
        return signal == 0 ? status >> 8 & 0xff : 128 + signal
    }
}

/// Why a fixture could not be had.
struct FixtureError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Waits until `condition` holds, for as long as only a broken gateway would need, however busy the machine is.
func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    let patience = Duration.seconds(150)
    let end = ContinuousClock.now + patience
    while try await !condition() {
        guard ContinuousClock.now < end else { throw FixtureError("waited \(patience) in vain: \(what)") }
        try await Task.sleep(for: .milliseconds(20))
    }
}
