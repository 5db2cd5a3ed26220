import Glibc

/// Wakes a thread that sleeps in poll(2), from any other: a pipe.
final class WakeUp: Sendable {
    private let reader: Int32
    private let writer: Int32

    init() throws(LogWriterError) {
        var ends: (Int32, Int32) = (-1, -1)
        let code = unsafe withUnsafeMutableBytes(of: &ends) { ends in
            unsafe pipe(ends.baseAddress?.assumingMemoryBound(to: Int32.self))
        }
        guard code == 0 else { throw .cannotStart(code: errno) }
        (reader, writer) = ends
        for end in [reader, writer] {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
    }

    deinit {
        close(reader)
        close(writer)
    }

    /// Wakes whoever waits, or will. A full pipe means that it has been told already.
    func signal() {
        var byte: UInt8 = 0
        _ = unsafe write(writer, &byte, 1)
    }

    /// Waits for a signal; -1 milliseconds is for ever. Takes all signals that have come, and says whether any has.
    @discardableResult
    func wait(milliseconds: Int32) -> Bool {
        var waiting = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&waiting, 1, milliseconds) > 0 else { return false }
        var bytes: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        while unsafe read(reader, &bytes, 32) == 32 {}
        return true
    }
}
