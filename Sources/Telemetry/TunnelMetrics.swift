/// What an application's tunnels carry, and have carried: WebSockets and other protocols that a connection was switched
/// to.
package struct TunnelMetrics: Sendable, Equatable {
    package var upstream: String
    /// Tunnels that are open.
    package var open = 0
    /// Bytes that came from clients, also those of tunnels that are still open.
    package var bytesIn: UInt64 = 0
    /// Bytes that came from the application.
    package var bytesOut: UInt64 = 0

    package init(upstream: String, open: Int = 0, bytesIn: UInt64 = 0, bytesOut: UInt64 = 0) {
        self.upstream = upstream
        self.open = open
        self.bytesIn = bytesIn
        self.bytesOut = bytesOut
    }

    /// The workers' numbers added up, one for each upstream, in the order in which they first come.
    package static func sum(_ workers: [[TunnelMetrics]]) -> [TunnelMetrics] {
        var sums: [TunnelMetrics] = []
        for metrics in workers.joined() {
            if let index = sums.firstIndex(where: { $0.upstream == metrics.upstream }) {
                sums[index].open += metrics.open
                sums[index].bytesIn &+= metrics.bytesIn
                sums[index].bytesOut &+= metrics.bytesOut
            } else {
                sums.append(metrics)
            }
        }
        return sums
    }
}

extension PrometheusText {
    mutating func tunnels(_ tunnels: [TunnelMetrics]) {
        begin("gatehouse_tunnels", .gauge, help: "Open WebSockets and other tunnels, by application.")
        for tunnel in tunnels { sample("gatehouse_tunnels", [("upstream", tunnel.upstream)], tunnel.open) }
        begin(
            "gatehouse_tunnel_bytes_total", .counter,
            help: "Bytes that tunnels carried: in from clients, out from applications.")
        for tunnel in tunnels {
            for (direction, bytes) in [("in", tunnel.bytesIn), ("out", tunnel.bytesOut)] {
                sample(
                    "gatehouse_tunnel_bytes_total", [("upstream", tunnel.upstream), ("direction", direction)], bytes)
            }
        }
    }
}
