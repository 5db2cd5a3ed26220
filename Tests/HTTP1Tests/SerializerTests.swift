import HTTP1
import HTTPMessage
import Testing

@Suite struct `What is written` {
    private func written(_ write: (inout ByteBuffer) -> Void) -> String {
        var buffer = ByteBuffer(minimumCapacity: 16)
        write(&buffer)
        return buffer.span.decoded
    }

    @Test func `a status line of ours has its reason`() {
        #expect(
            written { HTTP1Serializer.appendStatusLine(431, to: &$0) }
                == "HTTP/1.1 431 Request Header Fields Too Large\r\n")
        #expect(written { HTTP1Serializer.appendStatusLine(299, to: &$0) } == "HTTP/1.1 299 \r\n")
    }

    @Test func `a status line of another's keeps its reason`() {
        let reason = Array("Fine".utf8)
        #expect(
            written { HTTP1Serializer.appendStatusLine(200, reason: reason.span, to: &$0) } == "HTTP/1.1 200 Fine\r\n")
    }

    @Test func `a chunk has its size in hexadecimal, and none is empty`() {
        let data = [UInt8](repeating: UInt8(ascii: "a"), count: 26)
        #expect(
            written { HTTP1Serializer.appendChunk(data.span, to: &$0) } == "1a\r\n" + String(repeating: "a", count: 26)
                + "\r\n")
        #expect(written { HTTP1Serializer.appendChunk(data.span.extracting(0..<0), to: &$0) } == "")
        #expect(written { HTTP1Serializer.appendLastChunk(to: &$0) } == "0\r\n\r\n")
    }

    @Test(arguments: [1, 15, 16, 255, 4096, 65_537]) func `what is written as chunks is read as it was`(count: Int)
        throws
    {
        let data = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        var buffer = ByteBuffer(minimumCapacity: 16)
        HTTP1Serializer.appendChunk(data.span, to: &buffer)
        HTTP1Serializer.appendLastChunk(to: &buffer)
        var decoder = ChunkedDecoder()
        guard case .data(let skip, count) = try decoder.next(buffer.span) else {
            Issue.record("no data")
            return
        }
        buffer.consume(skip)
        #expect(buffer.span.extracting(0..<count).copied == data)
        buffer.consume(count)
        #expect(try decoder.next(buffer.span) == .end(consumed: buffer.count))
    }

    /// A status line that we write is one that we would take.
    @Test(arguments: 200...599) func `every status line is read as it was written`(status: Int) throws {
        let line = written { HTTP1Serializer.appendStatusLine(status, to: &$0) }
        #expect(try parseResponse(line + "\r\n").status == status)
    }
}
