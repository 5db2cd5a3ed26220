#!/usr/bin/env python3
"""A client that holds connections of all slow kinds to a gateway, and does with none of them what would end it.

The kinds: silent before the TLS handshake, in its midst, in a head, in a body, reading nothing of an answer, and idle
after an answer over HTTP/1.1 and over HTTP/2. Those that send something go on by a byte at a time.

usage: slow_peers.py PORT AUTHORITY HOST COUNT

Opens COUNT of each kind, says so, waits until the gateway has ended all of them, for two minutes at most, and says how
many of each kind it has ended. `HOST` has to take a PUT at /sink, and answer /stream?N with N bytes.
"""

import select
import socket
import ssl
import struct
import sys
import threading
import time

SILENT, GREETING, HEAD, UPLOAD, READER, IDLE, IDLE2 = KINDS = (
    "before the handshake", "in the handshake", "in a head", "in a body", "reading nothing", "idle, HTTP/1.1",
    "idle, HTTP/2")
ANSWER_BYTES = 1 << 20
IDLE_BYTES = 200


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """A frame of HTTP/2 (RFC 9113, section 4.1)."""
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


class SlowPeer:
    """Holds connections from an address of its own, 127.0.0.2.

    `interval` is how often each of those that send something sends a byte, in seconds.
    """

    def __init__(self, port: int, authority: str, host: str, interval: float):
        self.port = port
        self.authority = authority
        self.host = host
        self.interval = interval
        self.held: list[tuple[str, socket.socket]] = []
        self.tls, self.tls2 = (self.context(name) for name in ("http/1.1", "h2"))
        self.dribblers: list[socket.socket] = []
        self.ends = threading.Event()
        threading.Thread(target=self.dribble, daemon=True).start()

    def context(self, protocol: str) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.authority)
        context.set_alpn_protocols([protocol])
        return context

    def open(self, kind: str, count: int) -> None:
        begin = {SILENT: self.silent, GREETING: self.greeting, IDLE2: self.idle2}.get(kind, self.http)
        for _ in range(count):
            raw = socket.socket()
            if kind == READER:
                # The kernels are to hold little of the answer: it is the gateway that has to. Theirs grow by the number
                # of segments that may be on the way.
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
            raw.settimeout(30)
            raw.bind(("127.0.0.2", 0))
            raw.connect(("127.0.0.1", self.port))
            self.held.append((kind, begin(raw, kind)))

    def silent(self, raw: socket.socket, _: str) -> socket.socket:
        return raw

    def greeting(self, raw: socket.socket, _: str) -> socket.socket:
        """Says hello, and then nothing about what the server has to say."""
        output = ssl.MemoryBIO()
        try:
            self.tls.wrap_bio(ssl.MemoryBIO(), output, server_hostname=self.host).do_handshake()
        except ssl.SSLWantReadError:
            raw.sendall(output.read())
        return raw

    def http(self, raw: socket.socket, kind: str) -> socket.socket:
        connection = self.tls.wrap_socket(raw, server_hostname=self.host)
        request, more = {
            HEAD: ("GET /", "X-Slow: "),
            UPLOAD: ("PUT /sink", "Content-Length: 100000\r\n\r\n"),
            READER: (f"GET /stream?{ANSWER_BYTES}", "\r\n"),
            IDLE: (f"GET /stream?{IDLE_BYTES}", "\r\n"),
        }[kind]
        connection.sendall(f"{request} HTTP/1.1\r\nHost: {self.host}\r\n{more}".encode())
        if kind == IDLE:
            answer = b""
            while len(answer.partition(b"\r\n\r\n")[2]) < IDLE_BYTES:
                answer += self.received(connection)
        if kind in (HEAD, UPLOAD):
            self.dribblers.append(connection)
        return connection

    def idle2(self, raw: socket.socket, _: str) -> socket.socket:
        """Asks once over HTTP/2, and stays."""
        connection = self.tls2.wrap_socket(raw, server_hostname=self.host)
        path, host = f"/stream?{IDLE_BYTES}".encode(), self.host.encode()
        # GET https by the static table, then path and authority (RFC 7541, sections 6.1 and 6.2.2).
        block = b"\x82\x87\x04" + bytes([len(path)]) + path + b"\x01" + bytes([len(host)]) + host
        connection.sendall(
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0) + frame(4, 1, 0) + frame(1, 5, 1, block))
        received, ended = b"", False
        while not ended:
            received += self.received(connection)
            while len(received) >= 9 and len(received) >= (end := 9 + int.from_bytes(received[:3], "big")):
                ended = ended or received[4] & 1 == 1 and received[8] == 1
                received = received[end:]
        return connection

    def received(self, connection: socket.socket) -> bytes:
        piece = connection.recv(65536)
        if not piece:
            raise SystemExit("a slow connection was closed before it was slow")
        return piece

    def dribble(self) -> None:
        """One byte more on each connection that is in the midst of something, evenly over time."""
        position, owed = 0, 0.0
        while not self.ends.wait(0.02):
            waiting = self.dribblers
            owed += len(waiting) * 0.02 / self.interval
            while owed >= 1 and waiting:
                owed -= 1
                position = (position + 1) % len(waiting)
                try:
                    waiting[position].send(b"a")
                except OSError:
                    pass  # Counted by `ended`.

    def ended(self) -> dict[str, int]:
        """How many the gateway has ended, by kind. Of those that read nothing nobody can tell."""
        poll = select.poll()
        kinds = {}
        for kind, connection in self.held:
            poll.register(connection, select.POLLRDHUP)
            kinds[connection.fileno()] = kind
        found: dict[str, int] = {}
        for descriptor, _ in poll.poll(0):
            found[kinds[descriptor]] = found.get(kinds[descriptor], 0) + 1
        return found

    def is_cut_off(self, connection: socket.socket) -> bool:
        """Reads what there is of an answer: whether it ends before it should."""
        count = 0
        try:
            while piece := connection.recv(1 << 20):
                count += len(piece)
        except TimeoutError:
            return False
        except OSError:
            pass
        return count < ANSWER_BYTES

    def close(self) -> None:
        self.ends.set()
        self.dribblers = []
        for _, connection in self.held:
            connection.close()
        self.held = []


def main() -> None:
    port, authority, host, count = sys.argv[1:]
    peer = SlowPeer(int(port), authority, host, interval=0.5)
    for kind in KINDS:
        peer.open(kind, int(count))
    print(f"open: {len(peer.held)}", flush=True)
    end = time.monotonic() + 120
    while sum(peer.ended().values()) < len(peer.held) - int(count) and time.monotonic() < end:
        time.sleep(0.2)
    # They hear of it once they have read what the kernel holds for them.
    time.sleep(5)
    ended = peer.ended()
    ended[READER] = sum(peer.is_cut_off(connection) for kind, connection in peer.held if kind == READER)
    for kind in KINDS:
        print(f"{kind}: {ended.get(kind, 0)}")


if __name__ == "__main__":
    main()
