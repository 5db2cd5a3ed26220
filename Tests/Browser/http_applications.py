"""Applications of HTTP/1.1 and HTTP/2 that do as a test says: what they do is one function of an `Exchange`."""

import socket
import threading

import h2.errors
import h2.events

from http_peers import Body, Gone, Reader, Session, cut


class Exchange:
    """One request as an application sees it, and the answer that it makes. Raises `Gone` when nobody waits for it."""

    method = path = ""
    fields: list = []

    def read_all(self):
        body = b""
        while piece := self.read():
            body += piece
        return body

    def answer(self, status, body=b"", fields=()):
        self.head(status, [("content-length", str(len(body))), *fields])
        self.write(body)
        self.end()


# -- HTTP/1.1


class Exchange1(Exchange):
    def __init__(self, connection, reader):
        self.connection, self.reader = connection, reader
        self.method, self.path, _ = reader.line().split()
        self.fields = reader.fields()
        self.body = Body(reader, self.fields)
        self.is_chunked = False

    def read(self):
        return self.body.read()

    def send(self, data):
        try:
            self.connection.sendall(data)
        except OSError as error:
            raise Gone from error

    def head(self, status, fields=()):
        self.is_chunked = status >= 200 and status not in (204, 304) and not any(name == "content-length" for name, _ in fields)
        lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in fields)]
        if self.is_chunked:
            lines.append("transfer-encoding: chunked")
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n")

    def write(self, data):
        if data and self.method != "HEAD":
            self.send(b"%x\r\n%s\r\n" % (len(data), data) if self.is_chunked else data)

    def end(self, trailers=()):
        if self.is_chunked and self.method != "HEAD":
            self.send(b"0\r\n" + "".join(f"{name}: {value}\r\n" for name, value in trailers).encode() + b"\r\n")

    def abort(self):
        cut(self.connection)
        raise Gone

    def wait_until_gone(self):
        while True:
            self.reader.fill()


class Application:
    """Listens on a port that the kernel chose, and behaves."""

    def __init__(self, behave):
        self.behave = behave
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def close(self):
        self.listener.close()


class Application1(Application):
    scheme = "http"

    def serve(self, connection):
        reader = Reader(connection)
        try:
            while True:
                exchange = Exchange1(connection, reader)
                self.behave(exchange)
                if not exchange.body.is_over:
                    # What is left of the request is for nobody, and there is nowhere to go on from.
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(1 << 16):
                        pass
                    raise Gone
        except (Gone, OSError):
            connection.close()


# -- HTTP/2


class Exchange2(Exchange):
    def __init__(self, stream, request):
        self.stream = stream
        fields = [(str(name), str(value)) for name, value in request.headers]
        self.method, self.path = dict(fields)[":method"], dict(fields)[":path"]
        self.protocol = dict(fields).get(":protocol")
        self.fields = [field for field in fields if not field[0].startswith(":")]
        self.is_read = request.stream_ended is not None
        self.has_body = True

    def read(self):
        while not self.is_read:
            event = self.stream.next()
            if isinstance(event, h2.events.DataReceived):
                self.stream.take(event)
                self.is_read = event.stream_ended is not None
                if event.data:
                    return event.data
            elif isinstance(event, (h2.events.StreamEnded, h2.events.TrailersReceived)):
                self.is_read = True
        return b""

    def head(self, status, fields=()):
        self.has_body = self.method != "HEAD" and status not in (204, 304)
        ends = status >= 200 and not self.has_body
        head = [(":status", str(status)), *fields]
        self.stream.session.do(lambda h2_: h2_.send_headers(self.stream.number, head, end_stream=ends))

    def write(self, data):
        if data and self.has_body:
            self.stream.write(data)

    def end(self, trailers=()):
        if trailers:
            self.stream.session.do(lambda h2_: h2_.send_headers(self.stream.number, trailers, end_stream=True))
        elif self.has_body:
            self.stream.session.do(lambda h2_: h2_.end_stream(self.stream.number))

    def abort(self):
        self.stream.reset(h2.errors.ErrorCodes.INTERNAL_ERROR)
        raise Gone

    def wait_until_gone(self):
        while True:
            self.stream.next()


class Application2(Application):
    scheme = "h2c"

    def serve(self, connection):
        try:
            Session(connection, is_client=False).read(self.opened)
        except Gone:
            connection.close()

    def opened(self, stream, request):
        exchange = Exchange2(stream, request)
        try:
            self.behave(exchange)
            if not exchange.is_read:
                stream.reset(h2.errors.ErrorCodes.NO_ERROR)
        except Gone:
            pass
