import HTTP2
import HTTPMessage
import Testing

@Suite struct `Messages` {
    @Test(arguments: [1, 2, 7, .max])
    func `go to the server and come back, in pieces of any size`(step: Int) throws {
        let pair = Pair(step: step)
        let (asked, heard) = try pair.open(
            .post,
            Bench.post.map { $0 == (":path", "/") ? (":path", "/a/b?c=d") : $0 } + [
                ("content-type", "text/plain"), ("cookie", "a=1"), ("cookie", "b=2"),
            ], endsStream: false)
        let head = heard.request
        #expect(head.method == .post && head.version == .http2 && head.form == .origin)
        #expect(head.path.decoded == "/a/b" && head.query?.decoded == "c=d" && head.target.decoded == "/a/b?c=d")
        #expect(head.authority.decoded == "a.example" && head.host.decoded == "a.example")
        #expect(head.framing == .chunked && !head.expectsContinue)
        #expect(head.fields.lines == ["content-type: text/plain", "cookie: a=1; b=2"])

        var body = buffer("hello ")
        pair.client.send(&body, on: asked)
        pair.carry()
        #expect(pair.take(heard, pair.server) == "hello " && !heard.isReadToEnd)
        body.append("world")
        pair.client.send(&body, on: asked)
        pair.client.end(asked)
        pair.carry()
        #expect(pair.take(heard, pair.server) == "world" && heard.isReadToEnd)

        pair.workspace.draft.begin(status: 201)
        pair.workspace.draft.append("x-answer", "yes".utf8.span)
        body.append("made")
        pair.server.send(&body, on: heard)
        pair.server.end(heard)
        pair.server.respond(on: heard, endsStream: false)
        pair.server.release(heard)
        pair.carry()
        #expect(asked.response.status == 201 && asked.response.fields.lines == ["x-answer: yes"])
        #expect(pair.take(asked, pair.client) == "made" && asked.isReadToEnd)
        #expect(asked.isClosed && asked.closeCode == .noError)
        let news = pair.news(of: pair.client)
        #expect(news.count == 1 && news[0].news.isSuperset(of: [.responded, .readable, .closed]))
        pair.client.release(asked)
        #expect(pair.news(of: pair.server).isEmpty)
        #expect(pair.client.streamCount == 0 && pair.server.streamCount == 0)
    }

    @Test func `without a body end with their head`() throws {
        let pair = Pair()
        let (asked, heard) = try pair.open()
        #expect(heard.request.framing == .none && heard.isReadToEnd)
        pair.workspace.draft.begin(status: 204)
        pair.server.respond(on: heard, endsStream: true)
        pair.server.release(heard)
        pair.carry()
        #expect(asked.response.status == 204 && asked.response.framing == .none && asked.isReadToEnd && asked.isClosed)
    }

    @Test func `end with trailers, both ways`() throws {
        let pair = Pair()
        let (asked, heard) = try pair.open(.post, Bench.post + [("te", "trailers")], endsStream: false)
        var body = buffer("ping")
        pair.client.send(&body, on: asked)
        var trailers = FieldDraft()
        trailers.append("X-Sum", "1".utf8.span)
        pair.client.end(asked, trailers: trailers)
        pair.carry()
        #expect(pair.take(heard, pair.server) == "ping" && heard.isReadToEnd)
        #expect(heard.trailers?.lines == ["x-sum: 1"])

        pair.workspace.draft.begin(status: 200)
        pair.server.respond(on: heard, endsStream: false)
        body.append("pong")
        pair.server.send(&body, on: heard)
        trailers = FieldDraft()
        trailers.append(name: "Grpc-Status".utf8.span, value: "0".utf8.span)
        pair.server.end(heard, trailers: trailers)
        pair.carry()
        #expect(pair.take(asked, pair.client) == "pong" && asked.isReadToEnd && asked.isClosed)
        #expect(asked.trailers?.lines == ["grpc-status: 0"])
    }

    @Test func `may be preceded by interim answers`() throws {
        let pair = Pair()
        let (asked, heard) = try pair.open()
        for hint in ["</a>; rel=preload", "</b>; rel=preload"] {
            pair.workspace.draft.begin(status: 103)
            pair.workspace.draft.append("link", hint.utf8.span)
            pair.server.inform(on: heard)
        }
        pair.workspace.draft.begin(status: 200)
        pair.server.respond(on: heard, endsStream: true)
        pair.carry()
        let first = try #require(pair.client.takeInterim(of: asked))
        let second = try #require(pair.client.takeInterim(of: asked))
        #expect(first.status == 103 && first.fields.lines == ["link: </a>; rel=preload"])
        #expect(second.status == 103 && second.fields.lines == ["link: </b>; rel=preload"])
        #expect(pair.client.takeInterim(of: asked) == nil)
        #expect(asked.response.status == 200)
    }

    @Test func `of every length arrive as they were`() throws {
        for length in [0, 1, 16_383, 16_384, 16_385, 65_535, 65_536, 65_537, 300_000] {
            let pair = Pair()
            let (asked, heard) = try pair.open()
            let text = String(repeating: "0123456789", count: length / 10) + String(repeating: "x", count: length % 10)
            pair.workspace.draft.begin(status: 200)
            pair.server.respond(on: heard, endsStream: false)
            var body = buffer(text)
            pair.server.send(&body, on: heard)
            pair.server.end(heard)
            var received = ""
            while !asked.isReadToEnd {
                pair.carry()
                received += pair.take(asked, pair.client)
            }
            #expect(received == text, "\(length)")
        }
    }

    @Test func `of many streams share a connection`() throws {
        let pair = Pair()
        var asked: [HTTP2Stream] = []
        for index in 0..<100 {
            pair.workspace.draft.removeAll()
            for (name, value) in Bench.get.dropLast() + [(":path", "/\(index)")] {
                pair.workspace.draft.append(name: name.utf8.span, value: value.utf8.span)
            }
            asked.append(try #require(pair.client.open(method: .get, endsStream: true)))
        }
        #expect(!pair.client.canOpen)
        #expect(pair.client.open(method: .get, endsStream: true) == nil)
        pair.carry()
        for (heard, news) in pair.news(of: pair.server).reversed() {
            #expect(news.contains(.opened))
            pair.workspace.draft.begin(status: 200)
            let head = heard.request
            var body = buffer(head.path.decoded)
            pair.server.send(&body, on: heard)
            pair.server.end(heard)
            pair.server.respond(on: heard, endsStream: false)
            pair.server.release(heard)
        }
        pair.carry()
        for (index, stream) in asked.enumerated() {
            #expect(pair.take(stream, pair.client) == "/\(index)" && stream.isClosed)
            pair.client.release(stream)
        }
        _ = pair.news(of: pair.client)
        #expect(pair.news(of: pair.server).isEmpty)
        #expect(pair.client.canOpen && pair.client.streamCount == 0 && pair.server.streamCount == 0)
    }

    @Test func `are written in lower case, with secrets that are never indexed (RFC 7541, section 7.1)`() throws {
        let bench = Bench()
        let stream = try bench.open()
        bench.workspace.draft.begin(status: 200)
        let block = FieldBlock()
        block.append(name: "Set-Cookie", value: "s3cret=1")
        block.append(name: "X-Plain", value: "open")
        for index in 0..<block.count { bench.workspace.draft.append(block, index) }
        bench.server.respond(on: stream, endsStream: true)
        let payload = try #require(bench.frames().first { $0.kind == .headers }).payload
        // set-cookie is entry 55 of the static table: never indexed is 0001 with the index in four bits and more.
        #expect(payload.contains([0x1f, 55 - 15]))
        // x-plain is new, and enters the table.
        #expect(payload.contains(0x40))
    }
}
