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
            let memory = site.gateway.child.residentBytes
            let peer = try await Child.start(
                [
                    "python3", "\(Binary.repository)Tests/Clients/slow_peers.py", "\(site.gateway.httpsPort)",
                    try await Certificates.shared.authority, "www.localhost", "\(Self.each)",
                ])
            try await eventually("all are open: \(peer.errorText)") {
                try #require(peer.isRunning, "\(peer.errorText)")
                return peer.outputText.contains("open: \(Self.each * Self.kinds)")
            }
            while peer.isRunning {
                #expect(try await anyone.ask("https://www.localhost/").status == 200)
                #expect(try await anyone.ask("https://www.localhost/", "--http1.1").status == 200)
            }
            let lines = peer.outputText.split(separator: "\n").dropFirst()
            #expect(lines.count == Self.kinds && lines.allSatisfy { $0.hasSuffix(": \(Self.each)") }, "\(lines)")
            // Not counted: connections to the application and to the database, of which more may be kept by now.
            try await eventually("no socket of theirs is left") {
                try site.gateway.child.acceptedSockets(at: site.gateway.httpsPort) == 0
            }
            #expect(site.gateway.child.residentBytesPeak - memory < 64 << 20)
            #expect(site.gateway.child.isRunning)
        }
    }
}

extension Child {
    /// How many sockets it holds open that were accepted at this port.
    fileprivate func acceptedSockets(at port: Int) throws -> Int {
        let folder = "/proc/\(process)/fd"
        let open: Set<String> = Set(
            try FileManager.default.contentsOfDirectory(atPath: folder).compactMap {
                try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
            })
        // proc(5), net/tcp: address and port in hexadecimal, the state (0A: listens), and the inode as the tenth.
        return Scratch.text("/proc/\(process)/net/tcp").split(separator: "\n").dropFirst().count { line in
            let words = line.split(separator: " ")
            return words.count > 9 && words[1].hasSuffix(String(format: ":%04X", port)) && words[3] != "0A"
                && open.contains("socket:[\(words[9])]")
        }
    }
}
