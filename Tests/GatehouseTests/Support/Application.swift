import Foundation
import Testing

/// An application to put behind a gateway.
struct Application {
    let url: String
    let child: Child

    /// `gatehouse demo-app`, which tells what arrived as JSON.
    static func demo() async throws -> Application {
        let child = try await Child.start([Binary.path, "demo-app", "--listen", "127.0.0.1:0"])
        return try await listening(child)
    }

    /// A small server in Python for what the demo application does not do: `/stream?BYTES`, `/sink`, which reads a body of
    /// any length and tells how long it was, `…/poll`, which answers when somebody asks for `/tell`, and `/slow`, which begins
    /// its answer and ends it then; `/polls` is how many wait for that.
    static func scripted() async throws -> Application {
        try await listening(try await Child.start(["python3", "-u", "-c", script]))
    }

    /// How many wait until they are told.
    var polls: Int {
        get async throws { Int(try await Curl.ask(["\(url)/polls"]).body) ?? 0 }
    }

    /// Has all those answers come to their end.
    func tell() async throws { _ = try await Curl.ask(["\(url)/tell"]) }

    private static func listening(_ child: Child) async throws -> Application {
        try await eventually("the application listens") {
            try #require(child.isRunning, "\(child.errorText)")
            return child.outputText.contains("\n")
        }
        let url = child.outputText.split(whereSeparator: \.isWhitespace).last.map(String.init)
        return Application(url: try #require(url), child: child)
    }

    private static let script = """
        import http.server, threading
        told, polls = threading.Event(), []
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *arguments): pass
            def number(self): return float(self.path.partition("?")[2] or 0)
            def begin(self, count):
                self.send_response(200)
                self.send_header("Content-Length", str(count))
                self.end_headers()
            def abandon(self): self.close_connection = True
            def do_GET(self):
                if self.path == "/slow":
                    self.begin(10)
                    self.wfile.write(b"begin")
                    self.wfile.flush()
                    polls.append(self)
                    told.wait()
                    self.wfile.write(b"ended")
                elif self.path.startswith("/stream"):
                    left = int(self.number())
                    self.begin(left)
                    block = bytes(1 << 16)
                    while left > 0:
                        self.wfile.write(block[:left])
                        left -= len(block)
                elif self.path == "/polls":
                    answer = str(len(polls)).encode()
                    self.begin(len(answer))
                    self.wfile.write(answer)
                else:
                    if self.path.endswith("/poll"):
                        polls.append(self)
                        told.wait()
                    elif self.path == "/tell":
                        told.set()
                    self.begin(2)
                    self.wfile.write(b"ok")
            def do_PUT(self):
                left = total = int(self.headers["Content-Length"])
                while left > 0:
                    piece = self.rfile.read(min(left, 1 << 16))
                    if not piece: return self.abandon()
                    left -= len(piece)
                answer = str(total).encode()
                self.begin(len(answer))
                self.wfile.write(answer)
        # Beyond its backlog the kernel drops what completes a connection, and the other side waits for a minute.
        http.server.ThreadingHTTPServer.request_queue_size = 1024
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        print("listening on http://127.0.0.1:%d" % server.server_port)
        server.serve_forever()
        """
}
