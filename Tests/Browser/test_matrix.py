"""Each feature of HTTP, from clients of either protocol to applications of either, through the program that ships.

Every test here runs four times: HTTP/1.1 and HTTP/2 on the one side, HTTP/1.1 and HTTP/2 on the other.
"""

import signal
import threading
import time

import pytest

from http_peers import PATIENCE, Gone
from matrix import CLIENTS, LARGE, Behaviour

APPLICATIONS = {"HTTP/1.1": "http1", "HTTP/2": "http2"}
# What may be on its way at most, in all the buffers between here and there; the kernel's are the most of it.
ON_ITS_WAY = 12 << 20


class Way:
    """From one kind of client to one kind of application."""

    def __init__(self, matrix, client, application):
        self.matrix, self.kind, self.application = matrix, client, application
        matrix.behaviour = self.behaviour = Behaviour()
        self.client = matrix.client(client)

    def begin(self, method, name, client=None, **options):
        return (client or self.client).begin(method, f"/{APPLICATIONS[self.application]}/{name}", **options)

    def ask(self, method, name, body=b"", *, length=0, fields=()):
        call = self.begin(method, name, fields=fields, length=len(body) if length == 0 else length)

        def send():
            try:
                call.send(body)
                call.end()
            except (OSError, Gone):
                pass  # the answer says why

        # Who sends all before it listens waits forever for one who answers as it reads.
        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        answer = call.answer()
        sender.join(PATIENCE)
        # An answer that begins before the request has ended is the last of its connection (HTTP/1.1).
        if answer["connection"] == "close":
            self.reconnect()
        return answer

    def reconnect(self):
        self.client.close()
        self.client = self.matrix.client(self.kind)


@pytest.fixture(params=[(client, application) for client in CLIENTS for application in APPLICATIONS], ids=" to ".join)
def way(matrix, request):
    way = Way(matrix, *request.param)
    yield way
    way.behaviour.go_on.set()
    # Whatever it was, the gateway serves on, over the same connections to the application.
    way.reconnect()
    assert way.ask("GET", "echo").status == 200
    way.client.close()


def settle(value):
    """Waits until it changes no more, and returns it."""
    last = None
    while last != (last := value()):
        time.sleep(1)
    return last


# -- Messages


@pytest.mark.parametrize("length_is_told", [True, False], ids=["length told", "length not told"])
def test_bodies_of_every_size_come_back(way, length_is_told):
    for size in (0, 1, 16 << 10, (64 << 10) + 1, 3 << 20):
        body = (b"0123456789abcdef" * (size // 16 + 1))[:size]
        answer = way.ask("POST", "echo" if length_is_told else "stream", body, length=size if length_is_told else None)
        assert (answer.status, answer.is_complete) == (200, True)
        assert answer.body == body
        assert (answer["content-length"] == str(size)) == length_is_told


def test_both_sides_may_speak_at_once(way):
    call = way.begin("POST", "stream", length=None)
    for number in range(50):
        call.send(b"%03d" % number)
        heard = b""
        while len(heard) < 3:
            heard += call.read()
        assert heard == b"%03d" % number
    call.end()
    assert call.answer().is_complete


def test_trailers_arrive(way):
    answer = way.ask("GET", "trailers")
    assert (answer.body, answer.is_complete) == (b"body", True)
    assert answer.trailers == [("x-sum", "7")]
    assert way.ask("GET", "echo").trailers == []


def test_early_hints_arrive(way):
    answer = way.ask("GET", "hints")
    assert (answer.interim, answer.status, answer.body) == ([103], 200, b"page")


@pytest.mark.parametrize("method, status", [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_an_answer_may_have_no_body(way, method, status):
    for _ in range(2):
        answer = way.ask(method, f"nothing?{status}")
        assert (answer.status, answer.body, answer.is_complete, answer["etag"]) == (status, b"", True, '"1"')


def test_an_answer_may_come_before_the_body(way):
    call = way.begin("POST", "early", length=50 << 20)
    try:
        for _ in range(16):
            call.send(bytes(1 << 16))
    except (OSError, Gone):
        pass
    answer = call.answer()
    assert (answer.status, answer.body) == (403, b"no")


# -- Broken off


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_application_that_breaks_off_before_its_answer_is_a_502(way, method):
    answer = way.ask(method, "no_head", b"x" if method == "POST" else b"")
    assert (answer.status, answer.is_complete) == (502, True)
    assert b'"code":"upstream_closed"' in answer.body


@pytest.mark.parametrize("name", ["half", "half_of_unknown"])
def test_half_an_answer_is_not_taken_for_a_whole(way, name):
    answer = way.ask("GET", name)
    assert answer.status == 200 and len(answer.body) <= 50_000 and not answer.is_complete


@pytest.mark.parametrize("end", ["reset", "leave"])
@pytest.mark.parametrize("name, length", [("upload", 1 << 20), ("upload", None), ("wait", 0)])
def test_an_application_hears_of_a_client_that_breaks_off_before_the_answer(way, name, length, end):
    call = way.begin("POST" if length != 0 else "GET", name, length=length)
    if length != 0:
        call.send(bytes(100_000))
    assert way.behaviour.began.wait(PATIENCE)
    getattr(call, end)()
    assert way.behaviour.gone.wait(PATIENCE)


@pytest.mark.parametrize("end", ["reset", "leave"])
@pytest.mark.parametrize("name", ["endless", "pause"])
def test_an_application_hears_of_a_client_that_breaks_off_in_an_answer(way, name, end):
    call = way.begin("GET", name)
    assert call.read()
    getattr(call, end)()
    assert way.behaviour.gone.wait(PATIENCE)


# -- Slow


def test_a_client_that_reads_slowly_slows_the_application(way):
    call = way.begin("GET", "large")
    count = len(call.read())
    assert settle(lambda: way.behaviour.progress) < ON_ITS_WAY
    while piece := call.read():
        count += len(piece)
    assert count == LARGE


def test_an_application_that_reads_slowly_slows_the_client(way):
    call = way.begin("POST", "slow", length=LARGE)
    sent = 0

    def send():
        nonlocal sent
        for _ in range(LARGE >> 14):
            call.send(bytes(1 << 14))
            sent += 1 << 14
        call.end()

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    assert way.behaviour.began.wait(PATIENCE)
    assert settle(lambda: sent) < ON_ITS_WAY
    way.behaviour.go_on.set()
    sender.join(PATIENCE)
    assert call.answer().body == str(LARGE).encode()


# -- Another protocol, and the end


def test_a_websocket_is_opened_and_carries_both_ways(way):
    call = way.client.open_socket(f"/{APPLICATIONS[way.application]}/switch")
    assert call.result.status == (101 if way.kind == "HTTP/1.1" else 200)
    for text in (b"hello", b"again"):
        call.say(text)
        heard = b""
        while len(heard) < len(text):
            heard += call.hear()
        assert heard == text
    # The key is the application's to prove something with over HTTP/1.1 alone.
    assert ("sec-websocket-key" in dict(way.behaviour.fields)) == (way.application == "HTTP/1.1")
    call.leave()
    if way.application == "HTTP/1.1":
        assert way.behaviour.gone.wait(PATIENCE)


def test_what_runs_when_the_gateway_stops_comes_to_its_end(way):
    port = way.matrix.start("draining")
    process = way.matrix.stack.processes[-1]
    client = way.matrix.client(way.kind, port)
    call = way.begin("GET", "hold", client)
    assert call.head().status == 200
    process.send_signal(signal.SIGTERM)
    end = time.monotonic() + PATIENCE
    while not client.is_going and time.monotonic() < end:
        time.sleep(0.01)
    assert client.is_going
    way.behaviour.go_on.set()
    answer = call.answer()
    assert (answer.body, answer.is_complete) == (b"begin, end", True)
    client.close()
    assert process.wait(PATIENCE) == 0
