import LayerTesting
import Testing

@testable import Telemetry

@Suite struct MetricsTests {
    static let names = MetricNames(routes: ["spc", "odd \"name\"\\\n"], reasons: ["none", "role_missing"])

    static func page(
        _ workers: [MetricsSnapshot], gateway: GatewayMetrics = GatewayMetrics(configurationReloaded: true)
    ) -> [String] {
        String(decoding: MetricsPage.render(workers, names: names, gateway: gateway), as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    @Test func `the workers' numbers are added up under the promised names`() {
        let workers = (0..<2).map { _ in
            let worker = WorkerMetrics()
            worker.countRequest(route: 0, status: 200, wireProtocol: .http11, durationMicroseconds: 400)
            worker.countRequest(route: 0, status: 200, wireProtocol: .http11, durationMicroseconds: 70_000_000)
            worker.countRequest(route: nil, status: 404, wireProtocol: .http10, durationMicroseconds: 0)
            worker.countDecision(route: 0, outcome: .allow, reason: 0)
            worker.countDecision(route: 1, outcome: .deny, reason: 1)
            worker.countShadow(route: 0, enforced: .allow, outcome: .deny, reason: 1)
            worker.countUpstream(durationMicroseconds: 2_500)
            worker.connectionOpened(.http11)
            worker.connectionOpened(.http11)
            worker.connectionClosed(.http11)
            worker.countSessionCacheHit()
            worker.countSessionCacheHit()
            worker.countSessionCacheMiss()
            worker.sessionCacheEntries = 7
            return worker.snapshot()
        }
        var ejected = EndpointMetrics(upstream: "spc", endpoint: "http://127.0.0.1:9002", isHealthy: false)
        ejected.ejectedWorkers = 1
        ejected.idle = 5
        var gateway = GatewayMetrics(
            configurationReloaded: false,
            endpoints: [.init(upstream: "spc", endpoint: "http://127.0.0.1:9001", isHealthy: true), ejected],
            logins: ["success": 3, "busy": 0], passwordQueueDepth: 4,
            log: LogStatistics(linesWritten: 10, linesDropped: 1, errors: 2))
        gateway.upstreams = [UpstreamMetrics(name: "spc", retries: 9, busy: 2)]
        let tunnels = TunnelMetrics(upstream: "spc", open: 2, bytesIn: 30, bytesOut: 400)
        var ends = ConnectionMetrics()
        ends.handshakesFailed = 3
        ends.http2Errors = ["ENHANCE_YOUR_CALM": 2, "INTERNAL_ERROR": 1]
        for _ in 0..<2 { gateway.connectionEnds.merge(ends) }
        gateway.tunnels = TunnelMetrics.sum([[tunnels, TunnelMetrics(upstream: "www")], [tunnels]])
        let lines = Self.page(workers, gateway: gateway)
        for line in [
            #"gatehouse_upstream_retries_total{upstream="spc"} 9"#,
            #"gatehouse_upstream_refused_total{upstream="spc",reason="busy"} 2"#,
            #"gatehouse_upstream_refused_total{upstream="spc",reason="unhealthy"} 0"#,
            #"gatehouse_upstream_ejected{upstream="spc",endpoint="http://127.0.0.1:9002"} 1"#,
            #"gatehouse_upstream_connections{upstream="spc",endpoint="http://127.0.0.1:9002",state="idle"} 5"#,
            "gatehouse_handshakes_failed_total 6", "gatehouse_connections_refused_total 0",
            "gatehouse_accepts_exhausted_total 0", #"gatehouse_http2_errors_total{code="ENHANCE_YOUR_CALM"} 4"#,
            #"gatehouse_http2_errors_total{code="INTERNAL_ERROR"} 2"#,
            #"gatehouse_http2_errors_total{code="PROTOCOL_ERROR"} 0"#,
            #"gatehouse_tunnels{upstream="spc"} 4"#, #"gatehouse_tunnels{upstream="www"} 0"#,
            #"gatehouse_tunnel_bytes_total{upstream="spc",direction="in"} 60"#,
            #"gatehouse_tunnel_bytes_total{upstream="spc",direction="out"} 800"#,
            #"gatehouse_requests_total{route="spc",code="200",protocol="HTTP/1.1"} 4"#,
            #"gatehouse_requests_total{route="none",code="404",protocol="HTTP/1.0"} 2"#,
            #"gatehouse_request_duration_seconds_bucket{le="0.00025"} 2"#,
            #"gatehouse_request_duration_seconds_bucket{le="0.0005"} 4"#,
            #"gatehouse_request_duration_seconds_bucket{le="60"} 4"#,
            #"gatehouse_request_duration_seconds_bucket{le="+Inf"} 6"#,
            "gatehouse_request_duration_seconds_sum 140.0008", "gatehouse_request_duration_seconds_count 6",
            #"gatehouse_upstream_duration_seconds_bucket{le="0.001"} 0"#,
            #"gatehouse_upstream_duration_seconds_bucket{le="0.0025"} 2"#,
            #"gatehouse_decisions_total{route="spc",outcome="allow",reason="none"} 2"#,
            #"gatehouse_decisions_total{route="odd \"name\"\\\n",outcome="deny",reason="role_missing"} 2"#,
            #"gatehouse_shadow_decisions_total{route="spc",outcome="deny",reason="role_missing",enforced="allow"} 2"#,
            #"gatehouse_connections{protocol="HTTP/1.1"} 2"#, #"gatehouse_connections{protocol="HTTP/2"} 0"#,
            "gatehouse_session_cache_hits 4", "gatehouse_session_cache_misses 2", "gatehouse_session_cache_entries 14",
            "gatehouse_config_reload_success 0",
            #"gatehouse_upstream_healthy{upstream="spc",endpoint="http://127.0.0.1:9001"} 1"#,
            #"gatehouse_upstream_healthy{upstream="spc",endpoint="http://127.0.0.1:9002"} 0"#,
            #"gatehouse_logins_total{outcome="success"} 3"#, #"gatehouse_logins_total{outcome="busy"} 0"#,
            "gatehouse_password_queue_depth 4", "gatehouse_log_lines_dropped_total 1",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
    }

    @Test func `every sample belongs to a metric that was introduced, and nothing comes twice`() {
        let worker = WorkerMetrics()
        for status in [200, 404] {
            worker.countRequest(route: 0, status: status, wireProtocol: .http11, durationMicroseconds: 1)
        }
        let lines = Self.page([worker.snapshot(), MetricsSnapshot()])
        #expect(lines.last == "")
        var introduced: Set<String> = []
        var seen: Set<Substring> = []
        for line in lines.dropLast() {
            if line.hasPrefix("# ") {
                let words = line.split(separator: " ")
                #expect(["HELP", "TYPE"].contains(words[1]))
                if words[1] == "TYPE" { #expect(introduced.insert(String(words[2])).inserted) }
                continue
            }
            let series = line[..<(line.lastIndex(of: " ") ?? line.startIndex)]
            #expect(seen.insert(series).inserted)
            var name = String(series.prefix { $0 != "{" })
            for suffix in ["_bucket", "_sum", "_count"] where name.hasSuffix(suffix) && !introduced.contains(name) {
                name.removeLast(suffix.count)
            }
            #expect(introduced.contains(name), "\(line)")
        }
    }

    @Test(arguments: [-1, 0, 42, 600, 99_999, Int.max, Int.min])
    func `CVE-2024-23326: an upstream cannot invent statuses that become time series`(status: Int) {
        let worker = WorkerMetrics()
        worker.countRequest(route: nil, status: status, wireProtocol: .http11, durationMicroseconds: .max)
        worker.countRequest(route: nil, status: status, wireProtocol: .http11, durationMicroseconds: .max)
        #expect(
            Self.page([worker.snapshot()]).contains(
                #"gatehouse_requests_total{route="none",code="none",protocol="HTTP/1.1"} 2"#))
    }

    @Test func `the number of time series is bounded, and no request goes uncounted`() {
        var snapshot = MetricsSnapshot()
        for route in 0..<1_000 {
            for status in 100..<200 {
                snapshot.countRequest(MetricsSnapshot.RequestKey(route: route, status: status, wireProtocol: .http11))
            }
        }
        let entries = snapshot.requests.entries
        #expect(entries.count <= MetricsSnapshot.seriesMax + 100)
        #expect(entries.reduce(0) { $0 + $1.count } == 100_000)
    }

    @Test func `counters live through a reload under their routes' new numbers`() {
        let worker = WorkerMetrics()
        worker.countRequest(route: 0, status: 200, wireProtocol: .http11, durationMicroseconds: 1)
        worker.countRequest(route: 1, status: 200, wireProtocol: .http11, durationMicroseconds: 1)
        worker.countRequest(route: nil, status: 404, wireProtocol: .http11, durationMicroseconds: 1)
        worker.countDecision(route: 0, outcome: .deny, reason: 1)
        worker.countShadow(route: 0, enforced: .deny, outcome: .allow, reason: 0)
        worker.renumberRoutes { $0 == 0 ? 1 : nil }
        let lines = Self.page([worker.snapshot()])
        #expect(lines.contains(#"gatehouse_requests_total{route="odd \"name\"\\\n",code="200",protocol="HTTP/1.1"} 1"#))
        #expect(lines.contains(#"gatehouse_requests_total{route="none",code="404",protocol="HTTP/1.1"} 1"#))
        #expect(
            lines.contains(
                #"gatehouse_decisions_total{route="odd \"name\"\\\n",outcome="deny",reason="role_missing"} 1"#))
        #expect(
            lines.contains(
                #"gatehouse_shadow_decisions_total{route="odd \"name\"\\\n",outcome="allow",reason="none",enforced="deny"} 1"#
            ))
        #expect(!lines.contains { $0.hasPrefix(#"gatehouse_requests_total{route="spc""#) })
    }

    @Test func `an index that nobody named does no harm`() {
        let worker = WorkerMetrics()
        for route in [-1, 99, Int.max] {
            worker.countRequest(route: route, status: 200, wireProtocol: .http2, durationMicroseconds: 1)
        }
        worker.countDecision(route: 99, outcome: .deny, reason: .max)
        worker.countDecision(route: 99, outcome: .deny, reason: -1)
        worker.countShadow(route: 99, enforced: .deny, outcome: .deny, reason: .max)
        #expect(!Self.page([worker.snapshot()]).isEmpty)
    }

    @Test(
        arguments: [(0, "0"), (250, "0.00025"), (1_000_000, "1"), (2_500_000, "2.5"), (60_000_001, "60.000001")]
            as [(UInt64, String)])
    func `microseconds are written as seconds exactly`(microseconds: UInt64, text: String) {
        #expect(PrometheusText.seconds(microseconds) == text)
    }

    @Test func `a value on a bucket's end belongs to it`() {
        for (index, bound) in Histogram.bounds.enumerated() {
            var histogram = Histogram()
            histogram.record(microseconds: bound)
            histogram.record(microseconds: bound + 1)
            #expect(histogram.counts[index] == 1 && histogram.counts[index + 1] == 1)
        }
        #expect(Histogram.bounds == Histogram.bounds.sorted())
    }

    @Test func `a counter table agrees with a dictionary`() {
        var table = CounterTable(countMax: 5_000)
        var dictionary: [UInt64: UInt64] = [:]
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<50_000 {
            let key = UInt64.random(in: 0..<4_000, using: &generator) << 32
            table.add(key, 2)
            dictionary[key, default: 0] += 2
        }
        #expect(Dictionary(uniqueKeysWithValues: table.entries.map { ($0.key, $0.count) }) == dictionary)
        #expect(table.count == dictionary.count)
    }

    @Test func `only known outcomes of a sign-in are counted`() {
        let counters = LoginCounters(outcomes: ["success", "busy"])
        counters.count("success")
        counters.count("success")
        counters.count("made up")
        #expect(counters.snapshot == ["success": 2, "busy": 0])
    }
}
