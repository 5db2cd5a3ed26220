"""gRPC through the gateway: the client and the server that everybody uses, over h2c and over TLS to the application."""

import itertools
import json
import re
import threading
import time
from concurrent import futures

import grpc
import pytest

CONFIGURATION = """
listeners:
  - address: 127.0.0.1:0
    tls:
      certificates: [{{certificate: {folder}/tls/site.pem, key: {folder}/tls/site.key}}]
database: {{url: "{database}"}}
accounts: {{public_url: "https://localhost"}}
upstreams:
  plain: {{endpoints: ["h2c://127.0.0.1:{plain}"], health: {{grpc: "", interval: 200ms, healthy_after: 1, unhealthy_after: 1, timeout: 20s}}}}
  secure:
    endpoints: ["h2://127.0.0.1:{secure}"]
    tls: {{ca: {folder}/tls/ca.pem, server_name: localhost}}
  gone: {{endpoints: ["h2c://127.0.0.1:1"]}}
routes:
  - {{name: plain, match: {{host: localhost, path: "/test.Plain/**"}}, require: signed_in, identity: gatehouse, upstream: plain, body: unlimited}}
  - {{name: secure, match: {{host: localhost, path: "/test.Secure/**"}}, require: signed_in, identity: gatehouse, upstream: secure, body: unlimited}}
  - {{name: small, match: {{host: localhost, path: "/test.Small/**"}}, require: signed_in, upstream: secure, body: 100KiB}}
  - {{name: engineers, match: {{host: localhost, path: "/test.Engineers/**"}}, plant: detroit, require: {{role: engineer}}, upstream: secure}}
  - {{name: gone, match: {{host: localhost, path: "/test.Gone/**"}}, require: anyone, upstream: gone}}
  - name: rated
    match: {{host: localhost, path: "/test.Rated/**"}}
    require: anyone
    rate: {{per: address, requests: 2, window: 1h}}
    upstream: secure
"""

# For what ends on a machine that does much else.
PATIENCE = 60


class Wait:
    """What becomes at the application of a call that goes on until somebody ends it."""

    NUMBERS = itertools.count()

    def __init__(self, service):
        self.began, self.ended = threading.Event(), threading.Event()
        self.message = b"wait %d" % next(self.NUMBERS)
        service.waits[self.message] = self

    def begin(self, context):
        # False when the call has ended already.
        if not context.add_callback(self.ended.set):
            self.ended.set()
        self.began.set()


class Service(grpc.GenericRpcHandler):
    """Answers under whatever name it is called by; messages are bytes."""

    def __init__(self):
        self.serving = True
        # Of the calls that wait, by their messages.
        self.waits = {}
        self.produced = 0

    def service(self, details):
        match details.method.rsplit("/", 1)[1]:
            case "Check":
                return grpc.unary_unary_rpc_method_handler(lambda *_: b"\x08\x01" if self.serving else b"\x08\x02")
            case "Unary":
                return grpc.unary_unary_rpc_method_handler(self.unary)
            case "ServerStream":
                return grpc.unary_stream_rpc_method_handler(self.server_stream)
            case "ClientStream":
                return grpc.stream_unary_rpc_method_handler(lambda messages, _: str(sum(map(len, messages))).encode())
            case "Bidirectional":
                return grpc.stream_stream_rpc_method_handler(self.bidirectional)

    def unary(self, message, context):
        match message:
            case b"metadata":
                context.send_initial_metadata([("x-initial", "i")])
                context.set_trailing_metadata([("x-final", "f"), ("x-final-bin", b"\x00\xff")])
                return json.dumps([list(pair) for pair in context.invocation_metadata() if not pair[0].endswith("-bin")]).encode()
            case b"fail":
                context.abort(grpc.StatusCode.FAILED_PRECONDITION, "näh: 100 %")
        if message in self.waits:
            self.waits[message].begin(context)
            while context.is_active():
                time.sleep(0.01)
        return message

    def server_stream(self, message, context):
        if message in self.waits:
            self.waits[message].begin(context)
            for number in itertools.count():
                if not context.is_active():
                    return
                self.produced = number + 1
                yield bytes(1 << 16)
        if message == b"half":
            yield b"half"
            context.abort(grpc.StatusCode.DATA_LOSS, "no more")
        for number in range(int(message)):
            yield number.to_bytes(4) * 1000

    def bidirectional(self, messages, context):
        yield from messages


class Site:
    """A gateway with both applications behind it."""

    def __init__(self, stack):
        self.stack = stack
        self.services = {name: Service() for name in ("Plain", "Secure")}
        self.servers = {name: self.serve(service) for name, service in self.services.items()}
        tls = stack.folder / "tls"
        credentials = grpc.ssl_server_credentials([((tls / "site.key").read_bytes(), (tls / "site.pem").read_bytes())])
        plain = self.servers["Plain"].add_insecure_port("127.0.0.1:0")
        secure = self.servers["Secure"].add_secure_port("127.0.0.1:0", credentials)
        for server in self.servers.values():
            server.start()
        file = stack.folder / "grpc.yaml"
        file.write_text(CONFIGURATION.format(folder=stack.folder, database=stack.database, plain=plain, secure=secure))
        self.log = stack.spawn("grpc-gateway", "serve", "--config", str(file))
        pattern = r'"message":"listening".*?127\.0\.0\.1:(\d+)"'
        self.port = stack.wait_for(lambda: re.search(pattern, self.log.read_text()), self.log).group(1)
        self.channel = grpc.secure_channel(
            f"ipv4:127.0.0.1:{self.port}", grpc.ssl_channel_credentials((tls / "ca.pem").read_bytes()),
            options=[
                ("grpc.ssl_target_name_override", "localhost"), ("grpc.enable_http_proxy", 0), ("grpc.enable_retries", 0),
                ("grpc.max_receive_message_length", -1),
            ],
        )
        token = re.search(r"\S+$", stack.run("token", "create", "olivia", "--name", "grpc").strip()).group()
        self.signed_in = [("authorization", f"Bearer {token}")]

    @staticmethod
    def serve(service):
        return grpc.server(
            futures.ThreadPoolExecutor(64), handlers=[service],
            options=[("grpc.max_receive_message_length", -1), ("grpc.so_reuseport", 0)],
        )

    def stop(self):
        self.channel.close()
        for server in self.servers.values():
            server.stop(None).wait()

    def wait_for_access(self, path):
        """The line of the access log about the only call of this path; the log is written once a second."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for line in self.stack.lines(self.log):
                if f'"path":"{path}"' in line:
                    return json.loads(line)
            time.sleep(0.1)
        raise AssertionError(f"No line about {path}.")


@pytest.fixture(scope="module")
def site(stack):
    site = Site(stack)
    yield site
    site.stop()


class Caller:
    """Calls the methods of one service."""

    def __init__(self, site, name, metadata=None):
        self.site, self.name = site, name
        self.service = site.services.get(name)
        self.metadata = site.signed_in if metadata is None else metadata

    def path(self, method):
        return f"/test.{self.name}/{method}"

    def unary(self, message, timeout=PATIENCE, **options):
        call = self.site.channel.unary_unary(self.path("Unary"))
        return call.with_call(message, metadata=self.metadata, timeout=timeout, **options)

    def server_stream(self, message, timeout=PATIENCE):
        return self.site.channel.unary_stream(self.path("ServerStream"))(message, metadata=self.metadata, timeout=timeout)

    def client_stream(self, messages):
        return self.site.channel.stream_unary(self.path("ClientStream"))(messages, metadata=self.metadata, timeout=PATIENCE)

    def bidirectional(self, messages, timeout=PATIENCE):
        return self.site.channel.stream_stream(self.path("Bidirectional"))(messages, metadata=self.metadata, timeout=timeout)


@pytest.fixture(params=["Plain", "Secure"])
def caller(site, request):
    return Caller(site, request.param)


def status_of(call):
    """The status that a call ends with, and its message."""
    with pytest.raises(grpc.RpcError) as failure:
        call()
    return failure.value.code(), failure.value.details()


# -- What calls are made of


@pytest.mark.parametrize("size", [0, 1, 16 << 10, 64 << 10, 5 << 20])
def test_a_message_of_any_size_comes_back(caller, size):
    message = bytes(index * 7 % 256 for index in range(min(size, 1000))) * (size // 1000 + 1)
    assert caller.unary(message[:size])[0] == message[:size]


def test_metadata_passes_both_ways_and_says_who_calls(site, caller):
    caller.metadata = [*site.signed_in, ("x-custom", "c"), ("x-gatehouse-user", "mallory"), ("x-blob-bin", b"\x00\x01")]
    answer, call = caller.unary(b"metadata")
    seen = {}
    for name, value in json.loads(answer):
        seen.setdefault(name, []).append(value)
    assert seen["x-gatehouse-user"] == ["olivia"] and seen["x-custom"] == ["c"]
    assert "authorization" not in seen and "user-agent" in seen
    assert ("x-initial", "i") in call.initial_metadata()
    assert {("x-final", "f"), ("x-final-bin", b"\x00\xff")} <= set(call.trailing_metadata())


def test_a_stream_of_answers_keeps_its_order(caller):
    messages = list(caller.server_stream(b"500"))
    assert messages == [number.to_bytes(4) * 1000 for number in range(500)]
    assert list(caller.server_stream(b"0")) == []


def test_a_stream_of_requests_arrives_whole(caller):
    assert caller.client_stream(iter([])) == b"0"
    assert caller.client_stream(bytes(100_000) for _ in range(200)) == b"20000000"


def test_both_sides_speak_in_turn(caller):
    """Each message waits for the answer to the one before: nothing on the way may wait for more."""
    answers = threading.Semaphore(1)

    def messages():
        for number in range(100):
            assert answers.acquire(timeout=PATIENCE)
            yield f"message {number}".encode()

    for number, answer in enumerate(caller.bidirectional(messages())):
        assert answer == f"message {number}".encode()
        answers.release()
    assert number == 99


def test_many_calls_share_a_connection(caller):
    call = caller.site.channel.unary_unary(caller.path("Unary"))
    futures_ = [call.future(str(number).encode(), metadata=caller.metadata, timeout=PATIENCE) for number in range(400)]
    assert [future.result() for future in futures_] == [str(number).encode() for number in range(400)]


# -- How they end


def test_the_status_and_message_of_an_application_arrive(caller):
    assert status_of(lambda: caller.unary(b"fail")) == (grpc.StatusCode.FAILED_PRECONDITION, "näh: 100 %")
    stream = caller.server_stream(b"half")
    assert next(stream) == b"half"
    assert status_of(lambda: next(stream)) == (grpc.StatusCode.DATA_LOSS, "no more")


def test_a_method_that_is_not_there_is_answered_by_the_application(caller):
    call = caller.site.channel.unary_unary(caller.path("Missing"))
    code, details = status_of(lambda: call(b"", metadata=caller.metadata, timeout=PATIENCE))
    assert code == grpc.StatusCode.UNIMPLEMENTED and "no_route" not in details


def test_a_deadline_ends_the_call_on_both_sides(caller):
    # On a busy machine a call may not even have arrived by then.
    for timeout in (0.5, 2, 10, PATIENCE):
        wait = Wait(caller.service)
        assert status_of(lambda: caller.unary(wait.message, timeout=timeout))[0] == grpc.StatusCode.DEADLINE_EXCEEDED
        if wait.began.is_set():
            break
    assert wait.ended.wait(PATIENCE)


def test_a_deadline_reaches_the_application(site):
    """Without the gateway's help: what it is told is what the client said."""
    caller = Caller(site, "Plain")
    seen = []
    original = caller.service.unary
    caller.service.unary = lambda message, context: seen.append(context.time_remaining()) or message
    try:
        caller.unary(b"x", timeout=1000)
    finally:
        caller.service.unary = original
    # In the few digits that gRPC writes it with.
    assert 900 < seen[0] < 1100


def test_a_client_that_breaks_off_ends_the_call_at_the_application(caller):
    wait = Wait(caller.service)
    call = caller.site.channel.unary_unary(caller.path("Unary")).future(wait.message, metadata=caller.metadata)
    assert wait.began.wait(PATIENCE)
    assert call.cancel()
    assert wait.ended.wait(PATIENCE)


def test_a_client_that_breaks_off_in_a_stream_ends_it_at_the_application(caller):
    hold = threading.Event()

    def messages():
        yield b"first"
        hold.wait(PATIENCE)

    stream = caller.bidirectional(messages())
    assert next(stream) == b"first"
    wait = Wait(caller.service)
    endless = caller.server_stream(wait.message)
    assert len(next(endless)) == 1 << 16
    stream.cancel()
    endless.cancel()
    hold.set()
    assert wait.ended.wait(PATIENCE)


def test_a_client_that_does_not_read_slows_the_application(caller):
    """Windows and buffers on the way hold a few megabytes at most, however much there is to say."""
    wait = Wait(caller.service)
    stream = caller.server_stream(wait.message, timeout=None)
    assert len(next(stream)) == 1 << 16
    produced = -1
    while produced != caller.service.produced:
        produced = caller.service.produced
        time.sleep(1)
    assert produced < 512
    for _ in range(600):
        next(stream)
    stream.cancel()
    assert wait.ended.wait(PATIENCE)


# -- What the gateway itself says


def test_nobody_is_told_that_they_are_not_signed_in(site):
    code, details = status_of(lambda: Caller(site, "Plain", []).unary(b"x"))
    assert (code, details) == (grpc.StatusCode.UNAUTHENTICATED, "Sign in to go on. (sign_in_required)")
    assert status_of(lambda: list(Caller(site, "Secure", []).bidirectional(iter([b"x"]))))[0] == code
    wrong = [("authorization", "Bearer ghp_" + "A" * 43)]
    assert status_of(lambda: Caller(site, "Plain", wrong).unary(b"x"))[0] == code


@pytest.mark.parametrize(
    "name, message, code, reason",
    [
        ("Engineers", b"x", grpc.StatusCode.PERMISSION_DENIED, "role_missing"),
        ("Nowhere", b"x", grpc.StatusCode.UNIMPLEMENTED, "no_route"),
        ("Gone", b"x", grpc.StatusCode.UNAVAILABLE, "upstream_unreachable"),
        ("Small", bytes(200_000), grpc.StatusCode.RESOURCE_EXHAUSTED, "body_too_large"),
    ],
)
def test_a_refusal_has_a_status_and_a_reason(site, name, message, code, reason):
    found, details = status_of(lambda: Caller(site, name).unary(message))
    assert found == code and details.endswith(f"({reason})")


@pytest.mark.parametrize(
    "method, metadata, message, expected",
    [
        ("Logged/Unary", None, b"x", (0, "allow", None)),
        ("LoggedFailure/Unary", None, b"fail", (9, "allow", None)),
        ("LoggedRefusal/Unary", [], b"x", (16, "deny", "sign_in_required")),
    ],
)
def test_the_log_says_how_a_call_ended(site, method, metadata, message, expected):
    path = f"/test.Secure/{method}"
    try:
        metadata = site.signed_in if metadata is None else metadata
        site.channel.unary_unary(path)(message, metadata=metadata, timeout=PATIENCE)
    except grpc.RpcError:
        pass
    line = site.wait_for_access(path)
    assert (line["grpc_status"], line["outcome"], line.get("reason")) == expected
    assert line["status"] == 200 and line["protocol"] == "HTTP/2"


def test_calls_beyond_a_rate_are_told_so(site):
    caller = Caller(site, "Rated", [])
    assert [caller.unary(b"x")[0] for _ in range(2)] == [b"x", b"x"]
    code, details = status_of(lambda: caller.unary(b"x"))
    assert code == grpc.StatusCode.RESOURCE_EXHAUSTED and details.endswith("(rate_limited)")


def test_an_application_that_is_not_well_is_not_called(site):
    caller = Caller(site, "Plain")
    caller.service.serving = False
    try:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                caller.unary(b"x")
            except grpc.RpcError as error:
                assert error.code() == grpc.StatusCode.UNAVAILABLE
                assert error.details().endswith("(upstream_unhealthy)")
                break
            time.sleep(0.05)
        else:
            raise AssertionError("it is still called")
    finally:
        caller.service.serving = True
    assert is_well_again(caller)


def is_well_again(caller):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            return caller.unary(b"x")
        except grpc.RpcError:
            time.sleep(0.05)
    return False
