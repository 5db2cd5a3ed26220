#!/usr/bin/env python3
"""Asks over and over on kept connections, and counts what went wrong.

usage: steady.py PORT CA HOST PATH SECONDS CLIENTS

Each client keeps its connection for as long as the server says that it may, and opens another when it is told that an
answer was the last, or was itself so slow in asking again that the server may have closed it. Anything but 200, and any
connection that breaks, counts as a failure. Prints `answered failed` and then the failures.
"""

import socket
import ssl
import sys
import threading
import time

port, authority, host, path, seconds, clients = sys.argv[1:]
context = ssl.create_default_context(cafile=authority)
end = time.monotonic() + float(seconds)
lock = threading.Lock()
# A server that ends waits for a second after an answer whether another request comes.
IDLE_MAX = 0.5
answered = 0
failures: list[str] = []


def connect() -> ssl.SSLSocket:
    return context.wrap_socket(socket.create_connection(("127.0.0.1", int(port)), timeout=20), server_hostname=host)


def ask(connection: ssl.SSLSocket) -> bool:
    """Asks once. Whether the connection can be used again."""
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        part = connection.recv(65536)
        if not part:
            raise ConnectionError(f"closed after {len(answer)} bytes of an answer")
        answer += part
    head, body = answer.split(b"\r\n\r\n", 1)
    lines = head.lower().split(b"\r\n")
    if b" 200 " not in lines[0] + b" ":
        raise ConnectionError(lines[0].decode())
    fields = dict(line.split(b": ", 1) for line in lines[1:])
    while len(body) < int(fields[b"content-length"]):
        part = connection.recv(65536)
        if not part:
            raise ConnectionError("closed in the middle of a body")
        body += part
    return fields.get(b"connection") != b"close"


def client() -> None:
    global answered
    connection, since = None, 0.0
    while time.monotonic() < end:
        try:
            if connection is None or time.monotonic() - since > IDLE_MAX:
                connection = connect()
            keeps = ask(connection)
            since = time.monotonic()
            with lock:
                answered += 1
            if not keeps:
                connection.close()
                connection = None
        except (OSError, ConnectionError) as error:
            connection = None
            with lock:
                failures.append(f"{type(error).__name__}: {error}")
        time.sleep(0.002)


threads = [threading.Thread(target=client) for _ in range(int(clients))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(answered, len(failures))
print("\n".join(failures[:10]))
