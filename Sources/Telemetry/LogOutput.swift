import Glibc

/// Where a log goes, as the writer's thread sees it. Tests put a failing disk here.
protocol LogOutput: Sendable {
    /// Writes some of the bytes from `start` on.
    func write(_ bytes: [UInt8], from start: Int) -> LogOutputResult
    /// Waits until a write that would have blocked may work, or until the time is over.
    func waitUntilWritable(milliseconds: Int32)
    /// Opens the file anew, for it was rotated. Returns whether that worked; if not, the old one stays.
    func reopen() -> Bool
}

/// What became of a write.
enum LogOutputResult: Sendable, Hashable {
    case wrote(Int)
    case wouldBlock
    /// The error number: `ENOSPC`, `EPIPE`, …
    case failed(Int32)
}

/// A descriptor: standard output, standard error, or a file opened for appending.
///
/// Used by the writer's thread alone after it was made.
final class LogDescriptor: LogOutput {
    private let descriptor: Int32
    /// Nil for a descriptor that we did not open.
    private let path: String?

    init(_ destination: LogWriter.Destination) throws(LogWriterError) {
        switch destination {
        case .standardOutput: (descriptor, path) = (STDOUT_FILENO, nil)
        case .standardError: (descriptor, path) = (STDERR_FILENO, nil)
        case .file(let path):
            let opened = Self.open(path)
            guard opened >= 0 else { throw .cannotOpen(path: path, code: errno) }
            (descriptor, self.path) = (opened, path)
        }
    }

    deinit {
        if path != nil { close(descriptor) }
    }

    func write(_ bytes: [UInt8], from start: Int) -> LogOutputResult {
        while true {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[start...])
                return unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
            }
            if count >= 0 { return .wrote(count) }
            if errno == EINTR { continue }
            return errno == EAGAIN ? .wouldBlock : .failed(errno)
        }
    }

    func waitUntilWritable(milliseconds: Int32) {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = unsafe poll(&waiting, 1, milliseconds)
    }

    /// Puts the new file in the old one's place with dup2(2), so nobody sees a closed descriptor.
    func reopen() -> Bool {
        guard let path else { return true }
        let opened = Self.open(path)
        guard opened >= 0 else { return false }
        defer { close(opened) }
        guard dup2(opened, descriptor) >= 0 else { return false }
        return fcntl(descriptor, F_SETFD, FD_CLOEXEC) >= 0
    }

    /// Not for the world to read: a log names people.
    private static func open(_ path: String) -> Int32 {
        unsafe Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0o640)
    }
}
