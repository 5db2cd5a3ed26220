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
DEADLINE = 60.0

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


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@dataclass
class Stack:
    """What the tests know of it."""

    binary: Path
    folder: Path
    port: int = field(default_factory=free_port)
    operations: int = field(default_factory=free_port)
    # Where applications with WebSockets and with events are to answer; they listen from the start, so that nobody else
    # takes the port.
    sockets: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    events: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    database: str = ""
    processes: list = field(default_factory=list)

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
                application=application, nobody=free_port(),
                sockets=self.sockets.getsockname()[1], events=self.events.getsockname()[1],
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
            self.processes.append(
                subprocess.Popen(
                    # However this process ends, what it started ends too.
                    ["setpriv", "--pdeathsig", "TERM", "--", self.binary, *arguments],
                    stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=self.folder,
                )
            )
        return log

    def start_application(self) -> str:
        log = self.spawn("demo-app", "demo-app", "--listen", "127.0.0.1:0")
        return self.wait_for(lambda: re.search(r"listening on (http://\S+)", log.read_text()), log).group(1)

    def wait_until_ready(self) -> None:
        def is_ready():
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.operations}/readyz", timeout=2) as answer:
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
        """Waits for something that the process started last brings about."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            if found := condition():
                return found
            if self.processes[-1].poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError(f"It did not start:\n{log.read_text()}")

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
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
