"""A gateway for a measurement: a private database, certificates, a small application behind, and the program itself."""

import os
import subprocess
from pathlib import Path

from processes import Bench, free_port, wait_for_port

ROOT = Path(__file__).resolve().parent.parent.parent
HOST = "spc.localhost"
PATH = "/plants/detroit/limits/7"
BODY = "x" * 200
#: Any secret of the right form does, as long as cookie and form agree.
FORM_SECRET = "A" * 43


class Gateway:
    """Everything on one machine; nothing is bound to a core, so that whatever runs competes for all of them."""

    def __init__(self, bench: Bench, program: Path, people: int = 0, settings: str = ""):
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

        application = free_port()
        bench.nginx("application", None, application, f"""
    server {{ listen 127.0.0.1:{application} backlog=4096;
        location / {{ default_type text/plain; return 200 "{BODY}"; }} }}""")
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
log: {{access: none}}
upstreams:
  application: {{endpoints: ["http://127.0.0.1:{application}"]}}
routes:
  - name: spc
    match: {{host: {HOST}, path: "/plants/{{plant}}/**"}}
    require: {{role: operator}}
    identity: gatehouse
    upstream: application
{settings}""")
        self.process = bench.start(
            "gatehouse", None, [str(program), "serve", "--config", str(configuration)], env=self.environment)
        wait_for_port(self.port, self.process, seconds=60)

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
