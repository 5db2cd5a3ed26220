import HTTPMessage
import Testing

@testable import Proxy

@Suite struct `A request that is kept` {
    private static func buffer(_ bytes: some Collection<UInt8>) -> ByteBuffer {
        var buffer = ByteBuffer(minimumCapacity: bytes.count)
        buffer.append(Array(bytes).span)
        return buffer
    }

    private static let head = Array("PUT /x HTTP/1.1\r\n\r\n".utf8)
    private static func body(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) } }

    private static func keep(_ memory: KeptMemory) -> KeptRequest? { KeptRequest(head: buffer(head), in: memory) }

    /// Keeps `count` bytes that come in pieces of this size; false when it was too much.
    private static func fill(_ kept: inout KeptRequest, _ count: Int, step: Int) -> Bool {
        let all = body(count)
        for start in stride(from: 0, to: count, by: step) {
            let piece = all[start..<min(start + step, count)]
            guard kept.append(piece.count, of: buffer(piece)) else { return false }
        }
        return true
    }

    @Test(arguments: [1, 700, 8_193, 9_000, 16_384, 16_385, 65_536])
    func `is as it came, whatever the pieces were`(step: Int) throws {
        let count = step == 1 ? 40_000 : 140_000
        var kept = try #require(Self.keep(KeptMemory()))
        #expect(Self.fill(&kept, count, step: step))
        var output = ByteBuffer()
        kept.write(to: &output, isChunked: false, isWhole: true)
        #expect([UInt8](output.span) == Self.head + Self.body(count))
    }

    @Test(arguments: [false, true]) func `is chunked where the first one was`(isWhole: Bool) throws {
        var kept = try #require(Self.keep(KeptMemory()))
        #expect(Self.fill(&kept, 20_000, step: 3_000))
        var output = ByteBuffer()
        kept.write(to: &output, isChunked: true, isWhole: isWhole)
        let body = Self.body(20_000)
        var expected = Self.head + Array("4000\r\n".utf8) + body[..<16_384] + [13, 10]
        expected += Array("e20\r\n".utf8) + body[16_384...] + [13, 10]
        if isWhole { expected += Array("0\r\n\r\n".utf8) }
        #expect([UInt8](output.span) == expected)
    }

    /// No way to cut a body makes it take more: half-filled pieces, for one.
    @Test(arguments: [1_000, 8_193, 9_000, 16_384, 65_536])
    func `takes no more memory than it has bytes, and a piece`(step: Int) throws {
        let memory = KeptMemory()
        do {
            var kept = try #require(Self.keep(memory))
            var count = 0
            while kept.append(step, of: Self.buffer(Self.body(step))) { count += step }
            #expect(count + step > KeptRequest.bodyBytesMax)
            #expect(memory.bytes <= Self.head.count + count + Exchange.readBytes)
        }
        #expect(memory.bytes == 0)
    }

    @Test func `is not, when others take all the room there is`() throws {
        let memory = KeptMemory(bytesMax: 40_000)
        var first = Self.keep(memory)
        #expect(first?.append(30_000, of: Self.buffer(Self.body(30_000))) == true)
        #expect(memory.bytes == 2 * 16_384 + Self.head.count)
        // Its head has room, and not its body.
        var second = try #require(Self.keep(memory))
        #expect(!Self.fill(&second, 1, step: 1))
        #expect(first?.append(2_768, of: Self.buffer(Self.body(2_768))) == true)
        #expect(first?.append(1, of: Self.buffer([1])) == false)
        #expect(KeptRequest(head: Self.buffer(Self.body(8_000)), in: memory) == nil)
        #expect(memory.bytes <= 40_000)
        first = nil
        #expect(Self.fill(&second, 1, step: 1))
    }

    @Test func `does not grow a worker, however many uploads wait for their answers`() async throws {
        let turnstile = Turnstile()
        let script: ScriptedUpstream.Script = { wire, _ in
            await turnstile.wait()
            try await wire.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        }
        // Each is kept to its last byte, if there is room: four of them.
        let (count, length, most) = (8, 100_000, 500_000)
        try await Stand.with(script, options: { $0.keptRequestBytesMax = most }) { stand, upstream in
            var wires: [Wire] = []
            for _ in 0..<count {
                let wire = try await Wire.connect(stand.plain)
                try await wire.write(Stand.request("PUT /public/x", fields: ["Content-Length: \(length)"]))
                try await wire.write(Self.body(length))
                wires.append(wire)
            }
            try await eventually("all of them come, to the last byte") { await upstream.requests.count == count }
            let kept = try await stand.report().keptRequestBytes
            #expect(kept <= most && kept > most - length - 2 * Exchange.readBytes)
            await turnstile.open()
            for wire in wires {
                #expect(try await wire.message()?.status == 200)
                await wire.close()
            }
            #expect(try await stand.report().keptRequestBytes == 0)
        }
    }
}
