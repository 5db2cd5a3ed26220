import CNGHTTP2
import CPieces
import HTTPMessage
import Testing

@testable import HTTP2

/// What nghttp2 gives back is given out again (`SessionMemory`).
@Suite struct `Memory of sessions` {
    @Test func `is kept from one stream to the next, however many there were`() throws {
        let bench = Bench()
        var kept: Set<Int> = []
        for round in 0..<20 {
            for stream in 0..<10 {
                let opened = try bench.open(UInt32(20 * round + 2 * stream + 1))
                bench.respond(200, "all is well", on: opened)
                bench.server.release(opened)
            }
            _ = bench.frames()
            if round > 2 { kept.insert(bench.workspace.memory.keptBytes) }
        }
        #expect(kept.count == 1, "what is kept goes on changing")
        #expect(kept.allSatisfy { $0 > 0 })
    }

    @Test func `comes back when a session ends, and is no more than the limit`() throws {
        let workspace = HTTP2Workspace()
        let before = workspace.memory.keptBytes
        do {
            let benches = (0..<1000).map { _ in Bench(sharing: workspace) }
            for bench in benches { _ = try bench.open() }
        }
        #expect(before < workspace.memory.keptBytes)
        #expect(workspace.memory.keptBytes <= SessionMemory.keptBytesMax)
    }

    @Test func `is all zero where that was asked for, also if it was used before`() {
        let memory = SessionMemory()
        let functions = unsafe memory.functions
        let used = unsafe functions.malloc(200, functions.mem_user_data)
        unsafe used?.initializeMemory(as: UInt8.self, repeating: 0xa5, count: 200)
        unsafe functions.free(used, functions.mem_user_data)
        let piece = unsafe functions.calloc(50, 4, functions.mem_user_data)
        let isTheSame = unsafe piece == used && piece != nil
        #expect(isTheSame, "another piece is given out")
        let isZero = unsafe UnsafeRawBufferPointer(start: piece, count: 200).allSatisfy { $0 == 0 }
        #expect(isZero)
        unsafe functions.free(piece, functions.mem_user_data)
    }

    @Test func `is refused where more is asked for than there can be`() {
        let memory = SessionMemory()
        let functions = unsafe memory.functions
        for (count, size) in [(Int.max, 3), (1 << 33, 1 << 33)] {
            let isRefused = unsafe functions.calloc(count, size, functions.mem_user_data) == nil
            #expect(isRefused, "\(count) times \(size)")
        }
    }

    @Test func `keeps its bytes when it grows`() {
        let memory = SessionMemory()
        let functions = unsafe memory.functions
        let piece = unsafe functions.realloc(nil, 40, functions.mem_user_data)
        unsafe piece?.initializeMemory(as: UInt8.self, repeating: 0x5a, count: 40)
        let grown = unsafe functions.realloc(piece, 40_000, functions.mem_user_data)
        let isWhole = unsafe grown.map { unsafe UnsafeRawBufferPointer(start: $0, count: 40).allSatisfy { $0 == 0x5a } }
        #expect(isWhole == true)
        unsafe functions.free(grown, functions.mem_user_data)
        unsafe functions.free(nil, functions.mem_user_data)
    }
}
