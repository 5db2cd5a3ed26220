import Foundation

/// A small process that stops a private server and removes its folder when this process is gone.
///
/// It reads from a pipe whose other end this process alone holds, and the kernel closes that end on every kind of exit:
/// a crash and SIGKILL too. It waits without using the processor, in a session of its own, so that Ctrl-C in the
/// terminal of the tests does not end it before its work is done.
final class PostgresWatchdog: Sendable {
    private let held: FileHandle

    private static let script = """
        trap '' INT HUP TERM
        cd /
        read -r nothing
        pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
        if [ -n "$pid" ]; then
            children=$(cat "/proc/$pid/task/$pid/children" 2>/dev/null)
            kill -QUIT $pid
            kill -CONT $pid $children
            for turn in 1 2 3 4 5 6 7 8 9 10; do
                kill -0 $pid 2>/dev/null || break
                sleep 0.2
            done
            kill -KILL $pid $children
        fi 2>/dev/null
        rm -rf "$1" || { sleep 1; rm -rf "$1"; }
        """

    init(folder: String) throws {
        let (reading, writing) = try Spawn.pipe()
        defer { close(reading) }
        held = FileHandle(fileDescriptor: writing, closeOnDealloc: true)
        let null = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(null) }
        let process = try Spawn.start(
            ["env", "setsid", "--fork", "sh", "-c", Self.script, "gatehouse-watchdog", folder],
            environment: ["PATH=/usr/bin:/bin"], input: reading, output: null)
        _ = Spawn.wait(for: process)
    }

    /// Lets the watchdog do its work now.
    func release() { try? held.close() }
}

/// What the kernel knows of processes.
enum ProcessTable {
    /// Whether a process exists and is not a zombie.
    static func isAlive(_ process: pid_t) -> Bool {
        guard let status = status(process) else { return false }
        return status.state != "Z" && status.state != "X"
    }

    static func children(of parent: pid_t) -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter { status($0)?.parent == parent }
    }

    /// The fields after the command's name, which stands in parentheses and may hold anything (proc(5)).
    private static func status(_ process: pid_t) -> (state: Substring, parent: pid_t)? {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[end...].split(separator: " ")
        guard fields.count > 2, let parent = pid_t(fields[2]) else { return nil }
        return (fields[1], parent)
    }
}
