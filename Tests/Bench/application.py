#!/usr/bin/env python3
"""An application to put behind a gateway under load: it says how long a body was and what its SHA-256 is.

usage: application.py PORT [SOCKETS]

On PORT `GET /…?N` is answered with N bytes, as `text/event-stream` with N events, and a body with its length and digest. On SOCKETS are WebSockets, where
every message comes back; they take the package `websockets`.
"""

import asyncio
import hashlib
import sys
from collections.abc import AsyncIterator

BLOCK = bytes(range(256)) * 256


async def body(reader: asyncio.StreamReader, fields: dict[bytes, bytes]) -> AsyncIterator[bytes]:
    """The body of a request, piece by piece."""
    if fields.get(b"transfer-encoding") == b"chunked":
        while size := int(await reader.readline(), 16):
            yield await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readline()
        return
    left = int(fields.get(b"content-length", 0))
    while left > 0:
        piece = await reader.read(min(left, 65536))
        if not piece:
            raise asyncio.IncompleteReadError(b"", left)
        left -= len(piece)
        yield piece


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head[:-4].split(b"\r\n")
    method, target, _ = first.split(b" ")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
    if method in (b"PUT", b"POST"):
        count, digest = 0, hashlib.sha256()
        async for piece in body(reader, fields):
            count += len(piece)
            digest.update(piece)
        text = f"{count} {digest.hexdigest()}".encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text))
        return await writer.drain()
    if fields.get(b"accept") == b"text/event-stream":
        return await tell(writer, int(target.partition(b"?")[2]))
    left = int(target.partition(b"?")[2] or 200)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % left)
    while left > 0:
        writer.write(BLOCK[: min(left, len(BLOCK))])
        left -= min(left, len(BLOCK))
        await writer.drain()
    await writer.drain()


async def tell(writer: asyncio.StreamWriter, count: int) -> None:
    """Server-sent events, fifty a second."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
    for number in range(count):
        event = b"data: %d\n\n" % number
        writer.write(b"%x\r\n%s\r\n" % (len(event), event))
        await writer.drain()
        await asyncio.sleep(0.02)
    writer.write(b"0\r\n\r\n")
    await writer.drain()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            await answer(reader, writer)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def echo(connection) -> None:
    async for message in connection:
        await connection.send(message)


async def main(port: int, sockets: int | None) -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", port, backlog=4096)
    if sockets is None:
        return await server.serve_forever()
    from websockets.asyncio.server import serve as serve_sockets

    async with serve_sockets(echo, "127.0.0.1", sockets, max_size=4 << 20, compression=None):
        await server.serve_forever()


asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None))
