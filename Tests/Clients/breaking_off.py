#!/usr/bin/env python3
"""A client that breaks off COUNT requests of each kind in their midst, one after the other.

The kinds: in the head, in the body, in the answer; over HTTP/1.1 and over HTTP/2. Every second connection is reset, the
others are closed.

usage: breaking_off.py PORT AUTHORITY HOST COUNT

`HOST` has to take a PUT at /sink, and answer /stream?N with N bytes.
"""

import socket
import ssl
import struct
import sys

from slow_peers import frame

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0) + frame(4, 1, 0)
DATA, HEADERS = 0, 1
END_HEADERS, END_BOTH = 4, 5


class Breaker:
    def __init__(self, port: int, authority: str, host: str):
        self.port, self.host = port, host
        self.contexts = {}
        for protocol in ("http/1.1", "h2"):
            context = ssl.create_default_context(cafile=authority)
            context.set_alpn_protocols([protocol])
            self.contexts[protocol] = context

    def block(self, method: bytes, path: bytes) -> bytes:
        """A head, with its method as HPACK has it (RFC 7541, section 6 and appendix A)."""
        host = self.host.encode()
        return method + b"\x87\x04" + bytes([len(path)]) + path + b"\x01" + bytes([len(host)]) + host

    def run(self, number: int, protocol: str, text: bytes, waits: bool) -> None:
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        connection = self.contexts[protocol].wrap_socket(raw, server_hostname=self.host)
        connection.sendall(text)
        if waits:
            connection.recv(5000)
        if number % 2:
            # Closing resets the connection then (socket(7), SO_LINGER).
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    def kinds(self):
        upload = self.block(b"\x02\x03PUT", b"/sink") + b"\x0f\x0d\x071000000"
        answer = self.block(b"\x82", b"/stream?200000")
        host = f"Host: {self.host}\r\n".encode()
        yield "http/1.1", b"GET / HTTP/1.1\r\nHo", False
        yield "http/1.1", b"PUT /sink HTTP/1.1\r\n" + host + b"Content-Length: 1000000\r\n\r\n" + bytes(20_000), False
        yield "http/1.1", b"GET /stream?200000 HTTP/1.1\r\n" + host + b"\r\n", True
        yield "h2", PREFACE + frame(HEADERS, END_HEADERS, 1, upload)[:20], False
        yield "h2", PREFACE + b"".join(
            frame(HEADERS, END_HEADERS, stream, upload) + frame(DATA, 0, stream, bytes(10_000))
            for stream in (1, 3, 5)), True
        yield "h2", PREFACE + b"".join(frame(HEADERS, END_BOTH, stream, answer) for stream in (1, 3, 5)), True


def main() -> None:
    port, authority, host, count = sys.argv[1:]
    breaker = Breaker(int(port), authority, host)
    for number in range(int(count)):
        for protocol, text, waits in breaker.kinds():
            breaker.run(number, protocol, text, waits)


if __name__ == "__main__":
    main()
