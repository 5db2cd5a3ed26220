import Foundation
import Synchronization
import Testing

@testable import Telemetry

@Suite struct LogWriterTests {
    private func until(_ condition: () -> Bool) async {
        for _ in 0..<60_000 where !condition() { try? await Task.sleep(for: .milliseconds(1)) }
        #expect(condition())
    }

    private func writer(_ output: FakeOutput, queueBytesMax: Int = 1 << 20) throws -> LogWriter {
        try LogWriter(output: output, queueBytesMax: queueBytesMax, retryMilliseconds: 5)
    }

    private func line(_ number: Int) -> [UInt8] { Array("line \(number)\n".utf8) }

    @Test func `lines come out in order and whole`() throws {
        let output = FakeOutput()
        let writer = try writer(output)
        for number in 0..<1_000 { writer.write(line(number)) }
        #expect(writer.finish(within: .seconds(60)))
        #expect(output.text == (0..<1_000).map { "line \($0)\n" }.joined())
        #expect(writer.statistics == LogStatistics(linesWritten: 1_000))
    }

    @Test func `short writes, interruptions of the pipe and passing errors lose nothing`() throws {
        let output = FakeOutput(script: [
            .wrote(1), .wrote(0), .wouldBlock, .wrote(3), .failed(ENOSPC), .failed(EIO), .wrote(2), .wouldBlock,
        ])
        let writer = try writer(output)
        for number in 0..<3 { writer.write(line(number)) }
        while writer.statistics.linesWritten < 3 { usleep(1_000) }
        #expect(writer.finish(within: .seconds(60)))
        #expect(output.text == "line 0\nline 1\nline 2\n")
        #expect(writer.statistics.errors == 2)
    }

    @Test func `on a full disk lines beyond the bound are dropped and counted, and the rest is written later`()
        async throws
    {
        let output = FakeOutput(isBroken: true)
        let writer = try writer(output, queueBytesMax: 70)
        for number in 0..<100 { writer.write(line(number)) }
        #expect(writer.statistics.linesDropped == 90)
        await until { output.state.withLock { $0.failures } > 2 }
        output.state.withLock { $0.isBroken = false }
        await until { writer.statistics.linesWritten == 10 }
        #expect(output.text == (0..<10).map { "line \($0)\n" }.joined())
        #expect(writer.statistics.errors > 2)
        // There is room again.
        writer.write(line(7))
        #expect(writer.finish(within: .seconds(60)))
        #expect(writer.statistics.linesDropped == 90)
    }

    @Test func `finishing gives a broken destination up instead of waiting for ever`() async throws {
        let output = FakeOutput(isBroken: true)
        let writer = try writer(output)
        for number in 0..<5 { writer.write(line(number)) }
        #expect(!writer.finish(within: .seconds(10)))
        #expect(writer.statistics.linesDropped == 5)
    }

    @Test func `what comes after the end is dropped and counted, and a second end does not wait`() throws {
        let writer = try writer(FakeOutput())
        #expect(writer.finish(within: .seconds(60)))
        let start = ContinuousClock.now
        #expect(writer.finish(within: .seconds(600)))
        #expect(ContinuousClock.now - start < .seconds(300))
        writer.write(line(1))
        var bytes = line(2)
        #expect(writer.offer(&bytes, lines: 1) == .full)
        #expect(writer.statistics == LogStatistics(linesDropped: 1))
    }

    @Test func `after a rotation the new file begins with a whole line`() async throws {
        let output = FakeOutput(script: [.wrote(9)] + Array(repeating: .failed(ENOSPC), count: 10_000))
        let writer = try LogWriter(output: output, queueBytesMax: 1 << 20, retryMilliseconds: 3_600_000)
        writer.write(line(0) + line(1), count: 2)
        await until { writer.statistics.errors == 1 }
        #expect(output.text == "line 0\nli")
        output.state.withLock {
            $0.text = []; $0.script = []
        }
        writer.reopen()
        #expect(writer.finish(within: .seconds(60)))
        #expect(output.text == "line 1\n")
        #expect(output.state.withLock { $0.reopened } == 1)
    }

    @Test func `a reopening that fails is counted and the old file stays`() async throws {
        let output = FakeOutput()
        output.state.withLock { $0.canReopen = false }
        let writer = try writer(output)
        writer.reopen()
        await until { writer.statistics.errors == 1 }
        writer.write(line(1))
        #expect(writer.finish(within: .seconds(60)))
        #expect(output.text == "line 1\n")
    }

    @Test func `a file is appended to, and reopened under its name after logrotate has moved it`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "access.log")
        try "old\n".write(to: file, atomically: false, encoding: .utf8)

        let writer = try LogWriter(.file(path: file.path))
        writer.write(line(1))
        await until { writer.statistics.linesWritten == 1 }
        let moved = folder.appending(path: "access.log.1")
        try FileManager.default.moveItem(at: file, to: moved)
        writer.write(line(2))
        await until { writer.statistics.linesWritten == 2 }
        writer.reopen()
        await until { FileManager.default.fileExists(atPath: file.path) }
        writer.write(line(3))
        #expect(writer.finish(within: .seconds(60)))
        #expect(try String(contentsOf: moved, encoding: .utf8) == "old\nline 1\nline 2\n")
        #expect(try String(contentsOf: file, encoding: .utf8) == "line 3\n")
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(mode.map { $0 & 0o007 } == 0)
    }

    @Test func `the kernel's own full disk harms nobody`() async throws {
        let writer = try LogWriter(.file(path: "/dev/full"))
        for number in 0..<10 { writer.write(line(number)) }
        await until { writer.statistics.errors > 0 }
        #expect(!writer.finish(within: .seconds(10)))
        #expect(writer.statistics.linesWritten == 0)
    }

    @Test func `a file that cannot be opened is an error that names it`() {
        let error = #expect(throws: LogWriterError.self) { try LogWriter(.file(path: "/nonexistent/access.log")) }
        #expect(
            error?.description == "the log file /nonexistent/access.log cannot be opened: No such file or directory")
    }

    @Test func `a reader of our pipe who went away is an error, not the end of the process`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "pipe").path
        try #require(unsafe mkfifo(path, 0o600) == 0)
        let reader = unsafe open(path, O_RDONLY | O_NONBLOCK)
        let writer = try LogWriter(.file(path: path))
        close(reader)
        writer.write(line(1))
        await until { writer.statistics.errors > 0 }
        #expect(!writer.finish(within: .seconds(10)))
    }

    @Test func `many threads at once lose nothing`() throws {
        let output = FakeOutput()
        let writer = try writer(output)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for number in 0..<200 { writer.write(Array("\(thread) \(number)\n".utf8)) }
        }
        #expect(writer.finish(within: .seconds(60)))
        let lines = output.text.split(separator: "\n")
        #expect(lines.count == 1_600)
        #expect(lines.filter { $0.hasPrefix("3 ") } == (0..<200).map { "3 \($0)" })
    }
}
