"""Applications whose answers go on, and clients that stay with them."""

import http.server
import json
import socket
import ssl
import subprocess
import threading
import time

from websockets.sync.client import connect


def answer_messages(connection):
    """An application with a WebSocket: sends back what comes; some words make it do other things."""
    for message in connection:
        if message == "headers":
            connection.send(json.dumps(list(connection.request.headers.raw_items())))
        elif message == "close":
            connection.close(4000, "as you wish")
            return
        elif message == "burst":
            for number in range(1000):
                connection.send(f"{number} " * 100)
        else:
            connection.send(message)


def open_socket(stack, path="/sockets/x", *, cookie=None, origin=None, **options):
    context = ssl.create_default_context(cafile=stack.folder / "tls" / "ca.pem")
    headers = {"Cookie": f"__Host-gatehouse={cookie}"} if cookie else {}
    return connect(
        f"wss://localhost:{stack.port}{path}", sock=socket.create_connection(("127.0.0.1", stack.port)), ssl=context,
        additional_headers=headers, origin=origin, max_size=8 << 20, open_timeout=60, ping_interval=None,
        **options,
    )


class EventSource(http.server.ThreadingHTTPServer):
    """An application with Server-Sent Events, each of which says `news`, until nobody listens any more."""

    daemon_threads = True

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            try:
                while True:
                    event = f"data: {self.server.news}\n\n".encode()
                    self.wfile.write(b"%x\r\n%b\r\n" % (len(event), event))
                    time.sleep(0.05)
            except OSError:
                self.close_connection = True

        def log_message(self, *_):
            pass

    def __init__(self, listener):
        super().__init__(listener.getsockname(), self.Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.news = "old"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Listener:
    """A client of Server-Sent Events."""

    def __init__(self, stack, path, cookie, protocol):
        self.process = subprocess.Popen(
            ["curl", "--silent", "--no-buffer", f"--{protocol}", "--cacert", stack.folder / "tls" / "ca.pem",
             "--resolve", f"localhost:{stack.port}:127.0.0.1", "--max-time", "600",
             "--cookie", f"__Host-gatehouse={cookie}", stack.url("localhost", path)],
            stdout=subprocess.PIPE, text=True, bufsize=1,
        )

    def wait_for(self, news):
        for line in self.process.stdout:
            if line == f"data: {news}\n":
                return
        raise AssertionError(f"The events ended before {news!r} came: curl's {self.process.wait()}.")

    def wait_for_end(self):
        """What curl says of it: 92 is a stream of HTTP/2 that was reset, 18 and 56 are a connection that broke."""
        self.process.stdout.read()
        return self.process.wait(timeout=60)

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
