import Dispatch
import Glibc

/// The signals that operators send to a running gateway, as a stream.
enum Signals {
    enum Request: Sendable {
        /// SIGTERM or SIGINT: finish what runs, then end.
        case stop
        /// SIGHUP: read the configuration and the certificates anew.
        case reload
    }

    /// Begins to listen. From now on these signals do not end the process by themselves, and neither does SIGPIPE.
    static func requests() -> AsyncStream<Request> {
        _ = signal(SIGPIPE, SIG_IGN)
        let (stream, continuation) = AsyncStream.makeStream(of: Request.self)
        // Only kept alive, and cancelled at the end: nothing is read from them on another thread.
        nonisolated(unsafe) let sources = [(SIGTERM, Request.stop), (SIGINT, .stop), (SIGHUP, .reload)].map {
            number, request in
            _ = signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { continuation.yield(request) }
            source.activate()
            return source
        }
        continuation.onTermination = { _ in unsafe sources.forEach { $0.cancel() } }
        return stream
    }
}
