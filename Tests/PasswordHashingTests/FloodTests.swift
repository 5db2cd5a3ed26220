import Foundation
import Testing

@testable import PasswordHashing

@Suite struct `A flood of sign-ins` {
    /// The most memory that this process has ever held, in KiB (proc(5), VmHWM).
    private func peakKiB() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(Int(line.split(separator: " ")[1]))
    }

    @Test func `takes the memory of as many hashes as there are threads, and tells the rest when to come again`()
        async throws
    {
        let parameters = Argon2Parameters(memoryKiB: 32 * 1_024, passes: 1, lanes: 1)
        let hasher = PasswordHasher(parameters: parameters, threads: 2, queueMax: 30)
        let before = try peakKiB()
        let (served, refused) = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<300 {
                group.addTask {
                    do throws(PasswordHashingError) {
                        _ = try await hasher.verify("a password of somebody", against: nil)
                        return true
                    } catch {
                        guard case .busy(let retryAfter) = error else { Issue.record("\(error)"); return false }
                        #expect(retryAfter >= .seconds(1))
                        return false
                    }
                }
            }
            var counts = (served: 0, refused: 0)
            for await isServed in group { if isServed { counts.served += 1 } else { counts.refused += 1 } }
            return counts
        }
        #expect(served >= 30 && refused > 0 && served + refused == 300)
        // Two hashes are 64 MiB; three hundred would be 9,600. What other tests hold meanwhile is far from either.
        #expect(try peakKiB() - before < 1_024 * 1_024)
        #expect(hasher.queueDepth == 0)
    }
}
