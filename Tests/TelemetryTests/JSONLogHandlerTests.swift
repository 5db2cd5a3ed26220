import Foundation
import Identity
import Logging
import Testing

@testable import Telemetry

@Suite struct JSONLogHandlerTests {
    struct Failure: Error, CustomStringConvertible {
        var description: String { "disk\non fire" }
    }

    struct FixedClock: WallClock {
        func now() -> Timestamp { Timestamp(microseconds: 1_795_238_319_123_456) }
    }

    /// What the events leave behind.
    private func output(_ format: JSONLogHandler.Format, _ body: (inout Logger) -> Void) throws -> String {
        let output = FakeOutput()
        let writer = try LogWriter(output: output, queueBytesMax: 1 << 20)
        var logger = Logger(label: "gatehouse.store") { label in
            JSONLogHandler(label: label, format: format, writer: writer, clock: FixedClock())
        }
        body(&logger)
        #expect(writer.finish(within: .seconds(10)))
        return output.text
    }

    @Test func `an event is one object on one line`() throws {
        let text = try output(.json) { logger in
            logger[metadataKey: "worker"] = "2"
            logger.warning(
                "the database is away\n{}",
                metadata: ["attempt": "3", "tries": ["1", "2"], "more": ["b": "2", "a": "\"1\""]])
        }
        #expect(
            text == #"{"time":"2026-11-21T05:18:39.123456Z","level":"warning","logger":"gatehouse.store","#
                + #""message":"the database is away\n{}","data":{"attempt":"3","more":{"a":"\"1\"","b":"2"},"#
                + #""tries":["1","2"],"worker":"2"}}"# + "\n")
        _ = try JSONSerialization.jsonObject(with: Data(text.utf8))
    }

    @Test func `for people it is a line of text in which nothing can move the cursor`() throws {
        let text = try output(.text) { logger in
            logger.error("it \u{1b}[2J failed", metadata: ["b": "2\n", "a": "1"])
            logger.info("fine")
        }
        #expect(
            text == #"05:18:39 error gatehouse.store: it \u001b[2J failed (a: 1, b: 2\n)"# + "\n"
                + "05:18:39 info gatehouse.store: fine\n")
    }

    @Test func `levels below the logger's are left out`() throws {
        #expect(try output(.json) { $0.debug("detail") } == "")
        #expect(
            try output(.json) {
                $0.logLevel = .trace; $0.trace("detail")
            }.contains("\"trace\""))
    }

    @Test func `loggers are values`() throws {
        let text = try output(.json) { logger in
            var other = logger
            other[metadataKey: "only"] = "other"
            other.logLevel = .error
            logger.info("mine")
        }
        #expect(text.contains("mine") && !text.contains("only"))
    }

    @Test func `a huge message is cut`() throws {
        let text = try output(.json) { $0.info("\(String(repeating: "x", count: 1 << 20))") }
        #expect(text.utf8.count < 10_000)
    }
}
