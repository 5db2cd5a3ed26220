#!/usr/bin/env python3
"""Two gateways on one PostgreSQL, under load: for how long after COMMIT does a revoked right still let anybody in?

A person's requests to both gateways are answered from their caches. Then the right is taken away by one transaction: the
session revoked, the user suspended, the role revoked, lowered, or the plant made inactive, in turns. From the moment when
psql says that it is committed, both gateways are asked without a pause until both refuse. What counts is when the last
request was sent that was still let in. Meanwhile wrk asks both gateways as hard as it can.

With --streams, as many downloads that never end run by each right, on both gateways: when do they break off?

usage: revocations.py [--count N] [--streams N] [--connections N]
"""

import argparse
import hashlib
import http.server
import secrets
import socket
import ssl
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from bench import HOST, ROOT, Stack
from processes import LOAD_CORE, Bench, free_port

WAYS = {
    "session revoked": "UPDATE user_sessions SET revoked_at = now(), revocation_reason = 'revoked' WHERE id = '{session}'",
    "user suspended": "UPDATE users SET status = 'suspended' WHERE id = '{user}'",
    "role revoked": "DELETE FROM user_plant_role WHERE user_id = '{user}'",
    "role lowered": "UPDATE user_plant_role SET role = 'operator' WHERE user_id = '{user}'",
    "plant inactive": "UPDATE plants SET is_active = false WHERE code = '{plant}'",
}


class Psql:
    """One session of psql, which says when a statement has been committed."""

    def __init__(self, url: str):
        self.process = subprocess.Popen(
            ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", url],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def run(self, sql: str) -> list[str]:
        self.process.stdin.write(sql.rstrip(";") + ";\n\\echo committed\n")
        self.process.stdin.flush()
        lines = []
        while (line := self.process.stdout.readline()) != "committed\n":
            if not line:
                raise SystemExit("psql ended")
            lines.append(line.rstrip("\n"))
        return lines

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


class Person:
    """Somebody with a session, good on every host, and the role engineer in a plant of their own."""

    def __init__(self, number: int, plant: str):
        self.number, self.plant = number, plant
        self.token = "ghs_" + secrets.token_urlsafe(32)
        self.user, self.session = (f"{kind}0000000-0000-4000-8000-{number:012x}" for kind in "12")

    @property
    def rows(self) -> tuple[str, ...]:
        digest = hashlib.sha256(self.token.encode()).hexdigest()
        return (
            f"INSERT INTO users (id, username, status) VALUES ('{self.user}', 'person{self.number}', 'active')",
            f"INSERT INTO plants (code, name) VALUES ('{self.plant}', '{self.plant}')",
            "INSERT INTO user_plant_role (user_id, plant_id, role) "
            f"SELECT '{self.user}', id, 'engineer' FROM plants WHERE code = '{self.plant}'",
            "INSERT INTO user_sessions (id, user_id, method, expires_at) "
            f"VALUES ('{self.session}', '{self.user}', 'password', now() + interval '1 day')",
            f"INSERT INTO session_tokens (session_id, token_hash) VALUES ('{self.session}', '\\x{digest}')",
        )


class Line:
    """A kept connection to one gateway."""

    def __init__(self, stack: Stack, name: str):
        context = ssl.create_default_context(cafile=str(stack.bench.folder / "tls/ca.pem"))
        raw = socket.create_connection(("127.0.0.1", stack.ports[name]))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection = context.wrap_socket(raw, server_hostname=HOST)

    def send(self, person: Person, path: str, method: str = "PUT") -> None:
        self.connection.sendall(
            f"{method} /plants/{person.plant}/{path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 0\r\n"
            f"Cookie: __Host-gatehouse={person.token}\r\n\r\n".encode())

    def ask(self, person: Person) -> int:
        self.send(person, "x")
        answer = b""
        while b"\r\n\r\n" not in answer:
            part = self.connection.recv(65536)
            if not part:
                raise SystemExit("a gateway closed the connection")
            answer += part
        head, body = answer.split(b"\r\n\r\n", 1)
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        while len(body) < int(fields.get(b"content-length", 0)):
            body += self.connection.recv(65536)
        return int(head.split()[1])


class Endless(http.server.BaseHTTPRequestHandler):
    """An application whose downloads never end."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"4\r\nmore\r\n")
                time.sleep(0.2)
        except OSError:
            self.close_connection = True

    def log_message(self, *_) -> None:
        pass


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def tell(title: str, values: list[float]) -> None:
    print(f"{title:34}" + "".join(f"{name} {percentile(values, share) * 1000:8.2f} ms   " for name, share in
          [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("most", 1.0)]), flush=True)


class Refusal:
    """How one gateway came to refuse a person; seconds after COMMIT."""

    def __init__(self, line: Line, person: Person, committed: float):
        self.last_let_in, self.let_in_late = 0.0, 0
        while True:
            asked = time.monotonic()
            if line.ask(person) != 200:
                break
            self.last_let_in = asked - committed
            self.let_in_late += self.last_let_in > 0.1
        self.asked, self.took = asked - committed, time.monotonic() - asked


def requests(stack: Stack, psql: Psql, people: list[Person]) -> list[Refusal]:
    """Takes the rights of these people, one after the other, and asks both gateways at the same time."""
    lines = [Line(stack, name) for name in ("one", "two")]
    refusals: list[Refusal] = []
    with ThreadPoolExecutor(len(lines)) as askers:
        for person in people:
            for line in lines:
                for _ in range(2):
                    if (status := line.ask(person)) != 200:
                        raise SystemExit(f"person {person.number} got {status} before anything was taken away")
            way = list(WAYS.values())[person.number % len(WAYS)]
            psql.run(way.format(session=person.session, user=person.user, plant=person.plant))
            committed = time.monotonic()
            refusals += askers.map(lambda line: Refusal(line, person, committed), lines)
    return refusals


def streams(stack: Stack, psql: Psql, people: list[Person]) -> list[float]:
    """When downloads that were let in break off after the right to them is gone."""
    lags: list[float] = []
    for person in people:
        lines = [Line(stack, name) for name in ("one", "two")]
        for line in lines:
            line.send(person, "endless", "GET")
            if b" 200 " not in line.connection.recv(65536):
                raise SystemExit("a download did not begin")
        ended = [0.0] * len(lines)

        def watch(number: int, connection: ssl.SSLSocket) -> None:
            try:
                while connection.recv(65536):
                    pass
            except OSError:
                pass  # Broken off in the middle, which is what it is about.
            ended[number] = time.monotonic()

        watchers = [threading.Thread(target=watch, args=(n, line.connection)) for n, line in enumerate(lines)]
        for watcher in watchers:
            watcher.start()
        way = [w for name, w in WAYS.items() if name != "role lowered"][person.number % (len(WAYS) - 1)]
        psql.run(way.format(session=person.session, user=person.user, plant=person.plant))
        committed = time.monotonic()
        for watcher in watchers:
            watcher.join(timeout=10)
            if watcher.is_alive():
                raise SystemExit(f"a download of person {person.number} went on for ten seconds")
        lags += [max(0.0, moment - committed) for moment in ended]
    return lags


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000, help="revocations")
    parser.add_argument("--streams", type=int, default=0, help="revocations with downloads that run")
    parser.add_argument("--connections", type=int, default=16, help="of the load on each gateway")
    options = parser.parse_args()

    bench = Bench(ROOT / ".gatehouse/bench-revocations")
    stack = Stack(bench, 1, 0)
    psql = None
    try:
        stack.prepare()
        application = http.server.ThreadingHTTPServer(("127.0.0.1", free_port()), Endless)
        application.daemon_threads = True
        threading.Thread(target=application.serve_forever, daemon=True).start()
        routes = (f"  - {{name: endless, match: {{host: {HOST}, path: \"/plants/{{plant}}/endless\"}}, "
                  "require: {role: operator}, upstream: endless}\n")
        for name in ("one", "two"):
            stack.start_gatehouse(name, 0, routes, f'  endless: {{endpoints: ["http://127.0.0.1:{application.server_port}"]}}\n')
        people = [Person(number, f"plant{number}") for number in range(options.count + options.streams)]
        psql = Psql(stack.database)
        for table in range(5):
            psql.run("BEGIN; " + "; ".join(person.rows[table] for person in people) + "; COMMIT")
        load = [bench.start(
            f"wrk-{name}", LOAD_CORE,
            ["wrk", "-t1", f"-c{options.connections}", "-d170s", "-H", f"Host: {HOST}", "-H",
             f"Cookie: __Host-gatehouse={stack.cookie}", f"https://127.0.0.1:{stack.ports[name]}/plants/detroit/x"])
            for name in ("one", "two")]
        time.sleep(2)
        refusals = requests(stack, psql, people[:options.count])
        late = sum(refusal.let_in_late for refusal in refusals)
        print(f"{options.count} revocations, two gateways, {options.connections} connections of load on each")
        tell("last request let in, after COMMIT", [refusal.last_let_in for refusal in refusals])
        tell("first request refused, sent after", [refusal.asked for refusal in refusals])
        tell("and answered within", [refusal.took for refusal in refusals])
        print(f"requests let in later than 100 ms: {late}")
        broken = streams(stack, psql, people[options.count:]) if options.streams else [0.0]
        if options.streams:
            tell(f"{len(broken)} downloads broken off", broken)
        if any(process.poll() is not None for process in load):
            raise SystemExit("the load ended too early: the figures are of an idle gateway")
        return 0 if late == 0 and max(broken) < 0.25 else 1
    finally:
        if psql:
            psql.close()
        bench.stop()
        subprocess.run([ROOT / "deploy/development/postgres.sh", "stop", bench.folder / "postgres"])


if __name__ == "__main__":
    raise SystemExit(main())
