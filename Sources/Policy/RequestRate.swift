/// How many requests a route takes from one client.
package struct RequestRate: Sendable, Hashable {
    /// Who is counted as one.
    package enum Subject: Sendable, Hashable {
        /// An address, or a /64 of IPv6.
        case address
        /// A person who is signed in, however many sessions they have; whoever is not, by their address.
        case user
    }

    package let subject: Subject
    /// How many in a window, on average.
    package let requests: Int
    package let window: Duration
    /// How many at once, when there were none for a while.
    package let burst: Int

    package init(per subject: Subject, requests: Int, window: Duration, burst: Int? = nil) {
        self.subject = subject
        self.requests = max(1, requests)
        self.window = window
        self.burst = max(1, burst ?? requests)
    }
}
