"""WebSockets through the gateway: a client and a server that many use, and pages in a browser."""

import json

import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from streams import open_socket


@pytest.fixture(scope="module")
def cookie(stack):
    return stack.run("session", "create", "olivia").split()[-1]


@pytest.mark.parametrize("compression", [None, "deflate"])
def test_messages_of_every_size_come_back(sockets, cookie, compression):
    with open_socket(sockets, cookie=cookie, compression=compression) as connection:
        for size in (0, 1, 125, 126, 65535, 65536, 1 << 20, 4 << 20):
            message = bytes(index * 7 % 256 for index in range(min(size, 1000))) * (size // 1000 + 1)
            connection.send(message[:size])
            assert connection.recv(timeout=60) == message[:size]
        connection.send("Grüße aus Detroit")
        assert connection.recv(timeout=60) == "Grüße aus Detroit"
        assert connection.ping().wait(60)


def test_many_messages_keep_their_order_for_a_slow_reader(sockets, cookie):
    with open_socket(sockets, cookie=cookie, max_queue=2) as connection:
        connection.send("burst")
        assert [int(connection.recv(timeout=60).split()[0]) for _ in range(1000)] == list(range(1000))


def test_the_application_is_told_who_it_is_and_sees_no_cookie_of_ours(sockets, cookie):
    with open_socket(sockets, cookie=cookie) as connection:
        connection.send("headers")
        headers = {name.lower(): value for name, value in json.loads(connection.recv(timeout=60))}
    assert headers["x-gatehouse-user"] == "olivia"
    assert headers["upgrade"] == "websocket"
    assert "cookie" not in headers


def test_the_reason_of_a_close_arrives(sockets, cookie):
    with open_socket(sockets, cookie=cookie) as connection:
        connection.send("close")
        with pytest.raises(ConnectionClosedError) as closed:
            connection.recv(timeout=60)
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4000, "as you wish")


@pytest.mark.parametrize(
    "path, origin, status",
    [("/sockets/x", "https://evil.example", 403), ("/sockets/x", "null", 403), ("/sockets/shared/x", "https://evil.example", 403)],
)
def test_a_page_of_another_site_gets_no_socket(sockets, cookie, path, origin, status):
    with pytest.raises(InvalidStatus) as refused:
        open_socket(sockets, path, cookie=cookie, origin=origin)
    assert refused.value.response.status_code == status
    assert json.loads(refused.value.response.body)["code"] == "origin_refused"


def test_nobody_gets_no_socket(sockets):
    with pytest.raises(InvalidStatus) as refused:
        open_socket(sockets)
    assert refused.value.response.status_code == 401


# What a page says once its socket told it something, or failed.
SCRIPT = """
const [url, done] = arguments;
const socket = new WebSocket(url);
socket.onopen = () => socket.send("hello");
socket.onmessage = message => { done(message.data); socket.close(); };
socket.onerror = () => done("refused");
"""


def test_a_page_of_the_host_and_one_that_is_named_get_theirs_and_others_do_not(sockets, person):
    def from_page(path):
        person.driver.set_script_timeout(60)
        return person.driver.execute_async_script(SCRIPT, f"wss://localhost:{sockets.port}{path}")

    person.visit("localhost")
    person.sign_in("olivia")
    assert from_page("/sockets/x") == "hello"
    person.visit("spc.localhost", "/plants/detroit/")
    # Anyone may open both, so it is the page's origin that makes the difference.
    assert from_page("/sockets/shared/x") == "hello"
    assert from_page("/sockets/open/x") == "refused"
