import EventLoop
import Identity
import Logging

/// What operators are told when sessions cannot be looked up: the first failure at once, and then how many more there were,
/// twice a minute at most for each worker; and that it is over.
struct StoreLog: Sendable {
    private let logger: Logger
    private static let interval = Duration.seconds(30)

    init(_ logger: Logger) { self.logger = logger }

    /// - Parameter error: holds the SQLSTATE, where the database gave one.
    func failed(_ error: StoreError, now: MonotonicInstant, _ complaints: inout Complaints) {
        guard complaints.isDue(error.kind, now: now, interval: Self.interval) else { return }
        var metadata: Logger.Metadata = ["problem": "\(error)"]
        if let unsaid = complaints.takeUnsaid() { metadata["more_before"] = "\(unsaid)" }
        logger.warning(
            "sessions cannot be looked up; requests that need one get 503 once it is not known", metadata: metadata)
    }

    func answers(_ complaints: inout Complaints) {
        guard complaints.isAnySaid else { return }
        var metadata: Logger.Metadata = [:]
        if let unsaid = complaints.takeUnsaid() { metadata["more_before"] = "\(unsaid)" }
        complaints = Complaints()
        logger.notice("sessions are looked up again", metadata: metadata)
    }
}

extension StoreError {
    /// What is told apart: the words may differ each time.
    fileprivate var kind: String {
        switch self {
        case .unavailable: "unavailable"
        case .schema: "schema"
        case .conflict, .refused, .notFound, .unexpected: "unexpected"
        }
    }
}
