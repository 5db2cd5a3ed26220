import COpenSSL
import EventLoop
import Glibc
import Testing

@Suite struct `Memory of record buffers` {
    /// What OpenSSL asks for, to read a record into.
    private static let size = 16_716

    @Test func `is kept by threads that ask for it: a few pieces, the last one first`() async throws {
        // What is kept belongs to a thread, so this is one that ends.
        let loop = try EventLoop(name: "buffers")
        try loop.start()
        let findings = await withCheckedContinuation { waiter in
            loop.run { waiter.resume(returning: Self.findings()) }
        }
        loop.stop()
        loop.join()
        #expect(findings == [])
    }

    /// What is not as it should be.
    private static func findings() -> [String] {
        var findings: [String] = []
        func expect(_ truth: Bool, _ what: String) { if !truth { findings.append(what) } }
        func allocate(_ size: Int = size) -> UnsafeMutableRawPointer? { unsafe openssl_allocate(size, nil, 0) }
        func take(_ count: Int) -> [UnsafeMutableRawPointer] {
            unsafe (0..<count).compactMap { _ in unsafe allocate() }
        }
        func giveBack(_ blocks: [UnsafeMutableRawPointer]) {
            unsafe blocks.forEach { unsafe openssl_free($0, nil, 0) }
        }
        openssl_keep_blocks()
        let first = unsafe take(10)
        expect(unsafe Set(first).count == 10, "a block is given out twice")
        unsafe first.forEach { unsafe memset($0, 0xa5, 17 * 1024) }
        unsafe giveBack(first)
        let second = unsafe take(8)
        expect(unsafe second == first.prefix(8).reversed(), "not the first eight, the last one first")
        let small = unsafe allocate(100)
        let large = unsafe allocate(20_000)
        expect(unsafe small != nil && large != nil && allocate(0) == nil, "other sizes")
        unsafe giveBack([small, large].compactMap { unsafe $0 })
        let third = unsafe take(1)
        expect(unsafe Set(second).isDisjoint(with: third), "a block of another size is taken for one of these")
        unsafe memset(third[0], 0x5a, 17 * 1024)
        let grown = unsafe openssl_reallocate(third[0], 40_000, nil, 0)
        expect(unsafe grown?.load(fromByteOffset: 17 * 1024 - 1, as: UInt8.self) == 0x5a, "what grows keeps its bytes")
        unsafe free(grown)
        unsafe second.forEach { unsafe free($0) }
        return findings
    }
}
