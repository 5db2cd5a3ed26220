#!/usr/bin/env python3
"""Applications of HTTP/2 to put behind a gateway under load: one that does as `application.py` does, and one of gRPC.

usage: http2_application.py PORT GRPC

On PORT `GET /…?N` is answered with N bytes, and a body with its length and digest; `?reset` is reset before the answer, and
`?half` in its midst; as `text/event-stream` it is N events. A WebSocket that is asked for by an extended CONNECT (RFC 8441)
repeats what it hears. After some thousand requests a connection takes no more (GOAWAY), finishes what it has, and closes. On
GRPC are the four kinds of calls, whose messages come back.
"""

import asyncio
import hashlib
import random
import sys

import grpc
import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.settings
from hyperframe.frame import GoAwayFrame

from websocket_frames import PING, PONG, frames, plain

BLOCK = bytes(range(256)) * 256


class Stream:
    def __init__(self, fields: dict[str, str]):
        self.fields = fields
        self.count, self.digest = 0, hashlib.sha256()
        # Of a WebSocket, what is no whole frame yet.
        self.unread = b""
        self.room = asyncio.Event()


class Connection(asyncio.Protocol):
    """One connection of a gateway's."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.http2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self.http2.local_settings = h2.settings.Settings(client=False, initial_values={
            h2.settings.SettingCodes.ENABLE_CONNECT_PROTOCOL: 1, h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: 100,
            h2.settings.SettingCodes.MAX_HEADER_LIST_SIZE: 65536})
        self.http2.initiate_connection()
        self.streams: dict[int, Stream] = {}
        self.tasks: set[asyncio.Task] = set()
        # How many requests there may be before no more are taken; and the last one that is, once that is told.
        self.requests, self.last = random.randrange(2000, 6000), None
        self.may_write = asyncio.Event()
        self.may_write.set()
        self.flush()

    def flush(self) -> None:
        if data := self.http2.data_to_send():
            self.transport.write(data)

    def pause_writing(self) -> None:
        self.may_write.clear()

    def resume_writing(self) -> None:
        self.may_write.set()

    def connection_lost(self, _: Exception | None) -> None:
        for task in self.tasks:
            task.cancel()

    def data_received(self, data: bytes) -> None:
        try:
            for event in self.http2.receive_data(data):
                self.take(event)
        except h2.exceptions.ProtocolError as error:
            print(f"the gateway erred: {error}", file=sys.stderr, flush=True)
            self.flush()
            return self.transport.close()
        self.flush()

    def take(self, event: h2.events.Event) -> None:
        number = getattr(event, "stream_id", 0)
        if isinstance(event, (h2.events.WindowUpdated, h2.events.RemoteSettingsChanged)):
            for stream in self.streams.values():
                stream.room.set()
        elif isinstance(event, h2.events.RequestReceived):
            self.begin(number, dict(event.headers))
        elif stream := self.streams.get(number):
            self.go_on(number, stream, event)
        elif isinstance(event, h2.events.DataReceived):
            self.http2.acknowledge_received_data(event.flow_controlled_length, number)

    def begin(self, number: int, fields: dict[str, str]) -> None:
        if self.last is not None:
            return  # It is asked again elsewhere.
        self.streams[number] = Stream(fields)
        if fields[":method"] == "CONNECT":
            self.http2.send_headers(number, [(":status", "200")])
        self.requests -= 1
        if self.requests == 0:
            self.last = number
            # The library would have all streams end with it.
            self.http2._data_to_send += GoAwayFrame(0, last_stream_id=number).serialize()

    def go_on(self, number: int, stream: Stream, event: h2.events.Event) -> None:
        match event:
            case h2.events.DataReceived():
                self.http2.acknowledge_received_data(event.flow_controlled_length, number)
                if stream.fields[":method"] == "CONNECT":
                    self.run(number, self.echo(number, stream, event.data))
                else:
                    stream.count += len(event.data)
                    stream.digest.update(event.data)
            case h2.events.StreamEnded():
                self.run(number, self.finish(number, stream))
            case h2.events.StreamReset():
                self.forget(number)

    def run(self, number: int, work) -> None:
        async def guarded():
            try:
                await work
            except (h2.exceptions.ProtocolError, KeyError):
                self.forget(number)  # The gateway has gone on.

        task = asyncio.create_task(guarded())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def forget(self, number: int) -> None:
        if stream := self.streams.pop(number, None):
            stream.room.set()
        if self.last is not None and not self.streams:
            self.flush()
            self.transport.close()

    async def echo(self, number: int, stream: Stream, data: bytes) -> None:
        whole, stream.unread = frames(stream.unread + data)
        for opcode, payload in whole:
            await self.send(number, stream, plain(PONG if opcode == PING else opcode, payload))

    async def finish(self, number: int, stream: Stream) -> None:
        method, query = stream.fields[":method"], stream.fields[":path"].partition("?")[2]
        if method == "CONNECT":
            self.http2.end_stream(number)
        elif method in ("PUT", "POST"):
            text = f"{stream.count} {stream.digest.hexdigest()}".encode()
            self.http2.send_headers(number, [(":status", "200"), ("content-length", str(len(text)))])
            await self.send(number, stream, text, ends=True)
        elif query == "reset":
            self.http2.reset_stream(number, h2.errors.ErrorCodes.INTERNAL_ERROR)
        elif query == "half":
            self.http2.send_headers(number, [(":status", "200"), ("content-length", "1000")])
            await self.send(number, stream, bytes(500))
            self.http2.reset_stream(number, h2.errors.ErrorCodes.INTERNAL_ERROR)
        elif stream.fields.get("accept") == "text/event-stream":
            self.http2.send_headers(number, [(":status", "200"), ("content-type", "text/event-stream")])
            for event in range(int(query)):
                await self.send(number, stream, b"data: %d\n\n" % event, ends=event + 1 == int(query))
                await asyncio.sleep(0.02)
        else:
            left = int(query or 200)
            self.http2.send_headers(number, [(":status", "200"), ("content-length", str(left))], end_stream=left == 0)
            while left > 0:
                piece = BLOCK[: min(left, len(BLOCK))]
                left -= len(piece)
                await self.send(number, stream, piece, ends=left == 0)
        self.flush()
        self.forget(number)

    async def send(self, number: int, stream: Stream, data: bytes, *, ends: bool = False) -> None:
        """Sends as the windows let it, and as the gateway reads."""
        while data:
            room = min(self.http2.local_flow_control_window(number), self.http2.max_outbound_frame_size, len(data))
            if room == 0:
                stream.room.clear()
                await stream.room.wait()
                self.streams[number]
                continue
            piece, data = data[:room], data[room:]
            self.http2.send_data(number, piece, end_stream=ends and not data)
            self.flush()
            await self.may_write.wait()


class Calls(grpc.GenericRpcHandler):
    """Answers under whatever name it is called by; messages are bytes."""

    def service(self, details):
        match details.method.rsplit("/", 1)[1]:
            case "Unary":
                return grpc.unary_unary_rpc_method_handler(self.unary)
            case "ServerStream":
                return grpc.unary_stream_rpc_method_handler(self.server_stream)
            case "ClientStream":
                return grpc.stream_unary_rpc_method_handler(self.client_stream)
            case "Bidirectional":
                return grpc.stream_stream_rpc_method_handler(self.bidirectional)

    async def unary(self, message, _):
        return message

    async def server_stream(self, message, _):
        for number in range(int(message)):
            yield number.to_bytes(4) * 500
            await asyncio.sleep(0.005)

    async def client_stream(self, messages, _):
        return str(sum([len(message) async for message in messages])).encode()

    async def bidirectional(self, messages, _):
        async for message in messages:
            yield message


async def main(port: int, grpc_port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", port, backlog=4096)
    calls = grpc.aio.server(handlers=[Calls()], options=[("grpc.so_reuseport", 0)])
    calls.add_insecure_port(f"127.0.0.1:{grpc_port}")
    await calls.start()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:3])))
