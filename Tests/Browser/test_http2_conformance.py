"""What RFC 9113 asks of a server whose client errs, section by section, through the program that ships.

The cases are those of h2spec and some more. Each is one connection: it is brought into a state, some frames are sent, and
the gateway must do what the RFC says, and nothing else.
"""

import struct
from dataclasses import dataclass

import pytest

from http2_frames import (
    ACK, COMPRESSION_ERROR, CONTINUATION, DATA, END_HEADERS, END_STREAM, FLOW_CONTROL_ERROR, FRAME_MAX, FRAME_SIZE_ERROR,
    GOAWAY, HEADERS, NO_ERROR, PADDED, PING, PREFACE, PRIORITISED, PRIORITY, PROTOCOL_ERROR, PUSH_PROMISE, RST_STREAM, SETTINGS,
    STREAM_CLOSED, UNKNOWN, WINDOW_UPDATE, FrameClient, block, continuation, data, frame, headers, literal, number, ping,
    request, reset, settings, window,
)
from matrix import Behaviour

ECHO, UPLOAD, SLOW = "/http1/echo", "/http1/upload", "/http1/slow"
# The last stream of a test, to see whether the connection still serves.
LAST = 0x7FFFFFFF


# -- What the gateway must do


@dataclass(frozen=True)
class Ends:
    """The connection ends, for this reason (section 5.4.1)."""

    code: int

    def check(self, client, before):
        assert not client.settle(), f"It goes on: {client.frames}"
        after = client.frames[before:]
        assert [frame.code for frame in after if frame.kind == GOAWAY] == [self.code], after
        assert not any(frame.kind in (DATA, HEADERS) for frame in after), after


def expect_service(client):
    """All is well with the connection, and another request is answered."""
    assert client.settle(), f"The connection ended: {client.frames}"
    assert client.find(lambda frame: frame.kind == GOAWAY) is None
    client.send(headers(LAST, request(ECHO)))
    assert client.wait_for(lambda frame: frame.stream == LAST and frame.ends), client.frames


@dataclass(frozen=True)
class Resets:
    """The stream ends, for this reason, and no other does (section 5.4.2)."""

    code: int

    def check(self, client, before):
        expect_service(client)
        resets = [(frame.stream, frame.code) for frame in client.frames[before:] if frame.kind == RST_STREAM]
        assert resets == [(1, self.code)]


@dataclass(frozen=True)
class Ignores:
    """Nothing happens."""

    def check(self, client, before):
        expect_service(client)
        assert client.find(lambda frame: frame.kind == RST_STREAM) is None, client.frames


@dataclass(frozen=True)
class Answers:
    """The application answers, with the body that it was sent."""

    body: bytes = b""

    def check(self, client, before):
        self.check_answer(client)
        Ignores().check(client, before)

    def check_answer(self, client):
        assert client.wait_for(lambda frame: frame.stream == 1 and frame.ends), client.frames
        assert client.body(1) == self.body


@dataclass(frozen=True)
class AnswersLast(Answers):
    """The same, and then the connection may end, all being well."""

    def check(self, client, before):
        self.check_answer(client)
        client.settle()
        assert all(frame.code == NO_ERROR for frame in client.frames if frame.kind == GOAWAY)


# -- What is the case before


def fresh(client, behaviour):
    """Both sides have greeted."""


def opened(client, behaviour):
    """Stream 1 is open: an application takes a body that the client has not ended."""
    client.send(headers(1, request(UPLOAD, "POST"), END_HEADERS))


def half_closed(client, behaviour):
    """Stream 1 is half-closed: the client has said all, and waits for the answer."""
    client.send(headers(1, request(SLOW)))
    assert behaviour.began.wait(60)


def was_reset(client, behaviour):
    """The client has ended stream 1 by RST_STREAM."""
    opened(client, behaviour)
    client.send(reset(1))


def answered(client, behaviour):
    """Stream 1 is closed: both sides have said all."""
    client.send(headers(1, request(ECHO)))
    assert client.wait_for(lambda frame: frame.stream == 1 and frame.ends)


def third(client, behaviour):
    """Stream 3 was the first one: stream 1 can never be opened (section 5.1.1)."""
    client.send(headers(3, request(ECHO)))
    assert client.wait_for(lambda frame: frame.stream == 3 and frame.ends)


def ninth(client, behaviour):
    """Streams 1, 3 and 9 were opened, and then stream 11; all are answered, in whatever order."""
    streams = (1, 3, 9, 11)
    client.send(b"".join(headers(stream, request(ECHO)) for stream in streams))
    for stream in streams:
        assert client.wait_for(lambda frame: frame.stream == stream and frame.ends)


# -- The cases

GET = request(ECHO)
POST = request(ECHO, "POST")


def get(*more):
    """A request with these fields as well."""
    return headers(1, request(ECHO, "GET", *more))


def head(*fields):
    return headers(1, block(*fields))


def bytewise(sent):
    return tuple(sent[place : place + 1] for place in range(len(sent)))


def sized(length, *more):
    """A request with a length, and its body to follow."""
    return headers(1, request(ECHO, "POST", ("content-length", str(length))), END_HEADERS)


CASES = [
    # section, what, in which state, what is sent, what becomes of it
    ("3.4", "a frame before SETTINGS", None, PREFACE + ping(), Ends(PROTOCOL_ERROR)),
    ("3.4", "another preface", None, b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n" + settings(), Ends(PROTOCOL_ERROR)),
    ("3.4", "a request of HTTP/1.1", None, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", Ends(PROTOCOL_ERROR)),
    ("3.4", "a greeting byte by byte", None, bytewise(PREFACE + settings() + settings(flags=ACK)), Ignores()),

    ("4.1", "a frame of an unknown type", fresh, frame(UNKNOWN, 0, 0, b"????"), Ignores()),
    ("4.1", "flags that nobody knows", fresh, ping(flags=0xFE), Ignores()),
    ("4.1", "the reserved bit of a stream's number", fresh, headers(0x80000001, GET), Answers()),
    ("4.1", "the reserved bit of PING", fresh, frame(PING, 0, 0x80000000, b"12345678"), Ignores()),
    ("4.2", "DATA as long as may be", fresh, headers(1, POST, END_HEADERS) + data(1, bytes(FRAME_MAX), END_STREAM), Answers(bytes(FRAME_MAX))),
    ("4.2", "DATA that is longer", opened, data(1, bytes(FRAME_MAX + 1)), Ends(FRAME_SIZE_ERROR)),
    ("4.2", "HEADERS that are longer", fresh, headers(1, GET + bytes(FRAME_MAX)), Ends(FRAME_SIZE_ERROR)),
    ("4.2", "SETTINGS that are longer", fresh, settings(*[(0xF0, 0)] * 2731), Ends(FRAME_SIZE_ERROR)),
    ("4.3", "a field block that cannot be read", fresh, headers(1, b"\xff\xff\xff\xff\xff\xff\xff\xff"), Ends(COMPRESSION_ERROR)),
    ("4.3", "a field block that is cut off", fresh, headers(1, GET + b"\0\x7f"), Ends(COMPRESSION_ERROR)),
    ("4.3", "PRIORITY within a field block", fresh, headers(1, GET, END_STREAM) + frame(PRIORITY, 0, 1, bytes(5)), Ends(PROTOCOL_ERROR)),
    ("4.3", "HEADERS of another stream within a field block", fresh, headers(1, GET, END_STREAM) + headers(3, GET), Ends(PROTOCOL_ERROR)),
    ("4.3", "WINDOW_UPDATE within a field block", fresh, headers(1, GET, END_STREAM) + window(0, 1), Ends(PROTOCOL_ERROR)),

    ("5.1", "DATA on an idle stream", fresh, data(1), Ends(PROTOCOL_ERROR)),
    ("5.1", "RST_STREAM on an idle stream", fresh, reset(1), Ends(PROTOCOL_ERROR)),
    ("5.1", "WINDOW_UPDATE on an idle stream", fresh, window(1, 1), Ends(PROTOCOL_ERROR)),
    ("5.1", "CONTINUATION on an idle stream", fresh, continuation(1, GET), Ends(PROTOCOL_ERROR)),
    ("5.1", "PRIORITY on an idle stream", fresh, frame(PRIORITY, 0, 1, number(0) + b"\x0f"), Ignores()),
    ("5.1", "DATA on a half-closed stream", half_closed, data(1), Ends(STREAM_CLOSED)),
    ("5.1", "HEADERS on a half-closed stream", half_closed, headers(1, GET), Ends(STREAM_CLOSED)),
    ("5.1", "CONTINUATION on a half-closed stream", half_closed, continuation(1, GET), Ends(PROTOCOL_ERROR)),
    ("5.1", "WINDOW_UPDATE on a half-closed stream", half_closed, window(1, 1), Ignores()),
    ("5.1", "PRIORITY on a half-closed stream", half_closed, frame(PRIORITY, 0, 1, number(0) + b"\x0f"), Ignores()),
    ("5.1", "RST_STREAM on a half-closed stream", half_closed, reset(1), Ignores()),
    # What comes on a closed stream may be on its way since before: it may be ignored, and is.
    ("5.1", "DATA after RST_STREAM", was_reset, data(1), Ignores()),
    ("5.1", "HEADERS after RST_STREAM", was_reset, headers(1, GET), Ignores()),
    ("5.1", "CONTINUATION after RST_STREAM", was_reset, continuation(1, GET), Ends(PROTOCOL_ERROR)),
    ("5.1", "PRIORITY after RST_STREAM", was_reset, frame(PRIORITY, 0, 1, number(0) + b"\x0f"), Ignores()),
    ("5.1", "DATA on a closed stream", answered, data(1), Ignores()),
    ("5.1", "HEADERS on a closed stream", answered, headers(1, GET), Ignores()),
    ("5.1", "CONTINUATION on a closed stream", answered, continuation(1, GET), Ends(PROTOCOL_ERROR)),
    ("5.1", "WINDOW_UPDATE on a closed stream", answered, window(1, 1), Ignores()),
    ("5.1", "RST_STREAM on a closed stream", answered, reset(1), Ignores()),
    ("5.1", "PRIORITY on a closed stream", answered, frame(PRIORITY, 0, 1, number(0) + b"\x0f"), Ignores()),
    ("5.1.1", "a stream with an even number", fresh, headers(2, GET), Ends(PROTOCOL_ERROR)),
    ("5.1.1", "a stream with a smaller number", third, headers(1, GET), Ends(PROTOCOL_ERROR)),
    ("5.1.1", "a stream with a number that was passed over", ninth, headers(5, GET), Ends(PROTOCOL_ERROR)),
    ("5.1.1", "a stream with a larger number than the next", fresh, headers(1, GET) + headers(9, GET), Answers()),
    ("5.3", "HEADERS that depend on another stream", fresh, headers(1, number(5) + b"\xff" + GET, END_HEADERS | END_STREAM | PRIORITISED), Answers()),
    ("5.4.1", "an error that ends the connection", fresh, ping(b"short"), Ends(FRAME_SIZE_ERROR)),
    ("5.5", "an unknown frame on a stream", opened, frame(UNKNOWN, 0xFF, 1, b"????"), Ignores()),
    ("5.5", "an unknown frame within a field block", fresh, headers(1, GET, END_STREAM) + frame(UNKNOWN, 0, 1), Ends(PROTOCOL_ERROR)),
    ("5.5", "unknown settings", fresh, settings((0xFF, 1), (0xFFFF, 0xFFFFFFFF)), Ignores()),

    ("6.1", "DATA on stream 0", fresh, data(0), Ends(PROTOCOL_ERROR)),
    ("6.1", "DATA with padding", fresh, headers(1, POST, END_HEADERS) + data(1, b"\x04body\0\0\0\0", END_STREAM | PADDED), Answers(b"body")),
    ("6.1", "DATA that is padding only", fresh, headers(1, POST, END_HEADERS) + data(1, b"\x03\0\0\0", END_STREAM | PADDED), Answers()),
    ("6.1", "DATA with more padding than there is", opened, data(1, b"\x05body", PADDED), Ends(PROTOCOL_ERROR)),
    ("6.1", "DATA with as much padding as there is", opened, data(1, b"\x04xyz", PADDED), Ends(PROTOCOL_ERROR)),
    ("6.1", "DATA without its field of padding", opened, data(1, b"", PADDED), Ends(PROTOCOL_ERROR)),
    ("6.2", "HEADERS on stream 0", fresh, headers(0, GET), Ends(PROTOCOL_ERROR)),
    ("6.2", "HEADERS with padding", fresh, headers(1, b"\x04" + GET + bytes(4), END_HEADERS | END_STREAM | PADDED), Answers()),
    ("6.2", "HEADERS with padding and a priority", fresh, headers(1, b"\x02" + number(0) + b"\x0f" + GET + bytes(2), END_HEADERS | END_STREAM | PADDED | PRIORITISED), Answers()),
    ("6.2", "HEADERS with more padding than there is", fresh, headers(1, bytes([len(GET) + 1]) + GET, END_HEADERS | END_STREAM | PADDED), Ends(PROTOCOL_ERROR)),
    ("6.2", "HEADERS too short for their priority", fresh, headers(1, bytes(4), END_HEADERS | END_STREAM | PRIORITISED), Ends(FRAME_SIZE_ERROR)),
    ("6.2", "a second HEADERS within a field block", fresh, headers(1, GET, END_STREAM) + headers(1, GET), Ends(PROTOCOL_ERROR)),
    ("6.3", "PRIORITY on stream 0", fresh, frame(PRIORITY, 0, 0, bytes(5)), Ends(PROTOCOL_ERROR)),
    ("6.3", "PRIORITY of another length", opened, frame(PRIORITY, 0, 1, bytes(4)), Ends(FRAME_SIZE_ERROR)),
    ("6.3", "PRIORITY of a stream that depends on itself", opened, frame(PRIORITY, 0, 1, number(1) + b"\0"), Ignores()),
    ("6.4", "RST_STREAM on stream 0", fresh, reset(0), Ends(PROTOCOL_ERROR)),
    ("6.4", "RST_STREAM of another length", opened, frame(RST_STREAM, 0, 1, bytes(3)), Ends(FRAME_SIZE_ERROR)),
    ("6.4", "RST_STREAM with a code that nobody knows", opened, reset(1, 0xFF), Ignores()),
    ("6.5", "SETTINGS that acknowledge, with values", fresh, settings((3, 1), flags=ACK), Ends(FRAME_SIZE_ERROR)),
    ("6.5", "SETTINGS on a stream", fresh, frame(SETTINGS, 0, 1), Ends(PROTOCOL_ERROR)),
    ("6.5", "SETTINGS of another length", fresh, frame(SETTINGS, 0, 0, bytes(7)), Ends(FRAME_SIZE_ERROR)),
    ("6.5.2", "ENABLE_PUSH that is neither 0 nor 1", fresh, settings((2, 2)), Ends(PROTOCOL_ERROR)),
    ("6.5.2", "INITIAL_WINDOW_SIZE beyond 2^31-1", fresh, settings((4, 0x80000000)), Ends(FLOW_CONTROL_ERROR)),
    ("6.5.2", "MAX_FRAME_SIZE below 2^14", fresh, settings((5, FRAME_MAX - 1)), Ends(PROTOCOL_ERROR)),
    ("6.5.2", "MAX_FRAME_SIZE beyond 2^24-1", fresh, settings((5, 1 << 24)), Ends(PROTOCOL_ERROR)),
    ("6.5.2", "the largest values that may be", fresh, settings((4, 0x7FFFFFFF), (5, (1 << 24) - 1), (6, 0xFFFFFFFF)) + headers(1, GET), Answers()),
    ("6.5.2", "HEADER_TABLE_SIZE of nothing", fresh, settings((1, 0)) + headers(1, GET), Answers()),
    ("8441 3", "ENABLE_CONNECT_PROTOCOL that is neither 0 nor 1", fresh, settings((8, 2)), Ends(PROTOCOL_ERROR)),
    ("9218 2.1", "NO_RFC7540_PRIORITIES that is neither 0 nor 1", fresh, settings((9, 2)), Ends(PROTOCOL_ERROR)),
    ("6.6", "PUSH_PROMISE by a client", opened, frame(PUSH_PROMISE, END_HEADERS, 1, number(2) + GET), Ends(PROTOCOL_ERROR)),
    ("6.7", "PING on a stream", fresh, frame(PING, 0, 1, b"12345678"), Ends(PROTOCOL_ERROR)),
    ("6.7", "PING of another length", fresh, ping(b"123456789"), Ends(FRAME_SIZE_ERROR)),
    ("6.7", "an answer to a PING that nobody sent", fresh, ping(flags=ACK), Ignores()),
    ("6.8", "GOAWAY on a stream", fresh, frame(GOAWAY, 0, 1, bytes(8)), Ends(PROTOCOL_ERROR)),
    ("6.8", "GOAWAY that is too short", fresh, frame(GOAWAY, 0, 0, bytes(7)), Ends(FRAME_SIZE_ERROR)),
    ("6.9", "WINDOW_UPDATE by nothing, of the connection", fresh, window(0, 0), Ends(PROTOCOL_ERROR)),
    ("6.9", "WINDOW_UPDATE by nothing, of a stream", opened, window(1, 0), Ends(PROTOCOL_ERROR)),
    ("6.9", "WINDOW_UPDATE of another length", opened, frame(WINDOW_UPDATE, 0, 1, bytes(3)), Ends(FRAME_SIZE_ERROR)),
    ("6.9.1", "windows beyond 2^31-1, of the connection", fresh, window(0, 0x7FFFFFFF), Ends(FLOW_CONTROL_ERROR)),
    ("6.9.1", "windows beyond 2^31-1, of a stream", opened, window(1, 0x7FFFFFFF) * 2, Resets(FLOW_CONTROL_ERROR)),
    ("6.9.2", "a window that grows beyond 2^31-1 by INITIAL_WINDOW_SIZE", opened, window(1, 0x7FFF0000) + settings((4, 0x7FFFFFFF)), Ends(FLOW_CONTROL_ERROR)),
    ("6.10", "a field block in many frames", fresh, headers(1, GET[:9], END_STREAM) + continuation(1, GET[9:20], 0) + continuation(1, b"", 0) + continuation(1, GET[20:]), Answers()),
    ("6.10", "CONTINUATION of another stream", fresh, headers(1, GET[:9], END_STREAM) + continuation(3, GET[9:]), Ends(PROTOCOL_ERROR)),
    ("6.10", "CONTINUATION on stream 0", fresh, headers(1, GET[:9], END_STREAM) + continuation(0, GET[9:]), Ends(PROTOCOL_ERROR)),
    ("6.10", "CONTINUATION after the end of a field block", opened, continuation(1, GET), Ends(PROTOCOL_ERROR)),
    ("6.10", "CONTINUATION after the last CONTINUATION", fresh, headers(1, GET[:9], END_STREAM) + continuation(1, GET[9:]) + continuation(1, GET), Ends(PROTOCOL_ERROR)),
    ("6.10", "CONTINUATION after DATA", opened, data(1) + continuation(1, GET), Ends(PROTOCOL_ERROR)),
    ("6.10", "DATA within a field block", fresh, headers(1, GET[:9], END_STREAM) + data(1), Ends(PROTOCOL_ERROR)),
    ("7", "GOAWAY with a code that nobody knows", fresh, headers(1, GET) + frame(GOAWAY, 0, 0, number(0) + number(0xFF)), AnswersLast()),
    ("6.8", "a request behind GOAWAY, which is about the server's streams", fresh, frame(GOAWAY, 0, 0, bytes(8)) + headers(1, GET), AnswersLast()),

    ("8.1", "a second HEADERS that does not end the stream", opened, headers(1, block(("x-a", "1")), END_HEADERS), Resets(PROTOCOL_ERROR)),
    ("8.1", "DATA after trailers", opened, headers(1, block(("x-a", "1"))) + data(1), Ends(STREAM_CLOSED)),
    ("8.1", "trailers with a pseudo-field", opened, headers(1, block((":method", "GET"))), Resets(PROTOCOL_ERROR)),
    ("8.1", "trailers", fresh, headers(1, POST, END_HEADERS) + data(1, b"body") + headers(1, block(("x-sum", "1"))), Answers(b"body")),
    ("8.1.1", "a length that is more than the body", fresh, sized(5) + data(1, b"four", END_STREAM), Resets(PROTOCOL_ERROR)),
    ("8.1.1", "a length that is less than the body", fresh, sized(3) + data(1, b"four", END_STREAM), Resets(PROTOCOL_ERROR)),
    ("8.1.1", "a length that is less than several DATA", fresh, sized(3) + data(1, b"fo") + data(1, b"ur", END_STREAM), Resets(PROTOCOL_ERROR)),
    ("8.1.1", "a length without a body", fresh, get(("content-length", "5")), Resets(PROTOCOL_ERROR)),
    ("8.1.1", "a length that is met by several DATA", fresh, sized(4) + data(1, b"fo") + data(1, b"") + data(1, b"ur", END_STREAM), Answers(b"four")),
    ("8.2.1", "a name in upper case", fresh, get(("X-Upper", "1")), Resets(PROTOCOL_ERROR)),
    ("8.2.1", "a name with a colon within", fresh, get(("x:a", "1")), Resets(PROTOCOL_ERROR)),
    ("8.2.1", "a name that is empty", fresh, get(("", "1")), Resets(PROTOCOL_ERROR)),
    ("8.2.1", "a value with a line feed", fresh, get(("x-a", "1\nx-b: 2")), Resets(PROTOCOL_ERROR)),
    ("8.2.1", "a value with NUL", fresh, get(("x-a", "1\0")), Resets(PROTOCOL_ERROR)),
    ("8.2.1", "a value that begins with a space", fresh, get(("x-a", " 1")), Resets(PROTOCOL_ERROR)),
    *[("8.2.2", f"the field {name}", fresh, get((name, "x")), Resets(PROTOCOL_ERROR))
      for name in ("connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade")],
    ("8.2.2", "te that is not trailers", fresh, get(("te", "trailers, deflate")), Resets(PROTOCOL_ERROR)),
    ("8.2.2", "te: trailers", fresh, get(("te", "trailers")), Answers()),
    ("8.3", "an unknown pseudo-field", fresh, get((":test", "1")), Resets(PROTOCOL_ERROR)),
    ("8.3", "a pseudo-field of answers", fresh, get((":status", "200")), Resets(PROTOCOL_ERROR)),
    ("8.3", "a pseudo-field after others", fresh, head((":method", "GET"), (":scheme", "https"), (":authority", "localhost"), ("x-a", "1"), (":path", ECHO)), Resets(PROTOCOL_ERROR)),
    *[("8.3", f"{name} twice", fresh, get((name, value)), Resets(PROTOCOL_ERROR))
      for name, value in ((":method", "GET"), (":scheme", "https"), (":path", ECHO), (":authority", "localhost"))],
    ("8.3.1", "no :method", fresh, head((":scheme", "https"), (":authority", "localhost"), (":path", ECHO)), Resets(PROTOCOL_ERROR)),
    ("8.3.1", "no :scheme", fresh, head((":method", "GET"), (":authority", "localhost"), (":path", ECHO)), Resets(PROTOCOL_ERROR)),
    ("8.3.1", "no :path", fresh, head((":method", "GET"), (":scheme", "https"), (":authority", "localhost")), Resets(PROTOCOL_ERROR)),
    ("8.3.1", "an empty :path", fresh, head((":method", "GET"), (":scheme", "https"), (":authority", "localhost"), (":path", "")), Resets(PROTOCOL_ERROR)),
    ("8.3.1", "no :authority, and no Host", fresh, head((":method", "GET"), (":scheme", "https"), (":path", ECHO)), Resets(PROTOCOL_ERROR)),
    ("8.3.1", "Host in place of :authority", fresh, head((":method", "GET"), (":scheme", "https"), (":path", ECHO), ("host", "localhost")), Answers()),
    ("8.5", "CONNECT with a path", fresh, head((":method", "CONNECT"), (":scheme", "https"), (":authority", "localhost"), (":path", ECHO)), Resets(PROTOCOL_ERROR)),

    ("7541 2.3.3", "an index beyond the tables", fresh, headers(1, GET + b"\xc6"), Ends(COMPRESSION_ERROR)),
    ("7541 4.2", "a change of the table's size behind a field", fresh, headers(1, GET + b"\x20"), Ends(COMPRESSION_ERROR)),
    ("7541 5.1", "a number without end", fresh, headers(1, b"\x7f" + b"\xff" * 12 + GET), Ends(COMPRESSION_ERROR)),
    ("7541 5.2", "Huffman's code with padding of more than 7 bits", fresh, headers(1, GET + b"\0\x85\xf2\xb2\x4a\x84\xff\x84\x49\x50\x9f\xff"), Ends(COMPRESSION_ERROR)),
    ("7541 5.2", "Huffman's code with padding of zeros", fresh, headers(1, GET + b"\0\x85\xf2\xb2\x4a\x84\xff\x83\x49\x50\x90"), Ends(COMPRESSION_ERROR)),
    ("7541 5.2", "Huffman's code with its end", fresh, headers(1, GET + b"\0\x85\xf2\xb2\x4a\x84\xff\x87\xff\xff\xff\xfd\x4a\x84\xff"), Ends(COMPRESSION_ERROR)),
    ("7541 6.1", "the index 0", fresh, headers(1, b"\x80" + GET), Ends(COMPRESSION_ERROR)),
    ("7541 6.3", "a table larger than allowed", fresh, headers(1, b"\x3f\xe2\x1f" + GET), Ends(COMPRESSION_ERROR)),
]


@pytest.mark.parametrize("state, sent, outcome", [pytest.param(*case, id=f"{section}: {what}") for section, what, *case in CASES])
def test_it_is_answered_as_the_rfc_has_it(matrix, state, sent, outcome):
    matrix.behaviour = behaviour = Behaviour()
    try:
        with FrameClient(matrix.port, matrix.authority) as client:
            if state:
                client.greet()
                state(client, behaviour)
            before = len(client.frames)
            for piece in sent if isinstance(sent, tuple) else (sent,):
                client.send(piece)
            outcome.check(client, before)
    finally:
        behaviour.go_on.set()


# -- What takes more than one step


@pytest.fixture
def client(matrix):
    matrix.behaviour = Behaviour()
    with FrameClient(matrix.port, matrix.authority) as client:
        yield client


def body_so_far(client, length):
    """The body of stream 1, once it has this length and the gateway has said all that it can."""
    client.wait_for(lambda _: len(client.body(1)) >= length)
    client.settle()
    return client.body(1)


def test_the_server_greets_with_its_settings(client):
    """RFC 9113, section 3.4."""
    client.send(PREFACE + settings())
    client.wait_for(lambda frame: True)
    assert (client.frames[0].kind, client.frames[0].flags, client.frames[0].stream) == (SETTINGS, 0, 0)


def test_a_ping_comes_back_as_it_was(client):
    """Section 6.7."""
    client.greet()
    client.send(ping(b"\x00\xff there"))
    assert client.wait_for(lambda frame: frame.kind == PING and frame.flags == ACK).payload == b"\x00\xff there"


def test_each_settings_frame_is_acknowledged(client):
    """Section 6.5.3."""
    client.greet()
    client.send(settings() * 3)
    client.settle()
    assert sum(frame.kind == SETTINGS and frame.flags == ACK for frame in client.frames) == 4


def test_of_two_values_of_a_setting_the_last_holds(client):
    """Section 6.5.3."""
    client.greet((4, 100), (4, 1))
    client.send(headers(1, POST, END_HEADERS) + data(1, b"hello", END_STREAM))
    assert body_so_far(client, 1) == b"h"


def test_no_more_is_sent_than_the_window_of_a_stream(client):
    """Section 6.9.1."""
    client.greet((4, 1))
    client.send(headers(1, POST, END_HEADERS) + data(1, b"hello", END_STREAM))
    assert body_so_far(client, 1) == b"h"
    client.send(window(1, 3))
    assert body_so_far(client, 4) == b"hell"
    client.send(settings((4, 2)))
    assert body_so_far(client, 5) == b"hello"


def test_no_more_is_sent_than_the_window_of_the_connection(client):
    """Section 6.9.1."""
    client.greet((4, 1 << 20))
    body = bytes(range(256)) * 1024
    for place in range(0, len(body), FRAME_MAX):
        if place == 0:
            client.send(headers(1, request("/http1/stream", "POST"), END_HEADERS))
        # As far as the gateway's window lets it.
        client.wait_for_window(1, place + FRAME_MAX)
        client.send(data(1, body[place : place + FRAME_MAX], END_STREAM if place + FRAME_MAX == len(body) else 0))
    assert body_so_far(client, 65_535) == body[:65_535]
    client.send(window(0, 1))
    assert body_so_far(client, 65_536) == body[:65_536]
    client.send(window(0, 1 << 20))
    assert body_so_far(client, len(body)) == body
    assert max(len(frame.payload) for frame in client.frames) <= FRAME_MAX


def test_a_window_may_become_negative(client):
    """Section 6.9.2."""
    client.greet((4, 3))
    client.send(headers(1, POST, END_HEADERS) + data(1, b"hello", END_STREAM))
    assert body_so_far(client, 3) == b"hel"
    client.send(settings((4, 2)))
    client.send(window(1, 1))
    assert body_so_far(client, 3) == b"hel"
    client.send(window(1, 1))
    assert body_so_far(client, 4) == b"hell"


def test_more_streams_than_were_allowed_end_the_connection(client):
    """Section 5.1.2; that a stream's error may be taken for one of the connection is in 5.4.1."""
    client.greet()
    allowed = struct.unpack(">I", client.frames[0].payload.partition(b"\0\x03")[2][:4])[0]
    client.send(b"".join(headers(2 * index + 1, request(UPLOAD, "POST"), END_HEADERS) for index in range(allowed)))
    assert client.settle()
    before = len(client.frames)
    client.send(headers(2 * allowed + 1, GET))
    Ends(PROTOCOL_ERROR).check(client, before)
