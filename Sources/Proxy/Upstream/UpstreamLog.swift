import EventLoop
import Logging

/// What operators are told about endpoints: the first failure at once, and then how many more there were, twice a
/// minute at most. A failing application must not fill the disk.
struct UpstreamLog: Sendable {
    private let logger: Logger
    private static let interval = Duration.seconds(30)

    init(_ logger: Logger) { self.logger = logger }

    func failed(
        _ target: EndpointTarget, of upstream: String, _ what: UpstreamFailure, now: MonotonicInstant,
        _ complaints: inout Complaints
    ) {
        guard complaints.isDue(what.code, now: now, interval: Self.interval) else { return }
        var metadata = metadata(target, upstream)
        metadata["problem"] = "\(what.text)"
        if let unsaid = complaints.takeUnsaid() { metadata["more_before"] = "\(unsaid)" }
        logger.warning("an application failed", metadata: metadata)
    }

    func ejected(_ target: EndpointTarget, of upstream: String, for time: Duration) {
        var metadata = metadata(target, upstream)
        metadata["for"] = "\(time)"
        logger.warning("an endpoint is given no requests: it failed again and again", metadata: metadata)
    }

    func healthChanged(_ target: EndpointTarget, of upstream: String, _ finding: HealthFinding) {
        var metadata = metadata(target, upstream)
        switch finding {
        case .well: logger.notice("an endpoint is well", metadata: metadata)
        case .unwell(let problem):
            metadata["problem"] = "\(problem)"
            logger.warning("an endpoint is given no requests: its health check fails", metadata: metadata)
        }
    }

    func nameUnknown(_ label: String, of upstream: String) {
        logger.warning(
            "the name of an endpoint cannot be looked up; its last addresses are used on",
            metadata: ["upstream": "\(upstream)", "endpoint": "\(label)"])
    }

    func namesNotLookedUp(of upstream: String, _ problem: IOError) {
        logger.error(
            "names of endpoints cannot be looked up, since there is no thread for it; their last addresses are used on",
            metadata: ["upstream": "\(upstream)", "problem": "\(problem)"])
    }

    func addressesChanged(_ label: String, of upstream: String, _ addresses: [SocketAddress]) {
        logger.notice(
            "the addresses of an endpoint have changed",
            metadata: [
                "upstream": "\(upstream)", "endpoint": "\(label)",
                "addresses": "\(addresses.map(\.description).joined(separator: " "))",
            ])
    }

    private func metadata(_ target: EndpointTarget, _ upstream: String) -> Logger.Metadata {
        ["upstream": "\(upstream)", "endpoint": "\(target.label)", "address": "\(target.address)"]
    }
}
