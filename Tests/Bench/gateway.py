"""A gateway for a measurement: a private database, certificates, an application behind, and the program itself."""

import os
import subprocess
import urllib.request
from pathlib import Path

from processes import Bench, free_port, wait_for_port

ROOT = Path(__file__).resolve().parent.parent.parent
HOST = "spc.localhost"
PATH = "/plants/detroit/limits/7"
BODY = "x" * 200
ROUTES = f"""
  - name: spc
    match: {{host: {HOST}, path: "/plants/{{plant}}/**"}}
    require: {{role: operator}}
    identity: gatehouse
    upstream: application"""
#: Any secret of the right form does, as long as cookie and form agree.
FORM_SECRET = "A" * 43


class Gateway:
    """Everything on one machine, and gone after `stop`.

    Without `core`, nothing is bound to one, so that whatever runs competes for all of them. `applications` are ports by
    name, or what the configuration says of an upstream; without them there is one that answers everything with `BODY`.
    `settings` are further sections of the configuration.
    """

    def __init__(self, bench: Bench, program: Path, people: int = 0, settings: str = "", *,
                 applications: dict[str, int | str] | None = None, routes: str = ROUTES, core: int | None = None,
                 access_log: str = "none"):
        if not program.exists():
            raise SystemExit(f"There is no {program}: `make build` first, or name another one.")
        self.bench = bench
        self.program = program
        script = ROOT / "deploy/development"
        self.script = script
        database = subprocess.run(
            [script / "postgres.sh", "start", bench.folder / "postgres"], check=True, text=True, capture_output=True)
        self.environment = {
            **os.environ, "GATEHOUSE_DATABASE_URL": database.stdout.strip(),
            "GATEHOUSE_MIGRATIONS": str(ROOT / "Migrations")}
        subprocess.run([script / "certificates.sh", bench.folder / "tls"], check=True, capture_output=True)
        self.authority = bench.folder / "tls/ca.pem"
        self.run("migrate", "up")
        self.run("plant", "create", "detroit", "--name", "Detroit")
        self.run("user", "create", "olivia", "--email", "olivia@example.com", "--no-password")
        self.run("role", "grant", "olivia", "detroit", "operator")
        self.cookie = self.run("session", "create", "olivia").strip().splitlines()[-1]
        self.insert_people(people)

        applications = applications or {"application": self.start_application()}
        endpoints = "\n".join(
            f"  {name}: {{{at}}}" if isinstance(at, str) else f'  {name}: {{endpoints: ["http://127.0.0.1:{at}"]}}'
            for name, at in applications.items())
        self.port, self.operations = free_port(), free_port()
        configuration = bench.folder / "gatehouse.yaml"
        configuration.write_text(f"""
listeners:
  - address: "127.0.0.1:{self.port}"
    tls:
      certificates: [{{certificate: "{bench.folder}/tls/site.pem", key: "{bench.folder}/tls/site.key"}}]
  - {{address: "127.0.0.1:{self.operations}", serve: operations}}
database: {{url: "{database.stdout.strip()}"}}
accounts: {{public_url: "https://localhost:{self.port}"}}
trusted_proxies: [127.0.0.1/32]
log: {{access: "{access_log}"}}
upstreams:
{endpoints}
routes:{routes}
{settings}""")
        self.process = bench.start(
            "gatehouse", core, [str(program), "serve", "--config", str(configuration)], env=self.environment)
        wait_for_port(self.port, self.process, seconds=60)

    def start_application(self) -> int:
        port = free_port()
        self.bench.nginx("application", None, port, f"""
    server {{ listen 127.0.0.1:{port} backlog=4096;
        location / {{ default_type text/plain; return 200 "{BODY}"; }} }}""")
        return port

    @property
    def pid(self) -> int:
        return self.process.pid

    def metrics(self) -> dict[str, float]:
        """What `/metrics` says, by name and labels."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.operations}/metrics", timeout=20) as page:
            lines = [line.rsplit(" ", 1) for line in page.read().decode().splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in lines}

    def run(self, *arguments: str, text: str | None = None) -> str:
        done = subprocess.run([self.program, *arguments], env=self.environment, text=True, capture_output=True, input=text)
        if done.returncode != 0:
            raise SystemExit(f"gatehouse {' '.join(arguments)}: exit {done.returncode}\n{done.stderr}")
        return done.stdout

    def insert_people(self, count: int) -> None:
        """person0, person1, …: all with one password, whose hash is made once."""
        if count == 0:
            return
        phc = self.run("hash-password", text="velvet anchor thunder meadow").strip()
        subprocess.run(
            ["psql", "--quiet", "--dbname", self.environment["GATEHOUSE_DATABASE_URL"], "--set", f"phc={phc}"],
            input=f"""INSERT INTO users (username, password_hash, status)
                SELECT 'person' || n, :'phc', 'active' FROM generate_series(0, {count - 1}) AS n;""",
            text=True, check=True, capture_output=True)

    def stop(self) -> None:
        self.bench.stop()
        subprocess.run([self.script / "postgres.sh", "stop", self.bench.folder / "postgres"], check=False)
