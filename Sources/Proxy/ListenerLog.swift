import EventLoop
import Logging

/// What operators are told when the gateway cannot accept connections any more where it should: at once, then twice a minute
/// for each worker as long as nothing helps; and that it is over.
struct ListenerLog: Sendable {
    private let logger: Logger
    private static let interval = Duration.seconds(30)

    init(_ logger: Logger) { self.logger = logger }

    func broken(_ address: SocketAddress, _ error: IOError) {
        logger.critical(
            "a listening socket is broken; another one is opened in its place",
            metadata: ["address": "\(address)", "problem": "\(error)"])
    }

    func cannotReopen(
        _ address: SocketAddress, _ error: IOError, now: MonotonicInstant, _ complaints: inout Complaints
    ) {
        guard complaints.isDue("\(error)", now: now, interval: Self.interval) else { return }
        var metadata: Logger.Metadata = ["address": "\(address)", "problem": "\(error)"]
        if let unsaid = complaints.takeUnsaid() { metadata["more_before"] = "\(unsaid)" }
        logger.critical("cannot listen where a listening socket broke; tried again every second", metadata: metadata)
    }

    func reopened(_ address: SocketAddress) {
        logger.notice("connections are accepted again", metadata: ["address": "\(address)"])
    }
}
