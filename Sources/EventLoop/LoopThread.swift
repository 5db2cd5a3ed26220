import CLinux
import Glibc

/// The making of a loop's thread.
enum LoopThread {
    private final class Body: Sendable {
        let name: String
        let niceness: Int32
        let run: @Sendable () -> Void

        init(_ name: String, _ niceness: Int32, _ run: @escaping @Sendable () -> Void) {
            self.name = name
            self.niceness = niceness
            self.run = run
        }
    }

    /// Signals that tell of this thread's own faults, or that tools need; every other one is the main thread's.
    private static let ownSignals = [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGPROF]

    /// Starts a thread that runs `body`. It is to be joined.
    static func start(
        name: String, niceness: Int32, _ body: @escaping @Sendable () -> Void
    ) throws(IOError) -> pthread_t {
        let box = unsafe Unmanaged.passRetained(Body(name, niceness, body))
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let body = unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                LoopThread.blockSignals()
                unsafe linux_name_thread(body.name)
                LoopThread.standBack(body.niceness)
                body.run()
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            unsafe box.release()
            throw IOError(errno: code, call: "pthread_create")
        }
        return thread
    }

    /// Makes the calling thread as nice as this, if it is not already (on Linux, niceness is a matter of single threads).
    /// Nobody needs a privilege for that, so it cannot fail; if it did, the thread would only be as fast as the others.
    private static func standBack(_ niceness: Int32) {
        let thread = __priority_which_t(PRIO_PROCESS.rawValue)
        if getpriority(thread, 0) < niceness { _ = setpriority(thread, 0, niceness) }
    }

    /// Leaves SIGTERM and its like to the main thread, so that none interrupts a loop.
    private static func blockSignals() {
        var signals = sigset_t()
        unsafe sigfillset(&signals)
        for signal in ownSignals { unsafe sigdelset(&signals, signal) }
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}
