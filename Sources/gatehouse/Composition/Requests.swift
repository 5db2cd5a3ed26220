import Dispatch
import Glibc

/// What is asked of a running gateway: by signals that operators send, and by files that change.
struct Requests: Sendable {
    enum Request: Sendable {
        /// SIGTERM or SIGINT: finish what runs, then end.
        case stop
        /// SIGHUP, or a changed file under `reload: watch`: read the configuration and the certificates anew.
        case reload
        /// The files of certificates have changed.
        case reloadCertificates
        /// SIGUSR2: hand the listening sockets to a new process, and stop when it serves.
        case handOver
        /// What became of the new process.
        case successorAnswered(Successor.Outcome)
    }

    let stream: AsyncStream<Request>
    private let continuation: AsyncStream<Request>.Continuation

    /// Begins to listen. From now on these signals do not end the process by themselves, and neither does SIGPIPE.
    init() {
        _ = signal(SIGPIPE, SIG_IGN)
        let (stream, continuation) = AsyncStream.makeStream(of: Request.self)
        self.stream = stream
        self.continuation = continuation
        // Only kept alive, and cancelled at the end: nothing is read from them on another thread.
        nonisolated(unsafe) let sources = [
            (SIGTERM, Request.stop), (SIGINT, .stop), (SIGHUP, .reload), (SIGUSR2, .handOver),
        ].map { number, request in
            _ = signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { continuation.yield(request) }
            source.activate()
            return source
        }
        continuation.onTermination = { _ in unsafe sources.forEach { $0.cancel() } }
    }

    /// Asks for something from within the process.
    func ask(_ request: Request) { continuation.yield(request) }
}
