import COpenSSL
import CPieces
import EventLoop
import Glibc
import LayerTesting
import Testing

@Suite struct `Memory that threads keep` {
    private typealias Piece = UnsafeMutableRawPointer

    @Test(arguments: [1, 40, 1000, 1100, 6_500, 16_716, 21_848])
    func `for OpenSSL comes back by its size, the last piece first`(size: Int) async throws {
        try await onThread {
            var findings: [String] = []
            func expect(_ truth: Bool, _ what: String) { if !truth { findings.append(what) } }
            openssl_keep_pieces()
            let first = unsafe Self.take(10, of: size)
            expect(unsafe Set(first).count == 10, "a piece is given out twice")
            unsafe first.forEach { unsafe memset($0, 0xa5, size) }
            unsafe Self.giveBack(first)
            let others = unsafe Self.take(10, of: size + 64) + Self.take(10, of: 2 * size + 100)
            expect(unsafe Set(first).isDisjoint(with: others), "a piece is taken for one of another size")
            let second = unsafe Self.take(10, of: size)
            // Where malloc gave more than was asked for, a piece is one of the next size.
            let least = unsafe first.map { unsafe malloc_usable_size($0) }.min()
            let alike = unsafe first.filter { unsafe malloc_usable_size($0) == least }
            expect(unsafe second.prefix(alike.count) == alike.reversed()[...], "not the same, the last one first")
            unsafe Self.giveBack(others + second)
            return findings
        }
    }

    @Test func `for OpenSSL is of all sizes there are, and none of it overlaps`() async throws {
        try await onThread {
            openssl_keep_pieces()
            var held: [(piece: Piece, size: Int)] = unsafe []
            var random = SeededGenerator(seed: 1)
            for round in 0..<4000 {
                if round % 2 == 0 || Bool.random(using: &random) {
                    let size = Int.random(in: 1...30_000, using: &random)
                    guard let piece = unsafe openssl_allocate(size, nil, 0) else { return ["no \(size) bytes"] }
                    unsafe memset(piece, Int32(size & 255), size)
                    unsafe held.append((piece, size))
                } else {
                    let (piece, size) = unsafe held.remove(at: Int.random(in: held.indices, using: &random))
                    let bytes = unsafe UnsafeRawBufferPointer(start: piece, count: size)
                    if unsafe !bytes.allSatisfy({ $0 == UInt8(size & 255) }) { return ["\(size) bytes have changed"] }
                    unsafe openssl_free(piece, nil, 0)
                }
            }
            unsafe held.forEach { unsafe openssl_free($0.piece, nil, 0) }
            return unsafe openssl_allocate(0, nil, 0) == nil ? [] : ["something for nothing"]
        }
    }

    @Test func `for OpenSSL keeps its bytes when it grows`() async throws {
        try await onThread {
            openssl_keep_pieces()
            let size = 16_716
            guard let piece = unsafe openssl_allocate(size, nil, 0) else { return ["no piece"] }
            unsafe memset(piece, 0x5a, size)
            let grown = unsafe openssl_reallocate(piece, 40_000, nil, 0)
            let last = unsafe grown?.load(fromByteOffset: size - 1, as: UInt8.self)
            unsafe openssl_free(grown, nil, 0)
            return last == 0x5a ? [] : ["what grows loses bytes"]
        }
    }

    @Test func `is 8 MiB at most`() async throws {
        try await onThread {
            openssl_keep_pieces()
            unsafe Self.giveBack(Self.take(800, of: 16_716))
            let kept = unsafe openssl_pieces().pointee.bytes
            return (8 << 20) - 17 * 1024...8 << 20 ~= kept ? [] : ["\(kept) bytes are kept"]
        }
    }

    @Test func `is none where nobody asked for it`() async throws {
        try await onThread {
            unsafe Self.giveBack(Self.take(10, of: 16_716))
            return unsafe openssl_pieces().pointee.bytes == 0 ? [] : ["something is kept"]
        }
    }

    private static func take(_ count: Int, of size: Int) -> [Piece] {
        unsafe (0..<count).compactMap { _ in unsafe openssl_allocate(size, nil, 0) }
    }

    private static func giveBack(_ pieces: [Piece]) { unsafe pieces.forEach { unsafe openssl_free($0, nil, 0) } }

    /// What is kept belongs to a thread, so each test has one that ends. `findings` are what is not as it should be.
    private func onThread(_ findings: @escaping @Sendable () -> [String]) async throws {
        let loop = try EventLoop(name: "pieces")
        try loop.start()
        let found = await withCheckedContinuation { waiter in loop.run { waiter.resume(returning: findings()) } }
        loop.stop()
        loop.join()
        #expect(found == [])
    }
}
