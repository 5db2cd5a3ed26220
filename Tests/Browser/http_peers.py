"""What applications and clients of HTTP/1.1 and HTTP/2 have in common, down to the reset."""

import queue
import socket
import struct
import threading

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings

# For what ends on a machine that does much else.
PATIENCE = 60
PIECE = 16 << 10


class Gone(Exception):
    """The other side has broken off."""


def cut(connection):
    """Ends a connection at once, so that the other side hears of a reset and not of an end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Reader:
    """Bytes of a connection, by line, by count and by chunk."""

    def __init__(self, connection):
        self.connection, self.buffer = connection, b""

    def fill(self):
        try:
            piece = self.connection.recv(1 << 16)
        except OSError as error:
            raise Gone from error
        if not piece:
            raise Gone
        self.buffer += piece

    def line(self):
        while b"\r\n" not in self.buffer:
            self.fill()
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line.decode()

    def fields(self):
        fields = []
        while line := self.line():
            name, _, value = line.partition(":")
            fields.append((name.lower(), value.strip()))
        return fields

    def some(self, most):
        if not self.buffer:
            self.fill()
        piece, self.buffer = self.buffer[:most], self.buffer[most:]
        return piece


class Body:
    """A body of HTTP/1.1, piece by piece."""

    def __init__(self, reader, fields, *, is_empty=False):
        fields = dict(fields)
        self.reader, self.trailers = reader, []
        self.is_chunked = fields.get("transfer-encoding") == "chunked"
        self.left = 0 if is_empty else int(fields.get("content-length", 0))
        self.is_over = is_empty or not (self.is_chunked or self.left)

    def read(self):
        """The next piece; nothing at the end."""
        if self.is_chunked and not self.left and not self.is_over:
            self.left = int(self.reader.line(), 16)
            if not self.left:
                self.trailers, self.is_over = self.reader.fields(), True
        if self.is_over:
            return b""
        piece = self.reader.some(min(self.left, PIECE))
        self.left -= len(piece)
        if not self.left:
            if self.is_chunked:
                assert self.reader.line() == ""
            else:
                self.is_over = True
        return piece


class Stream:
    """One stream of a session, for whoever works on it."""

    def __init__(self, session, number):
        self.session, self.number = session, number
        self.events = queue.Queue()
        self.is_gone = False

    def next(self):
        event = self.events.get(timeout=PATIENCE)
        if event is None or isinstance(event, h2.events.StreamReset):
            self.is_gone = True
            raise Gone
        return event

    def take(self, event):
        """Lets the other side send as much again."""
        if event.flow_controlled_length:
            self.session.do(lambda h2_: h2_.acknowledge_received_data(event.flow_controlled_length, self.number))

    def write(self, data, *, ends=False):
        while data or ends:
            room = self.session.wait_for_room(self)
            piece, data = data[:room], data[room:]
            self.session.do(lambda h2_: h2_.send_data(self.number, piece, end_stream=ends and not data))
            if not data:
                return

    def reset(self, code):
        self.session.do(lambda h2_: h2_.reset_stream(self.number, code))


class Session:
    """One connection of HTTP/2, its reader a thread of its own."""

    def __init__(self, connection, is_client):
        self.connection, self.is_client, self.unread = connection, is_client, b""
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=is_client, header_encoding="utf-8"))
        if not is_client:
            # Streams may carry other protocols (RFC 8441).
            self.h2.local_settings = h2.settings.Settings(
                client=False, initial_values={**self.h2.local_settings, h2.settings.SettingCodes.ENABLE_CONNECT_PROTOCOL: 1})
        self.streams = {}
        self.changed = threading.Condition(threading.RLock())
        self.is_over = self.is_going = False
        self.do(lambda h2_: h2_.initiate_connection())
        # Bodies that a test leaves unread must not hold up those of the next: only the streams' own windows count.
        self.do(lambda h2_: h2_.increment_flow_control_window(1 << 30))

    def do(self, change):
        """Changes something, and sends what comes of it."""
        with self.changed:
            try:
                result = change(self.h2)
                self.connection.sendall(self.h2.data_to_send())
            except (OSError, h2.exceptions.ProtocolError) as error:
                raise Gone from error
            return result

    def wait_for_room(self, stream):
        with self.changed:
            while not stream.is_gone and not self.is_over:
                try:
                    room = min(self.h2.local_flow_control_window(stream.number), self.h2.max_outbound_frame_size)
                except h2.exceptions.ProtocolError as error:
                    raise Gone from error
                if room > 0:
                    return room
                self.changed.wait(PATIENCE)
            raise Gone

    def read(self, opened=None):
        """Passes on what comes, until the end of the connection."""
        try:
            while data := self.connection.recv(1 << 16):
                with self.changed:
                    events = self.h2.receive_data(self.without_goaway(data) if self.is_client else data)
                    self.connection.sendall(self.h2.data_to_send())
                    for event in events:
                        self.pass_on(event, opened)
                    self.changed.notify_all()
        except (OSError, h2.exceptions.ProtocolError):
            pass
        with self.changed:
            self.is_over = True
            for stream in self.streams.values():
                stream.events.put(None)
            self.changed.notify_all()
        self.connection.close()

    def without_goaway(self, data):
        """Takes note of GOAWAY itself: the library hears nothing more after it, though streams go on."""
        self.unread += data
        frames = b""
        while len(self.unread) >= 9 and len(self.unread) >= (end := 9 + int.from_bytes(self.unread[:3], "big")):
            frame, self.unread = self.unread[:end], self.unread[end:]
            if frame[3] == 7:
                self.is_going = True
            else:
                frames += frame
        return frames

    def pass_on(self, event, opened):
        if isinstance(event, h2.events.RequestReceived):
            stream = self.streams[event.stream_id] = Stream(self, event.stream_id)
            threading.Thread(target=opened, args=(stream, event), daemon=True).start()
        elif stream := self.streams.get(getattr(event, "stream_id", None)):
            if isinstance(event, h2.events.StreamReset):
                stream.is_gone = True
            stream.events.put(event)
