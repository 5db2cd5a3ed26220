"""Frames of HTTP/2, byte by byte, in order or not; and a client that sends them and hears what comes back."""

import socket
import ssl
import struct
from dataclasses import dataclass

from http_peers import PATIENCE

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
UNKNOWN = 0xBB
END_STREAM = ACK = 0x1
END_HEADERS, PADDED, PRIORITISED = 0x4, 0x8, 0x20

NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED, FRAME_SIZE_ERROR, \
    REFUSED_STREAM, CANCEL, COMPRESSION_ERROR = range(10)

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
FRAME_MAX = 1 << 14


def number(value):
    return struct.pack(">I", value)


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + number(stream) + payload


def literal(name, value):
    """A field as a literal that is not indexed, which says anything (RFC 7541, section 6.2.2)."""
    def text(value):
        data = value.encode("latin-1")
        return (bytes([len(data)]) if len(data) < 127 else b"\x7f" + bytes([len(data) - 127])) + data
    return b"\0" + text(name) + text(value)


def block(*fields):
    return b"".join(literal(name, value) for name, value in fields)


def request(path, method="GET", *more):
    return block((":method", method), (":scheme", "https"), (":authority", "localhost"), (":path", path), *more)


def headers(stream, payload, flags=END_HEADERS | END_STREAM):
    return frame(HEADERS, flags, stream, payload)


def continuation(stream, payload, flags=END_HEADERS):
    return frame(CONTINUATION, flags, stream, payload)


def data(stream, payload=b"x", flags=0):
    return frame(DATA, flags, stream, payload)


def reset(stream, code=CANCEL):
    return frame(RST_STREAM, 0, stream, number(code))


def window(stream, increment):
    return frame(WINDOW_UPDATE, 0, stream, number(increment))


def settings(*values, flags=0):
    return frame(SETTINGS, flags, 0, b"".join(struct.pack(">HI", *value) for value in values))


def ping(payload=b"12345678", flags=0):
    return frame(PING, flags, 0, payload)


@dataclass
class Frame:
    kind: int
    flags: int
    stream: int
    payload: bytes

    @property
    def ends(self):
        return self.kind in (DATA, HEADERS) and self.flags & END_STREAM != 0

    @property
    def code(self):
        """The error code of a RST_STREAM or GOAWAY."""
        return struct.unpack_from(">I", self.payload, 4 if self.kind == GOAWAY else 0)[0]


class FrameClient:
    """A connection on which anything can be said."""

    def __init__(self, port, authority):
        context = ssl.create_default_context(cafile=authority)
        context.set_alpn_protocols(["h2"])
        raw = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket = context.wrap_socket(raw, server_hostname="localhost")
        self.received, self.frames = b"", []
        # Whether the server has ended the connection.
        self.is_over = False
        self.pings = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def greet(self, *values):
        """Says what a client says first, and waits for the server's SETTINGS and their acknowledgement of ours."""
        self.send(PREFACE + settings(*values))
        self.wait_for(lambda frame: frame.kind == SETTINGS and not frame.flags & ACK)
        self.send(settings(flags=ACK))
        self.wait_for(lambda frame: frame.kind == SETTINGS and frame.flags & ACK)

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            pass  # what was heard before says why

    def hear(self):
        """Reads once, and notes the frames that are whole."""
        try:
            piece = self.socket.recv(1 << 16)
        except ConnectionError:
            piece = b""
        self.is_over = not piece
        self.received += piece
        while len(self.received) >= 9 and len(self.received) >= (end := 9 + int.from_bytes(self.received[:3], "big")):
            kind, flags, stream = struct.unpack_from(">BBI", self.received, 3)
            self.frames.append(Frame(kind, flags, stream & 0x7FFFFFFF, self.received[9:end]))
            self.received = self.received[end:]

    def find(self, condition):
        return next((frame for frame in self.frames if condition(frame)), None)

    def wait_for(self, condition):
        """The first frame of the kind, those that came before among them; None when the connection ends without."""
        while not (found := self.find(condition)) and not self.is_over:
            self.hear()
        return found

    def body(self, stream):
        return b"".join(frame.payload for frame in self.frames if frame.kind == DATA and frame.stream == stream)

    def wait_for_window(self, stream, count):
        """Waits until so many bytes may have been sent on a stream in all; the windows are at least the RFC's."""
        def given(number):
            return (1 << 16) - 1 + sum(
                int.from_bytes(frame.payload, "big")
                for frame in self.frames if frame.kind == WINDOW_UPDATE and frame.stream == number)

        while min(given(stream), given(0)) < count and not self.is_over:
            self.hear()

    def settle(self):
        """Waits until the server has said all that it has to say about what it was sent. Whether it still listens.

        Twice, since the answer to a PING goes out before other frames of the same moment.
        """
        for _ in range(2):
            self.pings += 1
            mark = b"settle%02d" % self.pings
            self.send(ping(mark))
            if not self.wait_for(lambda frame: frame.kind == PING and frame.flags & ACK and frame.payload == mark):
                return False
        return True
