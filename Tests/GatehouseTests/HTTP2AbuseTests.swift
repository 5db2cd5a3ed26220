import Foundation
import Testing

/// Clients of HTTP/2 that make work without need, against the program itself.
struct HTTP2AbuseTests {
    /// What `Tests/Clients/h2_flood.py` can do, and what it is known from.
    private static let floods = [
        ("rapid reset", "CVE-2023-44487"), ("made you reset", "CVE-2025-8671"), ("CONTINUATION", "CVE-2024-27316"),
        ("large CONTINUATION", "CVE-2024-27316"), ("PING", "CVE-2019-9512"), ("SETTINGS", "CVE-2019-9515"),
        ("PRIORITY", "CVE-2019-9513"), ("window by a byte", "CVE-2019-9511"), ("empty DATA", "CVE-2019-9518"),
        ("HPACK bomb", "CVE-2026-47774"), ("cookie bomb", "CVE-2026-49975"), ("unknown frames", "RFC 9113, 10.5"),
    ]
    private static let growthMax = 32 << 20

    @Test func `each flood ends in GOAWAY for what it is, in bounded memory, and others are served`() async throws {
        try await Site.with { site in
            let anyone = site.gateway.client()
            #expect(try await anyone.ask("https://www.localhost/").status == 200)
            let before = site.gateway.child.residentBytes
            for (flood, source) in Self.floods {
                let script = "\(Binary.repository)Tests/Clients/h2_flood.py"
                let child = try await Child.start(["python3", script, "\(site.gateway.httpsPort)", flood])
                #expect(await child.exitCode == 0, "\(source): \(child.errorText)")
                // ENHANCE_YOUR_CALM (RFC 9113, section 7).
                #expect(child.outputText == "GOAWAY 11\n", "\(source), \(flood)")
                #expect(try await anyone.ask("https://www.localhost/").status == 200)
            }
            // Operators see it, too.
            try await eventually("the floods are counted") {
                try await site.gateway.metric(#"gatehouse_http2_errors_total{code="ENHANCE_YOUR_CALM"}"#)
                    == Double(Self.floods.count)
            }
            #expect(site.gateway.child.residentBytesPeak - before < Self.growthMax)
            #expect(site.gateway.child.isRunning)
        }
    }
}
