import Policy

/// Reads `rate`.
struct RateReading {
    let diagnostics: Diagnostics
    let folder: String

    /// The longest rate is a day's; the shortest interval between requests is a tenth of a millisecond.
    private static let windowMax = Duration.seconds(86_400)

    func read(_ route: MapReader) -> RequestRate? {
        guard let node = route["rate"], let map = MapReader(node, .rate, diagnostics, folder: folder) else {
            return nil
        }
        let subject = map.choice("per", [("address", RequestRate.Subject.address), ("user", .user)])
        let window = map.duration("window", atLeast: .seconds(1)) ?? .seconds(60)
        guard map.require("requests", .rate, fix: "say how many in a window: requests: 100") != nil,
            let requests = map.integer("requests", 1...1_000_000)
        else { return nil }
        let burst = map.integer("burst", 1...1_000_000)
        if window > Self.windowMax, let place = map["window"] {
            diagnostics.error(place, "a window of more than a day", allowed: "a duration from 1s to 1d")
        }
        if window / requests < .microseconds(100), let place = map["requests"] {
            diagnostics.error(
                place, "more than 10000 requests a second", fix: "take the rate away, or make the window longer")
        }
        return RequestRate(per: subject ?? .address, requests: requests, window: window, burst: burst)
    }
}
