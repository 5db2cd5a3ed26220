import COpenSSL
import Configuration
import Glibc
import Synchronization
import Testing

@testable import Proxy

/// Whether there is no memory for OpenSSL. Where a function of C can reach it.
private let isMemoryOut = Atomic(false)

@Suite struct `A worker whose TLS library has no memory` {
    /// Has OpenSSL ask the test for memory: only before it has asked anybody.
    private static func takeOverMemory() -> Bool {
        unsafe CRYPTO_set_mem_functions(
            { size, _, _ in isMemoryOut.load(ordering: .sequentiallyConsistent) ? nil : unsafe malloc(size) },
            { piece, size, _, _ in
                isMemoryOut.load(ordering: .sequentiallyConsistent) ? nil : unsafe realloc(piece, size)
            },
            { piece, _, _ in unsafe free(piece) }) == 1
    }

    @Test func `counts newcomers whom it cannot serve as failed, and serves again when there is some`() async {
        // In a process of its own, whose OpenSSL asks the test.
        await #expect(processExitsWith: .success) {
            #expect(`A worker whose TLS library has no memory`.takeOverMemory())
            let limits: (inout Stand.Options) -> Void = { $0.limits.connectionsPerAddressMax = 1 }
            try await Stand.with(options: limits) { stand, _ in
                func serves() async throws -> Bool {
                    let wire = try await Wire.connect(stand.tls, tls: TestCertificates.shared.client())
                    try await wire.write(Stand.request("GET /public/x", fields: ["Connection: close"]))
                    let answer = try await wire.message()
                    _ = try await wire.rest()
                    await wire.close()
                    try await eventually { try await stand.report().connections == 0 }
                    return answer?.status == 200
                }
                #expect(try await serves())
                isMemoryOut.store(true, ordering: .sequentiallyConsistent)
                for count in 1...3 as ClosedRange<UInt64> {
                    let wire = try await Wire.connect(stand.tls)
                    #expect(try await wire.rest().isEmpty)
                    await wire.close()
                    #expect(try await stand.report().handshakesFailed == count)
                }
                isMemoryOut.store(false, ordering: .sequentiallyConsistent)
                #expect(try await stand.report().connections == 0)
                // They do not count among the connections of their address either.
                #expect(try await serves())
                #expect(try await stand.report().connectionsRefused == 0)
            }
        }
    }
}
