import Foundation
import Testing

/// Clients that go away in the midst of what they do.
struct BreakingOffTests {
    private static let growthMax = 2 << 20

    /// Hundreds of each kind: ten KiB that were kept of one would be seen.
    @Test func `leaves nothing behind, wherever it happens`() async throws {
        try await Site.with(application: try await .scripted()) { site in
            try await breakOff(60, site)
            try await eventually("all is quiet") { try await isQuiet(site) }
            // What is kept for the next ones depends on how many end at once, which on a busy machine are more. What is
            // left behind of each grows with every round.
            var growth = Self.growthMax
            for _ in 0..<4 where growth >= Self.growthMax {
                let before = site.gateway.child.residentBytes
                try await breakOff(250, site)
                try await eventually("all is quiet") { try await isQuiet(site) }
                growth = site.gateway.child.residentBytes - before
            }
            #expect(growth < Self.growthMax, "\(growth / 1024) KiB more")
            #expect(try await site.gateway.client().ask("https://www.localhost/").status == 200)
        }
    }

    private func breakOff(_ count: Int, _ site: Site) async throws {
        let child = try await Child.start(
            [
                "python3", "\(Binary.repository)Tests/Clients/breaking_off.py", "\(site.gateway.httpsPort)",
                try await Certificates.shared.authority, "www.localhost", "\(count)",
            ])
        try #require(await child.exitCode == 0, "\(child.errorText)")
    }

    /// Whether nobody is connected but who asks, and no request runs.
    private func isQuiet(_ site: Site) async throws -> Bool {
        let active =
            #"gatehouse_upstream_connections{upstream="app",endpoint="\#(site.application.url)",state="active"}"#
        for (name, value) in [
            (#"gatehouse_connections{protocol="HTTP/2"}"#, 0.0), (#"gatehouse_connections{protocol="HTTP/1.1"}"#, 1),
            (active, 0),
        ] where try await site.gateway.metric(name) != value { return false }
        return true
    }
}
