"""A gateway before two applications that do the same, one over HTTP/1.1 and one over HTTP/2."""

import base64
import hashlib
import re
import threading

from http_applications import Application1, Application2
from http_clients import Client1, Client2
from http_peers import PATIENCE, Gone

CONFIGURATION = """
listeners:
  - address: 127.0.0.1:0
    tls:
      certificates: [{{certificate: {folder}/tls/site.pem, key: {folder}/tls/site.key}}]
database: {{url: "{database}"}}
accounts: {{public_url: "https://localhost"}}
upstreams:
  http1: {{endpoints: ["http://127.0.0.1:{http1}"], ejection: off}}
  http2: {{endpoints: ["h2c://127.0.0.1:{http2}"], ejection: off}}
routes:
  - {{name: http1, match: {{host: localhost, path: "/http1/**"}}, require: anyone, upstream: http1, body: unlimited}}
  - {{name: http2, match: {{host: localhost, path: "/http2/**"}}, require: anyone, upstream: http2, body: unlimited}}
"""

CLIENTS = {"HTTP/1.1": Client1, "HTTP/2": Client2}
LARGE = 16 << 20


class Behaviour:
    """What the applications do, by the last part of the path; and what the tests see of it."""

    def __init__(self):
        self.began, self.gone, self.go_on = threading.Event(), threading.Event(), threading.Event()
        self.progress = 0
        self.fields = []

    def __call__(self, exchange):
        self.fields = exchange.fields
        try:
            getattr(self, exchange.path.rsplit("/", 1)[1].partition("?")[0])(exchange)
        except Gone:
            self.gone.set()
            raise

    def echo(self, exchange):
        exchange.answer(200, exchange.read_all())

    def stream(self, exchange):
        exchange.head(200)
        while piece := exchange.read():
            exchange.write(piece)
        exchange.end()

    def trailers(self, exchange):
        exchange.head(200)
        exchange.write(b"body")
        exchange.end([("x-sum", "7"), ("set-cookie", "a=b")])

    def hints(self, exchange):
        exchange.head(103, [("link", "</a.css>; rel=preload")])
        exchange.answer(200, b"page")

    def nothing(self, exchange):
        exchange.head(int(exchange.path.partition("?")[2] or 200), [("etag", '"1"')])
        exchange.end()

    def early(self, exchange):
        exchange.answer(403, b"no")

    def no_head(self, exchange):
        exchange.abort()

    def half(self, exchange):
        exchange.head(200, [("content-length", "100000")])
        exchange.write(bytes(50_000))
        exchange.abort()

    def half_of_unknown(self, exchange):
        exchange.head(200)
        exchange.write(bytes(50_000))
        exchange.abort()

    def upload(self, exchange):
        exchange.read()
        self.began.set()
        exchange.read_all()

    def wait(self, exchange):
        self.began.set()
        exchange.wait_until_gone()

    def pause(self, exchange):
        """Begins, and says nothing more."""
        exchange.head(200)
        exchange.write(b"begin")
        exchange.wait_until_gone()

    def endless(self, exchange):
        exchange.head(200)
        while True:
            exchange.write(bytes(1 << 14))

    def large(self, exchange):
        exchange.head(200)
        for _ in range(LARGE >> 14):
            exchange.write(bytes(1 << 14))
            self.progress += 1 << 14
        exchange.end()

    def slow(self, exchange):
        self.began.set()
        assert self.go_on.wait(PATIENCE)
        exchange.answer(200, str(len(exchange.read_all())).encode())

    def hold(self, exchange):
        exchange.head(200)
        exchange.write(b"begin, ")
        assert self.go_on.wait(PATIENCE)
        exchange.write(b"end")
        exchange.end()

    def switch(self, exchange):
        """Goes on in a protocol that repeats what comes, if it is asked for one."""
        if getattr(exchange, "protocol", None) == "websocket":
            return self.stream(exchange)
        if dict(exchange.fields).get("upgrade") != "websocket":
            return exchange.answer(200, b"not switched")
        key = dict(exchange.fields)["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        exchange.head(101, [("upgrade", "websocket"), ("connection", "upgrade"), ("sec-websocket-accept", accept)])
        while True:
            exchange.send(exchange.reader.some(1 << 16))


class Matrix:
    """A gateway before two applications that do the same."""

    def __init__(self, stack):
        self.stack = stack
        self.behaviour = Behaviour()
        self.applications = {
            "http1": Application1(lambda exchange: self.behaviour(exchange)),
            "http2": Application2(lambda exchange: self.behaviour(exchange)),
        }
        self.file = stack.folder / "matrix.yaml"
        ports = {name: application.port for name, application in self.applications.items()}
        self.file.write_text(CONFIGURATION.format(folder=stack.folder, database=stack.database, **ports))
        self.port = self.start("matrix")

    def start(self, name):
        log = self.stack.spawn(name, "serve", "--config", str(self.file))
        pattern = r'"message":"listening".*?127\.0\.0\.1:(\d+)"'
        return int(self.stack.wait_for(lambda: re.search(pattern, log.read_text()), log).group(1))

    @property
    def authority(self):
        """The file with whom the gateway's certificate is from."""
        return self.stack.folder / "tls" / "ca.pem"

    def client(self, kind, port=None):
        return CLIENTS[kind](port or self.port, self.authority)
