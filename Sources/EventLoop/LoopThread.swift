import CLinux
import Glibc

/// The making of a loop's thread.
enum LoopThread {
    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void

        init(_ name: String, _ run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// Signals that tell of this thread's own faults, or that tools need; every other one is the main thread's.
    private static let ownSignals = [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGPROF]

    /// Starts a thread that runs `body`. It is to be joined.
    static func start(name: String, _ body: @escaping @Sendable () -> Void) throws(IOError) -> pthread_t {
        let box = unsafe Unmanaged.passRetained(Body(name, body))
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let body = unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                LoopThread.blockSignals()
                unsafe linux_name_thread(body.name)
                body.run()
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            unsafe box.release()
            throw IOError(errno: code, call: "pthread_create")
        }
        return thread
    }

    /// Leaves SIGTERM and its like to the main thread, so that none interrupts a loop.
    private static func blockSignals() {
        var signals = sigset_t()
        unsafe sigfillset(&signals)
        for signal in ownSignals { unsafe sigdelset(&signals, signal) }
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}
