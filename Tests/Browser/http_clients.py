"""Clients of HTTP/1.1 and HTTP/2 with one face: a connection, and a `begin` that makes a call on it."""

import select
import socket
import ssl
import threading
from dataclasses import dataclass, field

import h2.errors
import h2.events

from http_peers import PATIENCE, Body, Gone, Reader, Session, Stream, cut


@dataclass
class Answer:
    status: int = 0
    fields: list = field(default_factory=list)
    body: bytes = b""
    trailers: list = field(default_factory=list)
    interim: list = field(default_factory=list)
    # Whether it came to its end, as its framing has it.
    is_complete: bool = False

    def __getitem__(self, name):
        return next((value for key, value in self.fields if key == name), None)


class Secure:
    """A connection behind TLS that one thread may read while another writes, which Python's own does not allow."""

    def __init__(self, connection):
        connection.setblocking(False)
        self.connection, self.lock = connection, threading.Lock()

    def __getattr__(self, name):
        return getattr(self.connection, name)

    def recv(self, most):
        while True:
            with self.lock:
                try:
                    return self.connection.recv(most)
                except ssl.SSLWantReadError:
                    pass
            self.wait([self.connection], [])

    def sendall(self, data):
        rest = memoryview(data)
        while rest:
            with self.lock:
                try:
                    rest = rest[self.connection.send(rest) :]
                    continue
                except ssl.SSLWantWriteError:
                    pass
            self.wait([], [self.connection])

    def shutdown(self, how):
        # Python forgets the TLS first, and whoever reads in between takes the connection for broken and closes it.
        with self.lock:
            self.connection.shutdown(how)

    @staticmethod
    def wait(readers, writers):
        if not any(select.select(readers, writers, [], PATIENCE)):
            raise TimeoutError


def connect(port, authority, protocols):
    context = ssl.create_default_context(cafile=authority)
    context.set_alpn_protocols(protocols)
    raw = socket.socket()
    # Before it connects, or the window is as large as ever.
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
    raw.settimeout(PATIENCE)
    raw.connect(("127.0.0.1", port))
    return Secure(context.wrap_socket(raw, server_hostname="localhost"))


class Client1:
    """A connection of HTTP/1.1: one call after the other."""

    def __init__(self, port, authority):
        self.connection = connect(port, authority, ["http/1.1"])
        self.reader = Reader(self.connection)

    def begin(self, method, path, fields=(), length=0):
        """Sends a head. `length` is that of the body that follows, None if it is not told."""
        return Call1(self, method, path, fields, length)

    def open_socket(self, path):
        """Asks for a WebSocket; the status of the answer."""
        call = self.begin("GET", path, fields=[
            ("connection", "upgrade"), ("upgrade", "websocket"), ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ])
        accept = call.head()["sec-websocket-accept"]
        assert call.result.status != 101 or accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        return call

    def close(self):
        self.connection.close()

    @property
    def is_going(self):
        """Nobody says so before the answer."""
        return True


class Call1:
    def __init__(self, client, method, path, fields, length):
        self.client, self.method, self.is_chunked = client, method, length is None
        lines = [f"{method} {path} HTTP/1.1", "host: localhost", "te: trailers", "connection: te"]
        lines += [f"{name}: {value}" for name, value in fields]
        if length or method in ("POST", "PUT"):
            lines.append("transfer-encoding: chunked" if self.is_chunked else f"content-length: {length}")
        client.connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
        self.result, self.body = Answer(), None

    def send(self, data):
        if data:
            self.client.connection.sendall(b"%x\r\n%s\r\n" % (len(data), data) if self.is_chunked else data)

    def end(self):
        if self.is_chunked:
            self.client.connection.sendall(b"0\r\n\r\n")

    def say(self, data):
        """Sends bytes of another protocol."""
        self.client.connection.sendall(data)

    def hear(self):
        return self.client.reader.some(1 << 16)

    def head(self):
        while self.body is None:
            status = int(self.client.reader.line().split()[1])
            fields = self.client.reader.fields()
            if status == 101 or status >= 200:
                self.result.status, self.result.fields = status, fields
                is_empty = self.method == "HEAD" or status in (101, 204, 304)
                self.body = Body(self.client.reader, fields, is_empty=is_empty)
            else:
                self.result.interim.append(status)
        return self.result

    def read(self):
        self.head()
        return self.body.read()

    def answer(self):
        """The whole answer, or what there was of it."""
        pieces = []
        try:
            while piece := self.read():
                pieces.append(piece)
            self.result.trailers = self.body.trailers
            self.result.is_complete = self.body.is_over
        except Gone:
            pass
        self.result.body = b"".join(pieces)
        return self.result

    def reset(self):
        cut(self.client.connection)

    def leave(self):
        """Ends as a program does that is closed: without a reset."""
        self.client.close()


class Client2:
    """A connection of HTTP/2: many calls at once."""

    def __init__(self, port, authority):
        connection = connect(port, authority, ["h2"])
        assert connection.selected_alpn_protocol() == "h2"
        self.session = Session(connection, is_client=True)
        self.thread = threading.Thread(target=self.session.read, daemon=True)
        self.thread.start()

    def begin(self, method, path, fields=(), length=0):
        return Call2(self.session, method, path, fields, length)

    def open_socket(self, path):
        """The same by an extended CONNECT (RFC 8441)."""
        call = self.begin("CONNECT", path, fields=[(":protocol", "websocket"), ("sec-websocket-version", "13")], length=None)
        call.head()
        return call

    @property
    def is_going(self):
        return self.session.is_going

    def close(self):
        try:
            self.session.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.thread.join(PATIENCE)


class Call2:
    def __init__(self, session, method, path, fields, length):
        head = [(":method", method), (":scheme", "https"), (":authority", "localhost"), (":path", path), *fields, ("te", "trailers")]
        self.has_body = length is None or length > 0
        if self.has_body and length is not None:
            head.append(("content-length", str(length)))
        with session.changed:
            number = session.h2.get_next_available_stream_id()
            self.stream = session.streams[number] = Stream(session, number)
            session.do(lambda h2_: h2_.send_headers(number, head, end_stream=not self.has_body))
        self.result = Answer()
        self.is_over = False

    def send(self, data):
        if data:
            self.stream.write(data)

    def end(self):
        if self.has_body:
            self.stream.session.do(lambda h2_: h2_.end_stream(self.stream.number))

    def say(self, data):
        self.send(data)

    def hear(self):
        return self.read()

    def head(self):
        while not self.result.status:
            self.note(self.stream.next())
        return self.result

    def note(self, event):
        """Takes note of what came; bytes of body, if it was those."""
        match event:
            case h2.events.InformationalResponseReceived():
                self.result.interim.append(int(dict(event.headers)[":status"]))
            case h2.events.ResponseReceived():
                self.result.status = int(dict(event.headers)[":status"])
                self.result.fields = [(str(name), str(value)) for name, value in event.headers]
            case h2.events.TrailersReceived():
                self.result.trailers = [(str(name), str(value)) for name, value in event.headers]
            case h2.events.StreamEnded():
                self.is_over = True
            case h2.events.DataReceived():
                self.stream.take(event)
                return event.data
        return b""

    def read(self):
        while not self.is_over:
            if piece := self.note(self.stream.next()):
                return piece
        return b""

    def answer(self):
        pieces = []
        try:
            while piece := self.read():
                pieces.append(piece)
            self.result.is_complete = True
        except Gone:
            pass
        self.result.body = b"".join(pieces)
        return self.result

    def reset(self):
        self.stream.reset(h2.errors.ErrorCodes.CANCEL)

    def leave(self):
        self.stream.session.connection.shutdown(socket.SHUT_RDWR)
