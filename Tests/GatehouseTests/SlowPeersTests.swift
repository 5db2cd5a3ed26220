import Foundation
import Testing

/// Peers that hold connections and are in no hurry, of every kind at once.
struct SlowPeersTests {
    private static let each = 40
    private static let kinds = 7

    /// The limits that hold by default, but shorter, so that the test is.
    private static let limits = """
        limits:
          handshake_deadline: 5s
          head_deadline: 5s
          body_idle: 5s
          answer_idle: 5s
          keep_alive_idle: 5s
        """

    @Test func `are all sent away in the end, others are served meanwhile, and nothing of them is left`() async throws {
        try await Site.with(application: try await .scripted(), change: { $0.sections = Self.limits }) { site in
            let anyone = site.gateway.client()
            #expect(try await anyone.ask("https://www.localhost/").status == 200)
            let (descriptors, memory) = (site.gateway.child.descriptors, site.gateway.child.residentBytes)
            let peer = try await Child.start(
                [
                    "python3", "\(Binary.repository)Tests/Clients/slow_peers.py", "\(site.gateway.httpsPort)",
                    try await Certificates.shared.authority, "www.localhost", "\(Self.each)",
                ])
            try await eventually(60, "all are open: \(peer.errorText)") {
                try #require(peer.isRunning, "\(peer.errorText)")
                return peer.outputText.contains("open: \(Self.each * Self.kinds)")
            }
            while peer.isRunning {
                #expect(try await anyone.ask("https://www.localhost/").status == 200)
                #expect(try await anyone.ask("https://www.localhost/", "--http1.1").status == 200)
            }
            let lines = peer.outputText.split(separator: "\n").dropFirst()
            #expect(lines.count == Self.kinds && lines.allSatisfy { $0.hasSuffix(": \(Self.each)") }, "\(lines)")
            try await eventually(30, "no descriptor of theirs is left") {
                site.gateway.child.descriptors <= descriptors
            }
            #expect(site.gateway.child.residentBytesPeak - memory < 64 << 20)
            #expect(site.gateway.child.isRunning)
        }
    }
}

extension Child {
    /// How many descriptors it has open.
    fileprivate var descriptors: Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count) ?? 0
    }
}
