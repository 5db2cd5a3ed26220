"""A client of HTTP/2 under load: one connection, and streams that are asked, answered, talked over and broken off."""

import asyncio
import ssl

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings


class Broken(Exception):
    """The stream or its connection ended before its time."""


class Stream:
    """One stream: what was heard on it, in order."""

    def __init__(self, connection: "Connection", number: int):
        self.connection, self.number = connection, number
        self.heard: asyncio.Queue[h2.events.Event | None] = asyncio.Queue()
        self.room = asyncio.Event()
        self.is_over = False

    async def head(self) -> dict[str, str]:
        while True:
            event = await self.next()
            if isinstance(event, h2.events.ResponseReceived):
                return dict(event.headers)

    async def read(self) -> bytes:
        """What came next of the body; nothing at its end."""
        while not self.is_over:
            event = await self.next()
            if isinstance(event, h2.events.DataReceived):
                self.connection.do(lambda http2: http2.acknowledge_received_data(event.flow_controlled_length, self.number))
                if event.data:
                    return event.data
            elif isinstance(event, h2.events.StreamEnded):
                self.is_over = True
        return b""

    async def next(self) -> h2.events.Event:
        event = await self.heard.get()
        if event is None:
            raise Broken("the connection ended")
        if isinstance(event, h2.events.StreamReset):
            raise Broken(f"the stream was reset: {event.error_code}")
        return event

    async def send(self, data: bytes, *, ends: bool = False) -> None:
        http2 = self.connection.http2
        while data:
            if self.connection.is_over:
                raise Broken("the connection ended")
            try:
                room = min(http2.local_flow_control_window(self.number), http2.max_outbound_frame_size, len(data))
            except h2.exceptions.ProtocolError as error:
                raise Broken(str(error)) from error
            if room == 0:
                self.room.clear()
                await self.room.wait()
                continue
            piece, data = data[:room], data[room:]
            self.connection.do(lambda http2: http2.send_data(self.number, piece, end_stream=ends and not data))
            await self.connection.writer.drain()

    def end(self) -> None:
        self.connection.do(lambda http2: http2.end_stream(self.number))

    def reset(self) -> None:
        self.connection.do(lambda http2: http2.reset_stream(self.number, h2.errors.ErrorCodes.CANCEL))


class Connection:
    """One connection; `open` before anything is asked."""

    def __init__(self, port: int, host: str, authority: str):
        self.port, self.host = port, host
        self.tls = ssl.create_default_context(cafile=authority)
        self.tls.set_alpn_protocols(["h2"])
        self.writer = None

    async def open(self) -> None:
        if self.writer and not self.is_over:
            return
        self.close()
        self.reader, self.writer = await asyncio.open_connection(
            "127.0.0.1", self.port, ssl=self.tls, server_hostname=self.host)
        self.http2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.streams: dict[int, Stream] = {}
        self.greeted, self.is_over = asyncio.Event(), False
        self.http2.initiate_connection()
        self.flush()
        self.reading = asyncio.create_task(self.read())
        await self.greeted.wait()

    def close(self) -> None:
        """Goes, whatever it is doing."""
        if self.writer:
            self.reading.cancel()
            self.writer.transport.abort()
        self.writer = None

    def flush(self) -> None:
        if data := self.http2.data_to_send():
            self.writer.write(data)

    def do(self, change):
        try:
            result = change(self.http2)
        except h2.exceptions.ProtocolError as error:
            raise Broken(str(error)) from error
        self.flush()
        return result

    def begin(self, *fields: tuple[str, str], ends: bool = True) -> Stream:
        head = [(":method", "GET"), (":scheme", "https"), (":authority", f"{self.host}:{self.port}"), (":path", "/")]
        given = dict(fields)
        head = [(name, given.pop(name, value)) for name, value in head]
        pseudo = [field for field in given.items() if field[0].startswith(":")]
        head += pseudo + [field for field in given.items() if field not in pseudo]
        number = self.http2.get_next_available_stream_id()
        stream = self.streams[number] = Stream(self, number)
        self.do(lambda http2: http2.send_headers(number, head, end_stream=ends))
        return stream

    def forget(self, stream: Stream) -> None:
        """Wants to hear no more of a stream; what was not read counts as read."""
        self.streams.pop(stream.number, None)
        while not stream.heard.empty():
            event = stream.heard.get_nowait()
            if isinstance(event, h2.events.DataReceived):
                self.http2.acknowledge_received_data(event.flow_controlled_length, stream.number)

    async def read(self) -> None:
        try:
            while data := await self.reader.read(65536):
                for event in self.http2.receive_data(data):
                    self.pass_on(event)
                self.flush()
        except (OSError, h2.exceptions.ProtocolError):
            pass
        finally:
            self.is_over = True
            self.greeted.set()
            for stream in self.streams.values():
                stream.heard.put_nowait(None)
                stream.room.set()

    def pass_on(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.RemoteSettingsChanged):
            self.greeted.set()
        if isinstance(event, (h2.events.WindowUpdated, h2.events.RemoteSettingsChanged)):
            for stream in self.streams.values():
                stream.room.set()
        elif stream := self.streams.get(getattr(event, "stream_id", None)):
            if isinstance(event, h2.events.StreamReset):
                stream.room.set()
            stream.heard.put_nowait(event)
        elif isinstance(event, h2.events.DataReceived):
            self.http2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
