import EventLoop
import HTTP1
import HTTPMessage

/// One connection of the gateway to the demo application.
final class DemoConnection {
    private let socket: Socket
    private let head = RequestHead()
    private var parser = RequestParser(limits: HeadLimits())
    private var input = ByteBuffer(minimumCapacity: 16 * 1024)
    private var output = ByteBuffer(minimumCapacity: 16 * 1024)

    private static let timeout = Duration.seconds(300)

    init(_ socket: Socket) { self.socket = socket }

    /// Answers requests until either side has had enough.
    func serve() async {
        do throws(IOError) {
            while try await readHead() {
                guard let bodyBytes = try await readBody() else { return socket.close() }
                if head.asksForEvents {
                    try await tellTheTime()
                    break
                }
                answer(bodyBytes: bodyBytes)
                try await flush()
                if !head.keepAlive { break }
            }
        } catch {
            // The gateway has gone, or fell silent: there is nobody left to tell.
        }
        socket.close()
    }

    /// Whether there was another request. What cannot be read as one ends the connection.
    private func readHead() async throws(IOError) -> Bool {
        parser.reset()
        while true {
            do throws(RequestError) {
                if case .complete(let consumed) = try input.parseRequest(with: &parser, into: head) {
                    input.consume(consumed)
                    return true
                }
            } catch {
                return false
            }
            guard try await readMore() else { return false }
        }
    }

    /// Reads the body to its end and returns its length; nil if it breaks off or is malformed.
    private func readBody() async throws(IOError) -> Int? {
        if head.expectsContinue {
            HTTP1Serializer.appendStatusLine(100, to: &output)
            output.append("\r\n")
            try await flush()
        }
        switch head.framing {
        case .none: return 0
        case .length(let length): return try await readBody(of: length)
        case .chunked: return try await readChunks()
        }
    }

    private func readBody(of length: UInt64) async throws(IOError) -> Int? {
        var left = length
        while left > 0 {
            let here = left < UInt64(input.count) ? Int(left) : input.count
            input.consume(here)
            left -= UInt64(here)
            if left > 0, try await !readMore() { return nil }
        }
        return Int(clamping: length)
    }

    private func readChunks() async throws(IOError) -> Int? {
        var decoder = ChunkedDecoder()
        var count = 0
        while true {
            do throws(ChunkError) {
                switch try input.nextChunk(of: &decoder) {
                case .data(let skip, let here):
                    input.consume(skip + here)
                    count += here
                    continue
                case .end(let consumed):
                    input.consume(consumed)
                    return count
                case .needMore(let consumed):
                    input.consume(consumed)
                }
            } catch {
                return nil
            }
            guard try await readMore() else { return nil }
        }
    }

    private func answer(bodyBytes: Int) {
        let page = IdentityPage(
            method: head.methodText, target: head.targetText, fields: head.fields.pairs,
            bodyBytes: bodyBytes)
        let isHTML = head.accept.contains("text/html")
        let body = isHTML ? page.html() : page.json()
        HTTP1Serializer.appendStatusLine(200, to: &output)
        output.append("Content-Type: ")
        output.append(isHTML ? "text/html; charset=utf-8" : "application/json")
        output.append("\r\nCache-Control: no-store\r\nContent-Length: ")
        output.append(decimal: body.count)
        output.append(head.keepAlive ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n")
        if head.method != .head { output.append(body.span) }
    }

    /// Sends an event every second, as a real application would send what it measures, until the other side has gone.
    private func tellTheTime() async throws(IOError) {
        HTTP1Serializer.appendStatusLine(200, to: &output)
        output.append("Content-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n")
        var seconds = 0
        while true {
            output.append("data: ")
            output.append(decimal: seconds)
            output.append("\n\n")
            try await flush()
            await socket.loop.sleep(until: socket.loop.now + .seconds(1))
            seconds += 1
        }
    }

    /// Waits for bytes; false at the end of the stream.
    private func readMore() async throws(IOError) -> Bool {
        while true {
            let outcome = try input.withFreeSpace(atLeast: 16 * 1024) { space throws(IOError) in
                try socket.read(into: &space)
            }
            switch outcome {
            case .bytes: return true
            case .endOfStream: return false
            case .wouldBlock: try await socket.readable(deadline: socket.loop.now + Self.timeout)
            }
        }
    }

    private func flush() async throws(IOError) {
        while !output.isEmpty {
            switch try output.write(to: socket) {
            case .bytes(let count): output.consume(count)
            case .wouldBlock: try await socket.writable(deadline: socket.loop.now + Self.timeout)
            }
        }
    }
}

extension ByteBuffer {
    fileprivate func parseRequest(
        with parser: inout RequestParser, into head: RequestHead
    ) throws(RequestError) -> HeadProgress { try parser.parse(span, into: head) }

    fileprivate func nextChunk(of decoder: inout ChunkedDecoder) throws(ChunkError) -> ChunkStep {
        try decoder.next(span)
    }

    fileprivate func write(to socket: Socket) throws(IOError) -> WriteOutcome { try socket.write(span) }
}

extension RequestHead {
    fileprivate var methodText: String { methodSpan.decoded }
    fileprivate var targetText: String { target.decoded }
    fileprivate var accept: String { fields.pairs.first { $0.name.lowercased() == "accept" }?.value ?? "" }
    fileprivate var asksForEvents: Bool { method == .get && accept.contains("text/event-stream") }
}

extension FieldBlock {
    fileprivate var pairs: [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = []
        for index in 0..<count { pairs.append((name(index).decoded, value(index).decoded)) }
        return pairs
    }
}
