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


def h2load(stack, name: str, path: str, *options: str) -> tuple[int, str]:
    """Runs a load over HTTP/2, and returns how many requests were answered, which must all be with 200."""
    arguments = ["taskset", "-c", str(LOAD_CORE), "h2load", "-t1", *options, "-H", f":authority: {stack.host}"]
    if name.startswith("gatehouse"):
        arguments += ["-H", f"cookie: __Host-gatehouse={stack.cookie}"]
    text = subprocess.run(
        [*arguments, f"https://127.0.0.1:{stack.ports[name]}{path}"], check=True, text=True, capture_output=True).stdout
    done, failed = re.search(r"(\d+) done, \d+ succeeded, (\d+) failed", text).groups()
    # Of those that the end of the time cuts off, some have their status already.
    if failed != "0" or not 0 < int(done) <= int(re.search(r"status codes: (\d+) 2xx", text)[1]):
        raise SystemExit(f"{name}: requests were lost or refused:\n{text}")
    return int(done), text


def load_bodies_http1(stack, name, seconds, cookies=None):
    """Answers with large bodies, on eight connections, with wrk: h2load does not end over HTTP/1.1."""
    text = subprocess.run(
        ["taskset", "-c", str(LOAD_CORE), "wrk", "-t1", "-c8", f"-d{seconds}s", "--timeout", "10s", "-H",
         f"Host: {stack.host}", "-H", f"Cookie: __Host-gatehouse={stack.cookie}",
         f"https://127.0.0.1:{stack.ports[name]}{stack.large_path}"], check=True, text=True, capture_output=True).stdout
    if "Non-2xx" in text or "Socket errors" in text:
        raise SystemExit(f"{name}: requests were lost or refused:\n{text}")
    return int(re.search(r"(\d+) requests in", text)[1]), text


def load_bodies_http2(stack, name, seconds, cookies=None):
    """The same over HTTP/2, two streams on each connection, with windows that a fast line needs."""
    return h2load(stack, name, stack.large_path, "-c8", "-m2", "-w20", "-W24", f"-D{seconds}")


def load_handshakes(stack, name, seconds, cookies=None):
    """Full handshakes, one request on each connection, as many as come in the time. h2load resumes no session."""
    until, answered = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        answered += h2load(stack, name, stack.path, "-c100", "-n100")[0]
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
