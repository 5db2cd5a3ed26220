package import Foundation
import Synchronization

/// Starts programs by posix_spawn(3).
///
/// Foundation's `Process` will not do: it takes a program for running as long as anything that the program left behind
/// is, and `pg_ctl start` leaves a server behind.
package enum Spawn {
    /// Held while a pipe is made and while a program starts, so that no program inherits another's pipe.
    private static let lock = Mutex<Void>(())

    /// Runs `command`, found on `PATH`, with its input and both of its outputs on the given descriptors.
    package static func start(_ command: [String], environment: [String], input: Int32, output: Int32) throws -> pid_t {
        try lock.withLock { _ in
            var actions = unsafe posix_spawn_file_actions_t()
            unsafe posix_spawn_file_actions_init(&actions)
            defer { unsafe posix_spawn_file_actions_destroy(&actions) }
            unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
            unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
            unsafe posix_spawn_file_actions_adddup2(&actions, output, 2)
            // Whatever else is open here, such as the pipes of the test runner, is not the program's.
            for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
                if let descriptor = Int32(name), descriptor > 2 {
                    unsafe posix_spawn_file_actions_addclose(&actions, descriptor)
                }
            }
            var arguments = unsafe command.map { unsafe strdup($0) } + [nil]
            var variables = unsafe environment.map { unsafe strdup($0) } + [nil]
            defer { unsafe (arguments + variables).forEach { unsafe free($0) } }
            var process: pid_t = 0
            let code = unsafe posix_spawn(&process, "/usr/bin/env", &actions, nil, &arguments, &variables)
            guard code == 0 else { throw PrivatePostgresError("cannot start \(command): errno \(code)") }
            return process
        }
    }

    /// Waits for the end of a program; its exit status, or 128 and the signal that ended it.
    package static func wait(for process: pid_t) -> Int32 {
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) == -1, errno == EINTR {}
        let signal = status & 0x7f
        return signal == 0 ? status >> 8 & 0xff : 128 + signal
    }

    /// A pipe that no program inherits unless it is given.
    package static func pipe() throws -> (reading: Int32, writing: Int32) {
        try lock.withLock { _ in
            var ends: [Int32] = [-1, -1]
            guard unsafe Glibc.pipe(&ends) == 0 else { throw PrivatePostgresError("no pipe: errno \(errno)") }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            return (ends[0], ends[1])
        }
    }
}
