"""What clients do in a soak: each kind of request once, over a connection of HTTP/1.1 or HTTP/2, or a channel of gRPC."""

import asyncio
import hashlib
import random
import re
import ssl
import subprocess
import time

import grpc
from websockets.asyncio.client import connect as connect_socket
from websockets.exceptions import ConnectionClosed, InvalidHandshake

import http2_client
from gateway import HOST, Gateway
from websocket_frames import BINARY, frames, masked

# To an application of HTTP/1.1, and to one of HTTP/2.
PATHS = ("/plants/detroit/x", "/plants/detroit/multiplexed/x")
SOCKETS = ("/sockets/x", "/sockets/multiplexed/x")


class Failed(Exception):
    """A request that did not end as it should have."""

class Connection:
    """One connection of HTTP/1.1 that is kept as long as the gateway keeps it."""

    def __init__(self, clients: "Clients"):
        self.clients = clients
        self.writer = None

    async def open(self) -> None:
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(
                "127.0.0.1", self.clients.gateway.port, ssl=self.clients.tls, server_hostname=HOST)

    def close(self) -> None:
        if self.writer:
            self.writer.transport.abort()
        self.writer = None

    def begin(self, method: str, target: str, *fields: str) -> None:
        cookie = f"Cookie: __Host-gatehouse={self.clients.gateway.cookie}"
        lines = [f"{method} {target} HTTP/1.1", f"Host: {HOST}", cookie, *fields]
        self.writer.write("\r\n".join([*lines, "", ""]).encode())

    async def finish(self, pause: float = 0, status: int = 200) -> bytes:
        """The body of the answer, which must have this status."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        pieces = []
        if b"\ntransfer-encoding: chunked" in head:
            while size := int(await self.reader.readuntil(b"\n"), 16):
                pieces.append(await self.reader.readexactly(size))
                await self.reader.readexactly(2)
            await self.reader.readline()
            length = 0
        else:
            length = int(re.search(rb"\ncontent-length: (\d+)", head)[1])
        while length > 0:
            piece = await self.reader.read(min(length, 65536))
            if not piece:
                raise Failed(f"cut off {length} bytes before the end")
            length -= len(piece)
            pieces.append(piece)
            await asyncio.sleep(pause)
        if b"\nconnection: close" in head:
            self.close()
        if head.split(b" ", 2)[1] != b"%d" % status:
            raise Failed(f"{head[:12]!r} {b''.join(pieces)[:200]!r}")
        return b"".join(pieces)

class Clients:
    """All that ask one gateway, and the account of how it went."""

    def __init__(self, gateway: Gateway, account):
        self.gateway, self.account = gateway, account
        self.tls = ssl.create_default_context(cafile=gateway.authority)

    async def repeatedly(self, kind: str, once) -> None:
        connection = (
            http2_client.Connection(self.gateway.port, HOST, str(self.gateway.authority))
            if kind.startswith("HTTP/2") else Connection(self))
        try:
            while True:
                if not await self.count(kind, once(connection)):
                    connection.close()
        finally:
            connection.close()

    async def count(self, kind: str, work) -> bool:
        """Does something once, and whether it went well."""
        begin = time.monotonic()
        try:
            async with asyncio.timeout(60):
                await work
            self.account.done[kind] += 1
            return True
        except (
            Failed, OSError, EOFError, ConnectionClosed, InvalidHandshake, http2_client.Broken, grpc.aio.AioRpcError,
        ) as error:
            text = f"{error.code()} {error.details()}" if isinstance(error, grpc.aio.AioRpcError) else error
            self.account.failures.append((begin, time.monotonic(), f"{kind}: {type(error).__name__}: {text}"))
            await asyncio.sleep(0.1)
            return False

    async def get(self, connection: Connection) -> None:
        await connection.open()
        size = random.choice((0, 200, 200, 200, 5000, 60000))
        connection.begin("GET", f"{random.choice(PATHS)}?{size}")
        if len(await connection.finish()) != size:
            raise Failed("not all of it")
        await asyncio.sleep(random.uniform(0, 0.02))

    async def upload(self, connection: Connection) -> None:
        await connection.open()
        size = random.randrange(1 << 21)
        content = random.randbytes(min(size, 4096)) * (size // 4096 + 1)
        content = content[:size]
        if random.random() < 0.5:
            connection.begin("PUT", random.choice(PATHS), f"Content-Length: {size}")
            connection.writer.write(content)
        else:
            connection.begin("PUT", random.choice(PATHS), "Transfer-Encoding: chunked")
            for start in range(0, size, 40000):
                piece = content[start : start + 40000]
                connection.writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                await connection.writer.drain()
            connection.writer.write(b"0\r\n\r\n")
        await connection.writer.drain()
        if await connection.finish() != f"{size} {hashlib.sha256(content).hexdigest()}".encode():
            raise Failed("another body arrived")
        await asyncio.sleep(0.05)

    async def download(self, connection: Connection) -> None:
        await connection.open()
        connection.begin("GET", f"{random.choice(PATHS)}?4000000")
        if len(await connection.finish(pause=0.01)) != 4_000_000:
            raise Failed("not all of it")

    async def abort(self, connection: Connection) -> None:
        """Breaks off somewhere: before the head's end, in a body, in an answer."""
        await connection.open()
        path = random.choice(PATHS)
        match random.randrange(5):
            case 0:
                connection.writer.write(b"GET /plants/detroit/x HTTP/1.1\r\nHo")
            case 1:
                connection.begin("PUT", path, "Content-Length: 1000000")
                connection.writer.write(bytes(random.randrange(1000000)))
            case 2:
                connection.begin("GET", f"{path}?4000000")
                await connection.reader.read(random.randrange(1, 200000))
            case 3:
                connection.begin("GET", path)
            case 4:
                connection.begin("GET", f"{path}?1000", "Accept: text/event-stream")
                await connection.reader.read(random.randrange(1, 2000))
        await asyncio.sleep(random.uniform(0, 0.1))
        connection.close()

    async def talk(self, _: Connection) -> None:
        """A WebSocket that says some things, and closes in order or just goes."""
        cookie = {"Cookie": f"__Host-gatehouse={self.gateway.cookie}"}
        async with connect_socket(
            f"wss://{HOST}:{self.gateway.port}{random.choice(SOCKETS)}", host="127.0.0.1", ssl=self.tls, additional_headers=cookie,
            max_size=4 << 20, compression=None,
        ) as socket:
            for _ in range(random.randrange(1, 40)):
                message = random.randbytes(random.choice((0, 10, 125, 126, 1000, 70000)))
                await socket.send(message)
                if await socket.recv() != message:
                    raise Failed("another message came back")
                self.account.done["messages"] += 1
                await asyncio.sleep(random.uniform(0, 0.1))
            if random.random() < 0.3:
                socket.transport.abort()

    async def events(self, connection: Connection) -> None:
        """Server-sent events, all of them, as they come."""
        await connection.open()
        count = random.randrange(1, 200)
        connection.begin("GET", f"{random.choice(PATHS)}?{count}", "Accept: text/event-stream")
        if await connection.finish() != b"".join(b"data: %d\n\n" % event for event in range(count)):
            raise Failed("other events came")

    async def suffer(self, connection: Connection) -> None:
        """Answers that an application resets: before they begin, and in their midst."""
        await connection.open()
        connection.begin("GET", "/brittle/x?reset")
        await connection.finish(status=502)
        await connection.open()
        connection.begin("GET", "/brittle/x?half")
        try:
            await connection.finish()
        except (Failed, EOFError, OSError) as error:
            if isinstance(error, Failed) and not str(error).startswith("cut off"):
                raise
            return connection.close()
        raise Failed("half an answer was taken for a whole")

    # The same over HTTP/2: one stream after the other, on a connection that is kept.

    def ask(self, connection: http2_client.Connection, target: str, *fields: tuple[str, str], ends: bool = True):
        cookie = ("cookie", f"__Host-gatehouse={self.gateway.cookie}")
        return connection.begin((":path", target), cookie, *fields, ends=ends)

    async def http2_events(self, connection: http2_client.Connection) -> None:
        """Several at once, some of which are broken off."""
        await connection.open()

        async def one() -> None:
            count, stop = random.randrange(1, 200), random.choice((None, None, 1))
            stream = self.ask(connection, f"{random.choice(PATHS)}?{count}", ("accept", "text/event-stream"))
            try:
                head = await stream.head()
                text = b""
                while piece := await stream.read():
                    text += piece
                    if stop and len(text) > 500:
                        return stream.reset()
            finally:
                connection.forget(stream)
            if head[":status"] != "200" or text != b"".join(b"data: %d\n\n" % event for event in range(count)):
                raise Failed(f"{head[':status']}, and other events came")

        for outcome in await asyncio.gather(*(one() for _ in range(4)), return_exceptions=True):
            if outcome is not None:
                raise outcome

    async def http2_talk(self, connection: http2_client.Connection) -> None:
        """A WebSocket by extended CONNECT (RFC 8441)."""
        await connection.open()
        stream = self.ask(
            connection, random.choice(SOCKETS), (":method", "CONNECT"), (":protocol", "websocket"),
            ("sec-websocket-version", "13"), ends=False)
        try:
            status = (await stream.head())[":status"]
            if status != "200":
                raise Failed(f"{status} to an extended CONNECT")
            unread = b""
            for _ in range(random.randrange(1, 40)):
                message = random.randbytes(random.choice((0, 10, 125, 126, 1000, 70000)))
                await stream.send(masked(BINARY, message))
                while not (found := frames(unread))[0]:
                    if not (piece := await stream.read()):
                        raise Failed("the tunnel ended")
                    unread += piece
                if found != ([(BINARY, message)], b""):
                    raise Failed("another message came back")
                unread = b""
                self.account.done["HTTP/2 messages"] += 1
                await asyncio.sleep(random.uniform(0, 0.1))
            if random.random() < 0.3:
                stream.reset()
            else:
                stream.end()
        finally:
            connection.forget(stream)

    async def calls(self, kind: str) -> None:
        """gRPC over a channel that is kept for a while: all four kinds of calls, and some that are given up."""
        options = [
            ("grpc.ssl_target_name_override", HOST), ("grpc.enable_http_proxy", 0), ("grpc.enable_retries", 0),
            ("grpc.use_local_subchannel_pool", 1)]
        credentials = grpc.ssl_channel_credentials(self.gateway.authority.read_bytes())
        while True:
            async with grpc.aio.secure_channel(f"ipv4:127.0.0.1:{self.gateway.port}", credentials, options) as channel:
                for _ in range(50):
                    await self.count(kind, self.call(channel))

    async def call(self, channel: grpc.aio.Channel) -> None:
        options = {"metadata": [("cookie", f"__Host-gatehouse={self.gateway.cookie}")], "timeout": 50}
        messages = [random.randbytes(random.choice((0, 10, 1000, 50000))) for _ in range(random.randrange(1, 20))]

        async def spoken():
            for message in messages:
                yield message
                await asyncio.sleep(random.uniform(0, 0.02))

        match random.randrange(5):
            case 0:
                if await channel.unary_unary("/soak.Calls/Unary")(messages[0], **options) != messages[0]:
                    raise Failed("another message came back")
            case 1:
                stream = channel.unary_stream("/soak.Calls/ServerStream")(b"%d" % len(messages), **options)
                if [message async for message in stream] != [number.to_bytes(4) * 500 for number in range(len(messages))]:
                    raise Failed("other messages came")
            case 2:
                heard = await channel.stream_unary("/soak.Calls/ClientStream")(spoken(), **options)
                if int(heard) != sum(map(len, messages)):
                    raise Failed("not all messages arrived")
            case 3:
                stream = channel.stream_stream("/soak.Calls/Bidirectional")(spoken(), **options)
                if [message async for message in stream] != messages:
                    raise Failed("other messages came back")
            case 4:
                stream = channel.unary_stream("/soak.Calls/ServerStream")(b"10000", **options)
                await stream.read()
                stream.cancel()

    async def http2(
        self, kind: str, count: int, query: str, *options: str, abort: bool = False, path: str = PATHS[0]
    ) -> None:
        """Rounds of h2load, each with connections of its own."""
        while True:
            begin = time.monotonic()
            process = await asyncio.create_subprocess_exec(
                "h2load", f"-n{count}", "-c8", "-m10", "-t1", *options,
                "--connect-to", f"127.0.0.1:{self.gateway.port}",
                "-H", f"Cookie: __Host-gatehouse={self.gateway.cookie}", f"https://{HOST}{path}?{query}",
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if abort:
                await asyncio.sleep(random.uniform(0.05, 1))
                if process.returncode is None:
                    process.kill()
                await process.communicate()
                self.account.done[kind] += 1
                continue
            text = (await process.communicate())[0].decode()
            found = re.search(r"status codes: (\d+) 2xx", text)
            good = int(found[1]) if found else 0
            self.account.done[kind] += good
            if good < count:
                problem = f"{kind}: {count - good} of {count} failed: {text}"
                self.account.failures.append((begin, time.monotonic(), problem))
            await asyncio.sleep(0.5)
