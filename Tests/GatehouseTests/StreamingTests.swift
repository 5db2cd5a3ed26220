import Foundation
import Testing

/// Bodies of any length pass through in bounded memory.
struct StreamingTests {
    private static let bytes = 1 << 30
    private static let growthMax = 32 << 20

    @Test func `an upload of 1 GiB does not grow the process`() async throws {
        let folder = Scratch.make()
        let file = try Scratch.write("", "large", in: folder)
        _ = unsafe truncate(file, off_t(Self.bytes))
        try await Site.with(application: try await .scripted()) { site in
            try await expectNoGrowth(of: site) { client in
                let up = try await client.ask("https://www.localhost/sink", "--upload-file", file)
                #expect(up.status == 200 && up.body == String(Self.bytes))
            }
        }
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// The client reads slower than the application writes, so that something could pile up.
    @Test func `a download of 1 GiB does not grow the process`() async throws {
        try await Site.with(application: try await .scripted()) { site in
            try await expectNoGrowth(of: site) { client in
                let down = try await client.ask(
                    "https://www.localhost/stream?\(Self.bytes)", "--output", "/dev/null", "--limit-rate", "300M")
                #expect(down.status == 200)
            }
        }
    }

    private func expectNoGrowth(of site: Site, _ pass: (Client) async throws -> Void) async throws {
        let anyone = site.gateway.client()
        _ = try await anyone.ask("https://www.localhost/")
        let before = site.gateway.child.residentBytes
        let began = ContinuousClock.now
        try await pass(anyone)
        let growth = site.gateway.child.residentBytesPeak - before
        print("1 GiB in \(ContinuousClock.now - began), and \(growth / 1024) KiB more than before at most")
        #expect(growth < Self.growthMax)
    }
}
