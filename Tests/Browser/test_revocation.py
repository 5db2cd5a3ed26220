"""What goes on ends as soon as the right to it is taken away, by whatever means, and nothing else does."""

import subprocess
from contextlib import ExitStack, closing

import pytest
from websockets.exceptions import ConnectionClosedError

from stack import PASSWORD
from streams import EventSource, Listener, open_socket


@pytest.fixture(scope="module")
def events(stack):
    server = EventSource(stack.events)
    yield server
    server.shutdown()


@pytest.fixture
def people(stack, request):
    """Two who may, by the same role in the same plant, with a cookie each."""
    names = [f"{name}-{request.node.callspec.id}" for name in ("wanda", "walter")]
    for name in names:
        stack.run("user", "create", name, "--status", "active", stdin=PASSWORD + "\n")
        stack.run("role", "grant", name, "lyon", "supervisor")
    return names, [stack.run("session", "create", name).split()[-1] for name in names]


def sql(stack, text):
    subprocess.run(["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--command", text, stack.database],
                   check=True, capture_output=True, timeout=60)


WHOSE = "user_id = (SELECT id FROM users WHERE username = '{0}')"


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(f"DELETE FROM user_plant_role WHERE {WHOSE}", id="role"),
        pytest.param(f"UPDATE user_plant_role SET role = 'operator' WHERE {WHOSE}", id="lower-role"),
        pytest.param(f"UPDATE user_plant_role SET expires_at = now() + interval '1 second' WHERE {WHOSE}", id="grant-ends"),
        pytest.param(f"UPDATE user_sessions SET revoked_at = now(), revocation_reason = 'revoked' WHERE {WHOSE}", id="session"),
        pytest.param("UPDATE users SET status = 'suspended' WHERE username = '{0}'", id="suspended"),
    ],
)
def test_a_right_that_is_gone_ends_what_goes_on_by_it(sockets, events, people, statement):
    names, cookies = people
    with ExitStack() as opened:
        def listen(cookie, protocol):
            return opened.enter_context(closing(Listener(sockets, "/events/plants/lyon/x", cookie, protocol)))

        tunnels = [opened.enter_context(open_socket(sockets, "/sockets/plants/lyon/x", cookie=cookie)) for cookie in cookies]
        lost, kept = [[listen(cookie, protocol) for protocol in ("http1.1", "http2")] for cookie in cookies]
        events.news = "old"
        for listener in lost + kept:
            listener.wait_for("old")

        sql(sockets, statement.format(names[0]))

        with pytest.raises(ConnectionClosedError) as closed:
            tunnels[0].recv(timeout=60)
        assert closed.value.rcvd.code == 1008
        assert lost[0].wait_for_end() in (18, 56)
        assert lost[1].wait_for_end() == 92

        # What the other one has goes on.
        tunnels[1].send("still there?")
        assert tunnels[1].recv(timeout=60) == "still there?"
        events.news = "new"
        for listener in kept:
            listener.wait_for("new")
