import Foundation
import Identity
import Synchronization
import Testing

@testable import Telemetry

@Suite struct AccessLogTests {
    static let entry = AccessLogEntry(
        at: Timestamp(microseconds: 1_795_238_319_123_456),
        requestID: UUID128(high: 0x0123_4567_89ab_cdef, low: 0xfedc_ba98_7654_3210), decisionID: 0xabc,
        client: "203.0.113.7", wireProtocol: .http11, status: 200, route: "spc", plant: "detroit",
        user: UserID(UUID128(high: 1, low: 2)), session: SessionID(UUID128(high: 3, low: 4)), outcome: .allow,
        durationMicroseconds: 1_234, upstream: "127.0.0.1:9001", upstreamMicroseconds: 987, bytesIn: 5, bytesOut: 200)

    /// The lines that the requests leave behind.
    static func lines(
        _ entry: AccessLogEntry = entry, method: String = "GET", host: String = "spc.example.com",
        path: [UInt8] = Array("/plants/detroit".utf8), userAgent: [UInt8] = Array("curl/8".utf8), count: Int = 1
    ) throws -> [String] {
        let output = FakeOutput()
        let writer = try LogWriter(output: output, queueBytesMax: 1 << 24)
        let log = AccessLog(writer: writer)
        for _ in 0..<count {
            log.append(
                entry, method: method.utf8.span, host: host.utf8.span, path: path.span, userAgent: userAgent.span)
        }
        log.flush()
        #expect(writer.finish(within: .seconds(10)))
        #expect(output.text.hasSuffix("\n"))
        return output.text.dropLast().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    static func object(_ line: String) throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }

    @Test func `a line says all that is known about a request`() throws {
        #expect(
            try Self.lines() == [
                #"{"time":"2026-11-21T05:18:39.123456Z","request_id":"0123456789abcdeffedcba9876543210","#
                    + #""decision_id":"0000000000000abc","client":"203.0.113.7","method":"GET","#
                    + #""host":"spc.example.com","path":"/plants/detroit","protocol":"HTTP/1.1","status":200,"#
                    + #""route":"spc","plant":"detroit","user_id":"00000000-0000-0001-0000-000000000002","#
                    + #""session_id":"00000000-0000-0003-0000-000000000004","outcome":"allow","duration_us":1234,"#
                    + #""upstream":"127.0.0.1:9001","upstream_us":987,"bytes_in":5,"bytes_out":200,"#
                    + #""user_agent":"curl/8"}"#
            ])
    }

    @Test(arguments: [0, 14]) func `how a call of gRPC ended stands beside the status of HTTP`(status: Int) throws {
        var entry = Self.entry
        entry.grpcStatus = status
        #expect(try #require(try Self.lines(entry).first).contains(#""status":200,"grpc_status":\#(status),"route""#))
    }

    @Test func `what a requirement on trial says stands beside what was decided`() throws {
        var entry = Self.entry
        entry.shadow = .deny
        entry.shadowReason = "role_missing"
        let line = try #require(try Self.lines(entry).first)
        #expect(line.contains(#""outcome":"allow","shadow":"deny","shadow_reason":"role_missing","duration_us""#))
        entry.shadow = .allow
        entry.shadowReason = nil
        #expect(try #require(try Self.lines(entry).first).contains(#""shadow":"allow","duration_us""#))
    }

    @Test func `what is not known is left out`() throws {
        let bare = AccessLogEntry(
            at: Timestamp(seconds: 0), requestID: UUID128(high: 0, low: 1), client: "::1", wireProtocol: .http10,
            status: 400, outcome: .deny, reason: "bad_request", durationMicroseconds: 0)
        let line = try #require(try Self.lines(bare, method: "", host: "", path: [], userAgent: []).first)
        let object = try Self.object(line)
        #expect(
            Set(object.keys) == [
                "time", "request_id", "client", "protocol", "status", "outcome", "reason", "duration_us", "bytes_in",
                "bytes_out",
            ])
    }

    @Test(arguments: ["/a?token=secret", "/a#secret", "/a?", "/a?x#y"])
    func `a query string never gets into the log`(path: String) throws {
        let object = try Self.object(try #require(try Self.lines(path: Array(path.utf8)).first))
        #expect(object["path"] as? String == "/a")
    }

    @Test(arguments: [
        "/x\n{\"status\":200,\"user_id\":\"forged\"}", "/x\r\n", "/\"},\"status\":0,\"x\":{\"", "/\\\"", "/\u{2028}{}",
        "/\u{1b}]0;title\u{7}", "/\0",
    ])
    func `CWE-117: no client can add a line or a member`(text: String) throws {
        let bytes = Array(text.utf8)
        let lines = try Self.lines(method: text, host: text, path: bytes, userAgent: bytes)
        #expect(lines.count == 1)
        let object = try Self.object(lines[0])
        #expect(object["status"] as? Int == 200)
        #expect(object["path"] as? String == text)
        #expect(object["user_agent"] as? String == text)
        #expect(object.count == 20)
    }

    @Test func `huge texts are cut, so a line is bounded`() throws {
        let huge = [UInt8](repeating: 0x01, count: 1 << 20)
        let text = String(repeating: "x", count: 1 << 20)
        let line = try #require(try Self.lines(method: text, host: text, path: huge, userAgent: huge).first)
        #expect(line.utf8.count < 10_000)
        _ = try Self.object(line)
    }

    @Test func `many lines go over in batches, and the last ones with a flush`() throws {
        let lines = try Self.lines(count: 1_000)
        #expect(lines.count == 1_000)
        #expect(Set(lines).count == 1)
    }

    @Test func `a writer that cannot keep up costs lines, not memory or time`() throws {
        let output = FakeOutput(isBroken: true)
        let writer = try LogWriter(output: output, queueBytesMax: 100_000, retryMilliseconds: 5)
        let log = AccessLog(writer: writer)
        for _ in 0..<10_000 {
            log.append(
                Self.entry, method: "GET".utf8.span, host: "h".utf8.span, path: "/".utf8.span,
                userAgent: "".utf8.span)
        }
        log.flush()
        #expect(writer.statistics.linesDropped > 9_000)
        output.state.withLock { $0.isBroken = false }
        #expect(writer.finish(within: .seconds(10)))
        #expect(writer.statistics.linesDropped + writer.statistics.linesWritten == 10_000)
    }

    @Test func `status and sizes at their ends are written`() throws {
        var entry = Self.entry
        entry.status = -1
        entry.bytesIn = .max
        let object = try Self.object(try #require(try Self.lines(entry).first))
        #expect(object["status"] as? Int == 0)
        #expect(object["bytes_in"] as? UInt64 == .max)
    }
}
