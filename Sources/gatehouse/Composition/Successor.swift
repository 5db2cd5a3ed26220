import EventLoop
import Foundation
import Glibc
import Synchronization

/// The process that is to follow this one: the same program, perhaps a newer one by now, with the same arguments and with
/// the sockets that we listen on.
///
/// It reads the configuration, opens the database and begins to accept while we still do. When it says that it serves, we
/// drain. If it ends or stays silent instead, we go on as if nothing had happened.
final class Successor: Sendable {
    enum Outcome: Sendable {
        /// It serves.
        case serves(pid_t)
        /// It ended before it served, or never came to it.
        case failed(String)
    }

    /// How long a new process may take to serve: it may have a hundred thousand routes to compile.
    private static let startingTimeMax: Int32 = 60_000

    /// The program as it was called when we started. Later the name is what counts, not the file: a package that is
    /// upgraded puts another file there.
    private static let program: String? = {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlink("/proc/self/exe", &path, path.count)
        guard count > 0, count < path.count else { return nil }
        return String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }()

    /// Has the name of the program looked up, while it still names our own file.
    static func remember() { _ = program }

    let process: pid_t
    private let readiness: Int32

    /// Starts it.
    init(inheriting sockets: [ListeningSocket]) throws(CommandFailure) {
        guard let program = Successor.program else { throw .failed("This program's own file cannot be found (/proc).") }
        var pipe: [Int32] = [0, 0]
        guard unsafe Glibc.pipe(&pipe) == 0, fcntl(pipe[0], F_SETFD, FD_CLOEXEC) == 0 else {
            throw .failed("no pipe: errno \(errno)")
        }
        // Clear of the numbers that the new process gets its descriptors under.
        let end = fcntl(pipe[1], F_DUPFD_CLOEXEC, 64)
        close(pipe[1])
        defer { close(end) }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        var labels: [String] = []
        var number = Inheritance.firstDescriptor
        for socket in sockets {
            unsafe posix_spawn_file_actions_adddup2(&actions, socket.raw, number)
            labels.append("\(number)=\(socket.label ?? "")")
            number += 1
        }
        unsafe posix_spawn_file_actions_adddup2(&actions, end, number)
        var environment = ProcessInfo.processInfo.environment
        environment[Inheritance.socketsVariable] = labels.joined(separator: "\n")
        environment[Inheritance.readinessVariable] = "\(number)"
        let arguments = [program] + CommandLine.arguments.dropFirst()
        let settings = environment.map { "\($0.key)=\($0.value)" }
        var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
        var variables = unsafe settings.map { unsafe strdup($0) } + [nil]
        defer { unsafe (words + variables).forEach { unsafe free($0) } }
        var process: pid_t = 0
        let code = unsafe posix_spawn(&process, program, &actions, nil, &words, &variables)
        guard code == 0 else {
            close(pipe[0])
            throw .failed("\(program) cannot be started: \(unsafe String(cString: strerror(code)))")
        }
        self.process = process
        readiness = pipe[0]
    }

    deinit { close(readiness) }

    /// Waits until it serves or has failed. Blocks a thread of its own meanwhile.
    func outcome() async -> Outcome {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { [self] in continuation.resume(returning: wait()) }
        }
    }

    private func wait() -> Outcome {
        var poller = pollfd(fd: readiness, events: Int16(POLLIN), revents: 0)
        let ready = unsafe poll(&poller, 1, Successor.startingTimeMax)
        var byte: UInt8 = 0
        if ready == 1, unsafe read(readiness, &byte, 1) == 1 { return .serves(process) }
        // It has closed the pipe without a word, or is too slow: end it, so that two don't serve side by side for ever.
        kill(process, SIGTERM)
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) == -1, errno == EINTR {}
        let ended = status & 0x7f == 0 ? "ended with \(status >> 8 & 0xff)" : "ended by signal \(status & 0x7f)"
        return .failed(
            ready == 0 ? "it did not serve within a minute" : "it \(ended) before it served; see its messages")
    }

    /// Ends it: whoever asked us to stop means the new one too.
    func stop() { kill(process, SIGTERM) }
}
