import Foundation
import Testing

/// Bodies of any length pass through in bounded memory.
struct StreamingTests {
    private static let bytes = 256 << 20
    private static let growthMax = 64 << 20

    @Test func `an upload and a download of 256 MiB do not grow the process`() async throws {
        try await Site.with(application: try await .scripted()) { site in
            let anyone = site.gateway.client()
            _ = try await anyone.ask("https://www.localhost/")
            let before = site.gateway.child.residentBytes
            let folder = Scratch.make()
            let file = try Scratch.write("", "large", in: folder)
            _ = unsafe truncate(file, off_t(Self.bytes))

            let up = try await anyone.ask("https://www.localhost/sink", "--upload-file", file)
            #expect(up.status == 200 && up.body == String(Self.bytes))
            #expect(site.gateway.child.residentBytes - before < Self.growthMax)

            let down = try await anyone.ask(
                "https://www.localhost/stream?\(Self.bytes)", "--output", "/dev/null", "--limit-rate", "400M")
            #expect(down.status == 200)
            #expect(site.gateway.child.residentBytes - before < Self.growthMax)
            try? FileManager.default.removeItem(atPath: folder)
        }
    }
}
