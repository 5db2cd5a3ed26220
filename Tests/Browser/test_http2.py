"""HTTP/2 as a browser and a library that many use speak it: pages, WebSockets by extended CONNECT, and clients that err."""

import json
import socket
import ssl

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.settings
import pytest

PATIENCE = 60


@pytest.fixture(scope="module")
def cookie(stack):
    return stack.run("session", "create", "olivia").split()[-1]


class Client:
    """A client of HTTP/2 that does what it is told."""

    def __init__(self, stack):
        context = ssl.create_default_context(cafile=str(stack.folder / "tls/ca.pem"))
        context.set_alpn_protocols(["h2"])
        raw = socket.create_connection(("127.0.0.1", stack.port), timeout=PATIENCE)
        self.socket = context.wrap_socket(raw, server_hostname="localhost")
        assert self.socket.selected_alpn_protocol() == "h2"
        # What the library would refuse to send, the gateway must refuse to take.
        self.http2 = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=True, header_encoding="utf-8", validate_outbound_headers=False, normalize_outbound_headers=False))
        self.authority = f"localhost:{stack.port}"
        self.events = []
        self.ended = False
        self.http2.initiate_connection()
        self.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def flush(self):
        self.socket.sendall(self.http2.data_to_send())

    def step(self):
        received = self.socket.recv(65536)
        self.ended = not received
        for event in self.http2.receive_data(received) if received else []:
            self.events.append(event)
            if isinstance(event, h2.events.DataReceived) and event.flow_controlled_length:
                self.http2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        self.flush()

    def wait_for(self, kind, stream=None):
        """The first event of a kind, of one stream if it is named; None when the connection ends before."""
        while True:
            for event in self.events:
                if isinstance(event, kind) and (stream is None or event.stream_id == stream):
                    return event
            if self.ended:
                return None
            self.step()

    def ask(self, *fields, ends=True):
        """Sends a head as it is given; the number of its stream."""
        stream = self.http2.get_next_available_stream_id()
        self.http2.send_headers(stream, fields, end_stream=ends)
        self.flush()
        return stream

    def answer(self, stream):
        """Status, fields and body."""
        head = self.wait_for(h2.events.ResponseReceived, stream)
        assert head is not None, self.events
        self.wait_for(h2.events.StreamEnded, stream)
        fields = dict(head.headers)
        return int(fields[":status"]), fields, self.data(stream)

    def data(self, stream, length=0):
        """What has come on a stream, once it is so long or the connection has ended."""
        while True:
            data = b"".join(
                event.data for event in self.events if isinstance(event, h2.events.DataReceived) and event.stream_id == stream)
            if len(data) >= length or self.ended:
                return data
            self.step()


def test_the_browser_speaks_it_for_pages_and_all_that_they_load(person):
    person.visit("localhost")
    protocols = person.driver.execute_script(
        "return performance.getEntries().filter(e => 'nextHopProtocol' in e).map(e => [e.entryType, e.nextHopProtocol])")
    assert ["navigation", "h2"] in protocols
    assert {protocol for _, protocol in protocols} == {"h2"}


def test_a_websocket_of_a_page_shares_the_connection(sockets, person):
    """Chromium opens one over HTTP/2 when the page's connection says that it may (RFC 8441)."""
    person.visit("localhost")
    person.sign_in("olivia")
    person.driver.set_script_timeout(PATIENCE)
    headers = json.loads(person.driver.execute_async_script(
        """
        const [url, done] = arguments;
        const socket = new WebSocket(url);
        socket.onopen = () => socket.send("headers");
        socket.onmessage = message => { done(message.data); socket.close(); };
        socket.onerror = () => done("null");
        """, f"wss://localhost:{sockets.port}/sockets/shared-connection"))
    assert dict((name.lower(), value) for name, value in headers)["x-gatehouse-user"] == "olivia"

    def line():
        for line in sockets.lines(sockets.folder / "gateway.log"):
            if "/sockets/shared-connection" in line:
                return json.loads(line)

    entry = sockets.wait_for(line, sockets.folder / "gateway.log")
    assert (entry["protocol"], entry["status"]) == ("HTTP/2", 200)


def test_a_library_opens_a_websocket(sockets, cookie):
    with Client(sockets) as client:
        client.wait_for(h2.events.RemoteSettingsChanged)
        assert client.http2.remote_settings.enable_connect_protocol == 1
        stream = client.ask(
            (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"), (":authority", client.authority),
            (":path", "/sockets/x"), ("sec-websocket-version", "13"), ("cookie", f"__Host-gatehouse={cookie}"), ends=False)
        head = dict(client.wait_for(h2.events.ResponseReceived, stream).headers)
        assert head[":status"] == "200" and "sec-websocket-accept" not in head
        # A masked text frame, and the same without a mask back.
        client.http2.send_data(stream, bytes([0x81, 0x85, 0, 0, 0, 0]) + b"hello")
        client.flush()
        assert client.data(stream, 7) == bytes([0x81, 5]) + b"hello"


GOOD = ((":method", "GET"), (":scheme", "https"), (":authority", "localhost"), (":path", "/"))


@pytest.mark.parametrize("head", [
    pytest.param((*GOOD, ("X-Upper", "1")), id="upper case (RFC 9113, 8.2.1)"),
    pytest.param((*GOOD, ("connection", "close")), id="a connection field (8.2.2)"),
    pytest.param((*GOOD, ("transfer-encoding", "chunked")), id="transfer-encoding (8.2.2)"),
    pytest.param((*GOOD, ("te", "gzip")), id="te that is not trailers (8.2.2)"),
    pytest.param((*GOOD, (":path", "/")), id="a pseudo-field twice (8.3)"),
    pytest.param((*GOOD, (":status", "200")), id="a pseudo-field of answers (8.3)"),
    pytest.param((*GOOD, (":unknown", "1")), id="an unknown pseudo-field (8.3)"),
    pytest.param((GOOD[0], ("x-a", "1"), *GOOD[1:]), id="a pseudo-field after others (8.3)"),
    pytest.param(GOOD[1:], id="no method (8.3.1)"),
    pytest.param((GOOD[0], *GOOD[2:]), id="no scheme (8.3.1)"),
    pytest.param(GOOD[:3], id="no path (8.3.1)"),
    pytest.param((*GOOD[:3], (":path", "")), id="an empty path (8.3.1)"),
    pytest.param((*GOOD, ("content-length", "5")), id="a length without its body (8.1.1)"),
])
def test_a_malformed_head_ends_its_stream_and_no_other(stack, head):
    with Client(stack) as client:
        reset = client.wait_for(h2.events.StreamReset, client.ask(*head))
        assert reset is not None and reset.error_code == h2.errors.ErrorCodes.PROTOCOL_ERROR
        status, _, body = client.answer(client.ask(*GOOD))
        assert status == 401 and b"sign_in_required" in body
