"""A whole Gatehouse of its own: PostgreSQL, people, a demo application and the gateway, on free ports, in a folder that goes."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "deploy" / "development"
PASSWORD = "a pass phrase for tests"
# For what ends on a machine that does much else.
DEADLINE = 180.0

CONFIGURATION = """
listeners:
  - address: 127.0.0.1:{port}
    tls:
      certificates: [{{certificate: {folder}/tls/site.pem, key: {folder}/tls/site.key}}]
  - address: 127.0.0.1:{operations}
    serve: operations
database: {{url: "{database}"}}
workers: 2
accounts: {{public_url: "https://localhost:{port}", registration: open}}
mail: {{from: "Gatehouse <no-reply@example.com>", folder: {folder}/mail, show: true}}
upstreams:
  demo: {{endpoints: ["{application}"]}}
  gone: {{endpoints: ["http://127.0.0.1:{nobody}"]}}
  sockets: {{endpoints: ["http://127.0.0.1:{sockets}"]}}
  events: {{endpoints: ["http://127.0.0.1:{events}"]}}
routes:
  - {{name: home, match: {{host: localhost, path: "/**"}}, require: signed_in, identity: gatehouse, upstream: demo}}
  - name: spc
    match: {{host: spc.localhost, path: "/plants/{{plant}}/**"}}
    require:
      - {{methods: [GET, HEAD], role: operator}}
      - {{role: engineer}}
    identity: gatehouse
    upstream: demo
  - {{name: settings, match: {{host: spc.localhost, path: "/plants/{{plant}}/settings/**"}}, require: {{role: engineer}}, identity: gatehouse, upstream: demo}}
  - {{name: reports, match: {{host: "{{plant}}.reports.localhost"}}, require: {{role: supervisor}}, identity: gatehouse, upstream: demo}}
  - {{name: www, match: {{host: www.localhost}}, require: {{any_role: [MARKETING, ADMIN]}}, upstream: demo}}
  - {{name: sockets, match: {{host: localhost, path: "/sockets/**"}}, require: signed_in, upstream: sockets}}
  - {{name: open-sockets, match: {{host: localhost, path: "/sockets/open/**"}}, require: anyone, upstream: sockets}}
  - {{name: plant-sockets, match: {{host: localhost, path: "/sockets/plants/{{plant}}/**"}}, require: {{role: supervisor}}, upstream: sockets}}
  - {{name: plant-events, match: {{host: localhost, path: "/events/plants/{{plant}}/**"}}, require: {{role: supervisor}}, upstream: events}}
  - name: shared-sockets
    match: {{host: localhost, path: "/sockets/shared/**"}}
    require: anyone
    origins: ["https://spc.localhost:{port}"]
    upstream: sockets
  - {{name: gone, match: {{host: gone.localhost}}, require: anyone, upstream: gone}}
"""


def reserve() -> socket.socket:
    """A port that nobody else gets while this is open; the gateway, which shares its ports, can listen there."""
    place = socket.socket()
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    place.bind(("127.0.0.1", 0))
    return place


def port_of(place: socket.socket) -> int:
    return place.getsockname()[1]


@dataclass
class Stack:
    """What the tests know of it."""

    binary: Path
    folder: Path
    # Where the gateway listens, and where nobody does.
    places: dict = field(default_factory=lambda: {name: reserve() for name in ("port", "operations", "nobody")})
    # Where applications with WebSockets and with events are to answer; they listen from the start, so that nobody else
    # takes the port.
    sockets: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    events: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    database: str = ""
    processes: list = field(default_factory=list)
    # Which of them writes a log.
    writers: dict = field(default_factory=dict)

    @property
    def port(self) -> int:
        return port_of(self.places["port"])

    @property
    def operations(self) -> int:
        return port_of(self.places["operations"])

    def url(self, host: str, target: str = "/") -> str:
        return f"https://{host}:{self.port}{target}"

    def run(self, *arguments: str, stdin: str = "") -> str:
        """Runs one command of the binary to its end."""
        done = subprocess.run(
            [self.binary, *arguments, "--database", self.database],
            input=stdin, capture_output=True, text=True, timeout=DEADLINE,
        )
        assert done.returncode == 0, f"gatehouse {' '.join(arguments)}: {done.stderr or done.stdout}"
        return done.stdout

    def start(self) -> None:
        (self.folder / "tls").mkdir()
        subprocess.run([SCRIPTS / "certificates.sh", self.folder / "tls"], check=True, timeout=DEADLINE)
        self.database = subprocess.run(
            [SCRIPTS / "postgres.sh", "start", self.folder / "postgres"],
            check=True, capture_output=True, text=True, timeout=DEADLINE,
        ).stdout.strip()
        self.run("migrate", "up")
        self.add_people()
        application = self.start_application()
        configuration = self.folder / "gatehouse.yaml"
        configuration.write_text(
            CONFIGURATION.format(
                folder=self.folder, port=self.port, operations=self.operations, database=self.database,
                application=application, nobody=port_of(self.places["nobody"]),
                sockets=port_of(self.sockets), events=port_of(self.events),
            )
        )
        self.spawn("gateway", "serve", "--config", str(configuration))
        self.wait_until_ready()

    def add_people(self) -> None:
        for code, name in (("detroit", "Detroit Assembly"), ("lyon", "Usine de Lyon")):
            self.run("plant", "create", code, "--name", name)
        for username, name, roles in (
            ("olivia", "Olivia Operator", {"detroit": "operator"}),
            ("erin", "Erin Engineer", {"detroit": "engineer", "lyon": "supervisor"}),
        ):
            self.run(
                "user", "create", username, "--email", f"{username}@example.com", "--name", name,
                "--status", "active", stdin=PASSWORD + "\n",
            )
            for plant, role in roles.items():
                self.run("role", "grant", username, plant, role)

    def spawn(self, name: str, *arguments: str) -> Path:
        """Starts a command that goes on; returns the file that it writes to."""
        log = self.folder / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                # However this process ends, what it started ends too.
                ["setpriv", "--pdeathsig", "TERM", "--", self.binary, *arguments],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=self.folder,
            )
        self.processes.append(process)
        self.writers[log] = process
        return log

    def start_application(self) -> str:
        log = self.spawn("demo-app", "demo-app", "--listen", "127.0.0.1:0")
        return self.wait_for(lambda: re.search(r"listening on (http://\S+)\s", log.read_text()), log).group(1)

    def change(self, *arguments: str) -> None:
        """Runs a command that changes who may do what, and waits until every worker of the gateway has heard of it."""
        before = self.changes_heard
        self.run(*arguments)
        self.wait_for(lambda: self.changes_heard > before, self.folder / "gateway.log")

    @property
    def changes_heard(self) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.operations}/metrics", timeout=DEADLINE) as answer:
            found = re.findall(r"^gatehouse_feed_changes_total\{.*\} (\d+)$", answer.read().decode(), re.MULTILINE)
        return sum(map(int, found))

    def wait_until_ready(self) -> None:
        def is_ready():
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.operations}/readyz", timeout=DEADLINE) as answer:
                    return answer.status == 200
            except (urllib.error.URLError, OSError):
                return False

        self.wait_for(is_ready, self.folder / "gateway.log")

    def mails(self) -> list[str]:
        """What was delivered, newest first."""
        return [mail.read_text() for mail in sorted((self.folder / "mail").glob("*.txt"), reverse=True)]

    def wait_for_mail(self, text: str) -> None:
        """Waits until a mail with this in it was delivered."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            if any(text in mail for mail in self.mails()):
                return
            time.sleep(0.1)
        raise AssertionError(f"No mail with {text!r} came.")

    def wait_for(self, condition, log: Path):
        """Waits for something that a process brings about which writes this log."""
        process = self.writers[log]
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            if found := condition():
                return found
            if process.poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError(f"It did not happen:\n{log.read_text()}")

    @staticmethod
    def lines(log: Path) -> list[str]:
        """The whole lines of a log: the last one may be half of one."""
        return log.read_text().split("\n")[:-1]

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for place in self.places.values():
            place.close()
        if self.database:
            subprocess.run([SCRIPTS / "postgres.sh", "stop", self.folder / "postgres"], timeout=DEADLINE, check=False)


def make_stack() -> Stack:
    binary = Path(os.environ.get("GATEHOUSE_BIN", ROOT / ".build" / "debug" / "gatehouse"))
    assert binary.exists(), f"There is no {binary}: build first, or name the binary in GATEHOUSE_BIN."
    folder = Path(tempfile.mkdtemp(prefix="gatehouse-browser-"))
    # PostgreSQL runs as another user when this runs as root.
    folder.chmod(0o755)
    stack = Stack(binary=binary.resolve(), folder=folder)
    try:
        stack.start()
    except BaseException:
        stack.stop()
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return stack
