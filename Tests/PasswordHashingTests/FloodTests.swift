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

    @Test func `a thread's memory serves hashes of all sizes, one after another, and each comes out right`()
        async throws
    {
        // What was hashed before stays in memory that is kept; it must show in no later hash.
        let sizes: [UInt32] = [64, 4_096, 32, 1_024, 4_096, 8_192, 64]
        let shared = PasswordHasher(parameters: Argon2Parameters(memoryKiB: 64, passes: 1, lanes: 1), threads: 1)
        for size in sizes {
            let parameters = Argon2Parameters(memoryKiB: size, passes: 1, lanes: 1)
            let phc = try await PasswordHasher(parameters: parameters, threads: 1).hash("somebody's password")
            #expect(try await shared.verify("somebody's password", against: phc))
            #expect(try await !shared.verify("somebody else's", against: phc))
        }
    }
}
