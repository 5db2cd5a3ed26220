"""What connections cost beside small requests: full handshakes, large bodies, and connections of HTTP/2 that wait."""

import re
import socket
import ssl
import struct
import subprocess
import time
from pathlib import Path

from processes import LOAD_CORE, children, resident_kib

LARGE_BYTES = 1024 * 1024
HEADERS, SETTINGS, GOAWAY = 1, 4, 7
END_STREAM, ACK, END_HEADERS = 1, 1, 4


def h2load(port: int, path: str, host: str, cookie: str | None, *options: str, http1: bool = False) -> int:
    """Runs one load, and returns how many requests were answered with 200, which must be all."""
    arguments = ["taskset", "-c", str(LOAD_CORE), "h2load", "-t1", *options]
    arguments += ["--h1", "-H", f"Host: {host}"] if http1 else ["-H", f":authority: {host}"]
    if cookie:
        arguments += ["-H", f"cookie: __Host-gatehouse={cookie}"]
    text = subprocess.run(
        [*arguments, f"https://127.0.0.1:{port}{path}"], check=True, text=True, capture_output=True).stdout
    done, failed = re.search(r"(\d+) done, \d+ succeeded, (\d+) failed", text).groups()
    if failed != "0" or re.search(r"status codes: (\d+) 2xx", text)[1] != done or done == "0":
        raise SystemExit(f"requests were lost or refused:\n{text}")
    return int(done)


def load_bodies(http1: bool):
    """A load of answers with large bodies, on eight connections."""

    def load(stack, name, seconds, cookies=None):
        cookie = stack.cookie if name.startswith("gatehouse") else None
        streams = [] if http1 else ["-m2", "-w20", "-W24"]
        return h2load(stack.ports[name], stack.large_path, stack.host, cookie, "-c8", *streams, f"-D{seconds}",
                      http1=http1), ""

    return load


def load_handshakes(stack, name, seconds, cookies=None):
    """Full handshakes, one request on each connection, as many as come in the time. h2load resumes no session."""
    cookie = stack.cookie if name.startswith("gatehouse") else None
    until, answered = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        answered += h2load(stack.ports[name], stack.path, stack.host, cookie, "-c100", "-n100", http1=True)
    return answered, ""


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def literal(name: bytes, value: bytes) -> bytes:
    """A field that no table remembers (RFC 7541, section 6.2.2); both parts are short."""
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


def open_http2(stack, name: str, context: ssl.SSLContext) -> ssl.SSLSocket:
    """A connection that had one answer, and was told all that there is to know about it."""
    connection = context.wrap_socket(
        socket.create_connection(("127.0.0.1", stack.ports[name])), server_hostname=stack.host)
    head = b"\x82\x87" + literal(b":path", stack.path.encode()) + literal(b":authority", stack.host.encode())
    head += literal(b"cookie", f"__Host-gatehouse={stack.cookie}".encode())
    connection.sendall(
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0) + frame(HEADERS, END_HEADERS | END_STREAM, 1, head))
    received = b""
    while True:
        while len(received) < 9 or len(received) < 9 + int.from_bytes(received[:3], "big"):
            piece = connection.recv(65536)
            if not piece:
                raise SystemExit(f"{name} ended a connection of HTTP/2")
            received += piece
        length, kind, flags = int.from_bytes(received[:3], "big"), received[3], received[4]
        stream, received = int.from_bytes(received[5:9], "big"), received[9 + length:]
        if kind == SETTINGS and not flags & ACK:
            connection.sendall(frame(SETTINGS, ACK, 0))
        if kind == GOAWAY:
            raise SystemExit(f"{name} sent GOAWAY")
        if stream == 1 and flags & END_STREAM and kind in (0, HEADERS):
            return connection


def idle_http2_kib(stack, name: str, count: int) -> float:
    """KiB of resident memory that an idle connection of HTTP/2 costs, after one request each."""
    pid = stack.processes[name].pid
    pid = next(iter(children(pid)), pid)
    context = ssl.create_default_context(cafile=str(Path(stack.bench.folder) / "tls/ca.pem"))
    context.set_alpn_protocols(["h2"])
    held = [open_http2(stack, name, context) for _ in range(100)]
    time.sleep(2)
    before = resident_kib(pid)
    held += [open_http2(stack, name, context) for _ in range(count)]
    time.sleep(3)
    after = resident_kib(pid)
    for connection in held:
        connection.close()
    return (after - before) / count
