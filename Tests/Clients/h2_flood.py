#!/usr/bin/env python3
"""A client of HTTP/2 that makes one kind of useless work without end, until the other side ends the connection.

Prints `GOAWAY CODE` when it was told why, `closed` when it was not, and `borne` when nothing came of so many turns.

usage: h2_flood.py PORT FLOOD
"""

import socket
import ssl
import struct
import sys

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 2, 3, 4, 6, 7, 8, 9
END_STREAM, ACK, END_HEADERS = 1, 1, 4
TURNS_MAX = 20_000


def frame(kind: int, flags: int = 0, stream: int = 0, payload: bytes = b"") -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def literal(name: bytes, value: bytes, indexed: bool = False) -> bytes:
    """A field with a new name (RFC 7541, section 6.2); both parts shorter than 4 KiB."""

    def text(part: bytes) -> bytes:
        if len(part) < 127:
            return bytes([len(part)]) + part
        rest = len(part) - 127
        count = b""
        while rest >= 128:
            count += bytes([rest % 128 + 128])
            rest //= 128
        return bytes([127]) + count + bytes([rest]) + part

    return (b"\x40" if indexed else b"\x00") + text(name) + text(value)


# GET https / (of the static table), and the host.
HEAD = b"\x82\x87\x84" + b"\x01\x0dwww.localhost"
POST = b"\x83\x87\x84" + b"\x01\x0dwww.localhost"


def head(stream: int, block: bytes = HEAD, flags: int = END_STREAM | END_HEADERS) -> bytes:
    return frame(HEADERS, flags, stream, block)


def stream_of(turn: int) -> int:
    return 2 * turn + 3


def bomb(name: bytes) -> bytes:
    """One field of 3.9 KiB goes into the table, and then every byte stands for it."""
    return head(3, HEAD + literal(name, b"a" * 3900, indexed=True) + b"\xbe" * 12_000)


FLOODS = {
    "rapid reset": lambda turn: head(stream_of(turn)) + frame(RST_STREAM, 0, stream_of(turn), b"\0\0\0\x08"),
    "made you reset": lambda turn: head(stream_of(turn))
    + frame(WINDOW_UPDATE, 0, stream_of(turn), b"\x7f\xff\xff\xff"),
    "CONTINUATION": lambda turn: head(3, flags=END_STREAM) if turn == 0 else frame(CONTINUATION, 0, 3, b""),
    "large CONTINUATION": lambda turn: head(3, flags=END_STREAM)
    if turn == 0
    else frame(CONTINUATION, 0, 3, literal(b"x", b"a" * 3900) * 4),
    "PING": lambda turn: frame(PING, 0, 0, b"8 bytes."),
    "SETTINGS": lambda turn: frame(SETTINGS, 0, 0, b"\0\x04\0\0\xff\xff"),
    "PRIORITY": lambda turn: frame(PRIORITY, 0, stream_of(turn), b"\0\0\0\0\x01"),
    "window by a byte": lambda turn: frame(WINDOW_UPDATE, 0, 0, b"\0\0\0\x01"),
    "empty DATA": lambda turn: (head(1, POST, END_HEADERS) if turn == 0 else b"") + frame(DATA, 0, 1),
    "HPACK bomb": lambda turn: bomb(b"x-bomb"),
    "cookie bomb": lambda turn: bomb(b"cookie"),
    "unknown frames": lambda turn: frame(0x77, 0, 0, b"?"),
}


class Connection:
    def __init__(self, port: int):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        raw = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket = context.wrap_socket(raw, server_hostname="www.localhost")
        self.received = b""
        self.verdict: str | None = None

    def read(self, wait: float) -> bool:
        """Takes what has come within `wait` seconds; false when nothing has."""
        self.socket.settimeout(wait)
        try:
            data = self.socket.recv(1 << 16)
        except TimeoutError:
            return False
        except OSError:
            data = b""
        finally:
            self.socket.settimeout(60)
        if not data:
            self.verdict = self.verdict or "closed"
            return False
        self.received += data
        while len(self.received) >= 9:
            length = int.from_bytes(self.received[:3], "big")
            if len(self.received) < 9 + length:
                break
            kind, payload = self.received[3], self.received[9 : 9 + length]
            self.received = self.received[9 + length :]
            if kind == GOAWAY:
                self.verdict = f"GOAWAY {int.from_bytes(payload[4:8], 'big')}"
        return True


def main() -> None:
    connection = Connection(int(sys.argv[1]))
    flood = FLOODS[sys.argv[2]]
    connection.socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS) + frame(SETTINGS, ACK))
    turn = 0
    while turn < TURNS_MAX and not connection.verdict:
        try:
            connection.socket.sendall(b"".join(flood(turn + more) for more in range(50)))
        except OSError:
            pass
        turn += 50
        while connection.read(0.002) and not connection.verdict:
            pass
    while not connection.verdict and connection.read(60):
        pass
    print(connection.verdict or "borne")


if __name__ == "__main__":
    main()
