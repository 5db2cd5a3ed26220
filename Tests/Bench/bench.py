#!/usr/bin/env python3
"""Gatehouse against nginx, in one run, over HTTP/1.1 and HTTP/2.

Every proxy runs with one worker on one core; the load and the application behind run on the other. The contestants
take turns, round after round, so that a change of the machine's speed meets all of them. What is compared is CPU time
a request, from the scheduler's accounts: the medians over the rounds, and the median of the ratios within a round.

  nginx              Debian's nginx: TLS, proxying, no authentication
  nginx auth_request the same, asking a minimal service about every request (its time apart and included)
  floor              a program that only moves the bytes (floor.c): what the kernel and OpenSSL cost on this machine
  gatehouse          TLS, session cookie, role in the plant of the path, identity headers
  gatehouse large    the same with 10,000 routes and 100,000 sessions cached

usage: bench.py [--rounds N] [--seconds S] [--only NAME,…]
"""

import argparse
import json
import os
import re
import signal
import ssl
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

from connections import LARGE_BYTES, idle_http2_kib, load_bodies_http1, load_bodies_http2, load_handshakes
from processes import LOAD_CORE, PROXY_CORE, Bench, cpu_nanoseconds, free_port, resident_kib, wait_for_port

ROOT = Path(__file__).resolve().parent.parent.parent
GATEHOUSE = ROOT / ".build/release/gatehouse"
CONNECTIONS = 64
STREAMS = 10
PATH = "/plants/detroit/limits/7"
HOST = "spc.localhost"
BODY = "x" * 200
LARGE_PATH = "/plants/detroit/large"


class Stack:
    """Database, certificates, application and contestants."""

    host, path, large_path = HOST, PATH, LARGE_PATH

    def __init__(self, bench: Bench, sessions: int, routes: int):
        self.bench = bench
        self.sessions = sessions
        self.routes = routes
        self.ports: dict[str, int] = {}
        self.processes: dict[str, subprocess.Popen] = {}
        self.extra: dict[str, list[int]] = {}

    def prepare(self, kept: bool = False) -> None:
        """Database (with what it holds already, if it is kept), certificates and application."""
        folder = self.bench.folder
        script = ROOT / "deploy/development"
        self.database = subprocess.run(
            [script / "postgres.sh", "start", folder / "postgres"], check=True, text=True, capture_output=True
        ).stdout.strip()
        self.environment = {**os.environ, "GATEHOUSE_DATABASE_URL": self.database}
        subprocess.run([script / "certificates.sh", folder / "tls"], check=True)
        self.certificate, self.key = folder / "tls/site.pem", folder / "tls/site.key"
        if not kept:
            self.run("migrate", "up")
            self.run("plant", "create", "detroit", "--name", "Detroit")
            self.run("user", "create", "olivia", "--email", "olivia@example.com", "--status", "active", "--no-password")
            self.run("role", "grant", "olivia", "detroit", "operator")
        self.cookie = self.run("session", "create", "olivia").strip().splitlines()[-1]

        self.ports["application"] = free_port()
        large = folder / "large"
        large.write_bytes(b"x" * LARGE_BYTES)
        self.bench.nginx("application", LOAD_CORE, self.ports["application"], f"""
    server {{ listen 127.0.0.1:{self.ports["application"]} backlog=4096;
        location = {LARGE_PATH} {{ sendfile on; default_type application/octet-stream; alias {large}; }}
        location / {{ default_type text/plain; return 200 "{BODY}"; }} }}""")

    def start(self) -> None:
        self.prepare()
        self.start_nginx("nginx", "")
        self.ports["authenticator"] = free_port()
        authenticator = self.bench.nginx("authenticator", LOAD_CORE, self.ports["authenticator"], f"""
    server {{ listen 127.0.0.1:{self.ports["authenticator"]} backlog=4096; location / {{ return 204; }} }}""")
        self.start_nginx("nginx auth_request", "auth_request /auth;", f"""
    upstream authenticator {{ server 127.0.0.1:{self.ports["authenticator"]}; keepalive 640; keepalive_requests 1000000000; }}""", """
        location = /auth { internal; proxy_pass http://authenticator; proxy_pass_request_body off;
            proxy_set_header Content-Length ""; proxy_http_version 1.1; proxy_set_header Connection ""; }""")
        self.extra["nginx auth_request"] = [authenticator.pid]
        self.start_floor()
        self.start_gatehouse("gatehouse", 0)
        self.start_gatehouse("gatehouse large", self.routes)

    def run(self, *arguments: str) -> str:
        done = subprocess.run([GATEHOUSE, *arguments], env=self.environment, text=True, capture_output=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise SystemExit(f"gatehouse {' '.join(arguments)}: exit {done.returncode}\n{done.stderr}")
        return done.stdout

    def start_nginx(self, name: str, authentication: str, upstreams: str = "", locations: str = "") -> None:
        port = self.ports[name] = free_port()
        self.processes[name] = self.bench.nginx(name.replace(" ", "-"), PROXY_CORE, port, f"""
    upstream application {{ server 127.0.0.1:{self.ports["application"]}; keepalive 640; keepalive_requests 1000000000; }}{upstreams}
    server {{ listen 127.0.0.1:{port} ssl http2 backlog=4096; server_name {HOST};
        ssl_certificate {self.certificate}; ssl_certificate_key {self.key}; ssl_protocols TLSv1.2 TLSv1.3;
        location / {{ {authentication} proxy_pass http://application; proxy_http_version 1.1; proxy_max_temp_file_size 0;
            proxy_set_header Connection ""; proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto https; }}{locations} }}""")

    def start_floor(self) -> None:
        program = self.bench.folder / "floor"
        subprocess.run(["cc", "-O2", "-o", program, Path(__file__).with_name("floor.c"), "-lssl", "-lcrypto"], check=True)
        port = self.ports["floor"] = free_port()
        self.processes["floor"] = self.bench.start(
            "floor", PROXY_CORE,
            [str(program), str(port), str(self.ports["application"]), str(self.certificate), str(self.key)])
        wait_for_port(port, self.processes["floor"])

    def start_gatehouse(
        self, name: str, more_routes: int, routes_text: str = "", upstreams: str = "", staleness: str = "60s"
    ) -> None:
        port = self.ports[name] = free_port()
        operations = self.ports[f"{name} operations"] = free_port()
        routes = routes_text + "".join(
            f"  - {{name: more-{n}, match: {{host: {'spc' if n % 2 else f'host{n}'}.localhost, path: \"/area{n}/{{plant}}/**\"}}, "
            "require: {role: operator}, upstream: application}\n" for n in range(more_routes))
        configuration = self.bench.folder / f"{name.replace(' ', '-')}.yaml"
        configuration.write_text(f"""
listeners:
  - {{address: "127.0.0.1:{port}", tls: {{certificates: [{{certificate: "{self.certificate}", key: "{self.key}"}}]}}}}
  - {{address: "127.0.0.1:{operations}", serve: operations}}
database: {{url: "{self.database}", staleness: {staleness}}}
workers: 1
accounts: {{public_url: "https://localhost:{port}"}}
log: {{access: none}}
sessions: {{cache: 200000}}
upstreams:
  application: {{endpoints: ["http://127.0.0.1:{self.ports["application"]}"]}}
{upstreams}routes:
  - name: spc
    match: {{host: {HOST}, path: "/plants/{{plant}}/**"}}
    require: [{{methods: [GET, HEAD], role: operator}}, {{role: engineer}}]
    identity: gatehouse
    upstream: application
{routes}""")
        self.processes[name] = self.bench.start(
            name.replace(" ", "-"), PROXY_CORE, [str(GATEHOUSE), "serve", "--config", str(configuration)],
            env=self.environment)
        wait_for_port(port, self.processes[name], seconds=60)


def load(stack: Stack, name: str, seconds: float, cookies: Path | None = None) -> tuple[int, str]:
    """Runs the load against one contestant and returns how many requests were answered with 200, and wrk's text."""
    arguments = ["taskset", "-c", str(LOAD_CORE), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s",
                 "-H", f"Host: {HOST}"]
    if cookies:
        arguments += ["-s", str(Path(__file__).with_name("cookies.lua"))]
    elif name.startswith("gatehouse"):
        arguments += ["-H", f"Cookie: __Host-gatehouse={stack.cookie}"]
    environment = {**os.environ, "COOKIES": str(cookies or "")}
    text = subprocess.run([*arguments, f"https://127.0.0.1:{stack.ports[name]}{PATH}"],
                          check=True, text=True, capture_output=True, env=environment).stdout
    answered = int(re.search(r"(\d+) requests in", text)[1])
    lost = [line.strip() for line in text.splitlines() if "Non-2xx" in line or "Socket errors" in line]
    if lost:
        raise SystemExit(f"{name}: requests were lost or refused: {'; '.join(lost)}")
    return answered, text


def load_http2(stack: Stack, name: str, seconds: float, cookies: Path | None = None) -> tuple[int, str]:
    """The same over HTTP/2, so many streams at once on each connection, with h2load."""
    arguments = ["taskset", "-c", str(LOAD_CORE), "h2load", "-t1", f"-c{CONNECTIONS}", f"-m{STREAMS}", f"-D{seconds}",
                 "-H", f":authority: {HOST}"]
    if name.startswith("gatehouse"):
        arguments += ["-H", f"cookie: __Host-gatehouse={stack.cookie}"]
    text = subprocess.run([*arguments, f"https://127.0.0.1:{stack.ports[name]}{PATH}"],
                          check=True, text=True, capture_output=True).stdout
    done, failed = re.search(r"(\d+) done, \d+ succeeded, (\d+) failed", text).groups()
    good = re.search(r"status codes: (\d+) 2xx", text)[1]
    if failed != "0" or good != done or "Application protocol: h2" not in text:
        raise SystemExit(f"{name}: requests were lost or refused:\n{text}")
    return int(done), text


def microseconds(
    stack: Stack, name: str, seconds: float, cookies: Path | None = None, load=load
) -> tuple[float, float]:
    """CPU microseconds a request of the contestant alone, and together with what it must ask."""
    pids = [stack.processes[name].pid, *stack.extra.get(name, [])]
    before = [cpu_nanoseconds(pid) for pid in pids]
    answered, _ = load(stack, name, seconds, cookies)
    spent = [cpu_nanoseconds(pid) - earlier for pid, earlier in zip(pids, before)]
    return spent[0] / answered / 1000, sum(spent) / answered / 1000


def compare(stack: Stack, names: list[str], rounds: int, seconds: float, load=load) -> dict[str, list[tuple[float, float]]]:
    figures: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for name in names:
        load(stack, name, 1)
    for turn in range(rounds):
        order = names if turn % 2 == 0 else names[::-1]
        for name in order:
            figures[name].append(microseconds(stack, name, seconds, load=load))
    return figures


def ratio(figures: dict, name: str, other: str, which: int = 0) -> float:
    return statistics.median(a[0] / b[which] for a, b in zip(figures[name], figures[other]))


def idle_kib(stack: Stack, name: str, count: int) -> float:
    """KiB of resident memory that an idle keep-alive TLS connection costs, after one request each."""
    pid = stack.processes[name].pid
    pid = next(iter([int(c) for t in Path(f"/proc/{pid}/task").iterdir() for c in (t / "children").read_text().split()]), pid)
    context = ssl.create_default_context(cafile=str(stack.bench.folder / "tls/ca.pem"))
    request = f"GET {PATH} HTTP/1.1\r\nHost: {HOST}\r\nCookie: __Host-gatehouse={stack.cookie}\r\n\r\n".encode()

    def connect() -> ssl.SSLSocket:
        raw = socket.create_connection(("127.0.0.1", stack.ports[name]))
        connection = context.wrap_socket(raw, server_hostname=HOST)
        connection.sendall(request)
        answer = b""
        while not answer.endswith(BODY.encode()):
            answer += connection.recv(65536)
        return connection

    held = [connect() for _ in range(100)]
    time.sleep(0.5)
    before = resident_kib(pid)
    held += [connect() for _ in range(count)]
    time.sleep(1)
    after = resident_kib(pid)
    for connection in held:
        connection.close()
    return (after - before) / count


def calls_per_request(stack: Stack, name: str, seconds: float = 2) -> tuple[float, dict[str, float]]:
    """System calls a warm request, counted by strace."""
    summary = stack.bench.folder / "strace.txt"
    load(stack, name, 1)
    tracer = subprocess.Popen(
        ["strace", "-f", "-c", "-U", "calls,name", "-o", str(summary), "-p", str(stack.processes[name].pid)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    answered, _ = load(stack, name, seconds)
    tracer.send_signal(signal.SIGINT)
    tracer.wait(timeout=20)
    calls = {}
    for line in summary.read_text().splitlines():
        match = re.match(r"\s*(\d+)\s+(\w+)\s*$", line)
        if match and match[2] != "total":
            calls[match[2]] = int(match[1]) / answered
    return sum(calls.values()), {k: round(v, 2) for k, v in sorted(calls.items(), key=lambda kv: -kv[1]) if v > 0.01}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--sessions", type=int, default=100_000)
    parser.add_argument("--routes", type=int, default=10_000)
    parser.add_argument("--idle", type=int, default=1000, help="idle connections to hold")
    parser.add_argument("--quick", action="store_true", help="HTTP/1.1 ratios only")
    parser.add_argument("--http2", action="store_true", help="the ratios of both protocols only")
    options = parser.parse_args()

    bench = Bench(ROOT / ".gatehouse/bench")
    stack = Stack(bench, options.sessions, options.routes)
    try:
        stack.start()
        names = ["nginx", "nginx auth_request", "floor", "gatehouse"]
        figures = compare(stack, names, options.rounds, options.seconds)
        print(f"HTTP/1.1 over TLS, {CONNECTIONS} keep-alive connections, 200-byte bodies, "
              f"{options.rounds} rounds of {options.seconds} s\n")
        print(f"{'':24}{'CPU µs a request':>18}{'gatehouse / it':>18}")
        for name in names:
            print(f"{name:24}{statistics.median(f[0] for f in figures[name]):18.1f}{ratio(figures, 'gatehouse', name):18.2f}")
        both = "nginx auth_request"
        print(f"{'  and its service':24}{statistics.median(f[1] for f in figures[both]):18.1f}{ratio(figures, 'gatehouse', both, 1):18.2f}")
        if options.quick:
            return

        names = ["nginx", "gatehouse"]
        figures = compare(stack, names, options.rounds, options.seconds, load_http2)
        print(f"\nHTTP/2, {CONNECTIONS} connections of {STREAMS} streams, 200-byte bodies\n")
        for name in names:
            print(f"{name:24}{statistics.median(f[0] for f in figures[name]):18.1f}{ratio(figures, 'gatehouse', name):18.2f}")
        if options.http2:
            return

        print(f"\n{'gatehouse / nginx':58}{'CPU':>8}")
        for title, its_load in (
            (f"bodies of {LARGE_BYTES >> 20} MiB over HTTP/1.1", load_bodies_http1),
            (f"bodies of {LARGE_BYTES >> 20} MiB over HTTP/2", load_bodies_http2),
            ("full handshakes, one request each", load_handshakes),
        ):
            figures = compare(stack, names, options.rounds, options.seconds, its_load)
            print(f"{title:58}{ratio(figures, 'gatehouse', 'nginx'):8.2f}")

        cookies = bench.folder / "cookies.txt"
        cookies.write_text(stack.run("session", "create", "olivia", "--count", str(options.sessions)))
        one = bench.folder / "cookie.txt"
        one.write_text((stack.cookie + "\n") * 1000)
        warm = 0
        while warm < options.sessions * 1.2:
            warm += load(stack, "gatehouse large", 5, cookies)[0]
        pairs = []
        for _ in range(options.rounds):
            small = microseconds(stack, "gatehouse", options.seconds, one)[0]
            large = microseconds(stack, "gatehouse large", options.seconds, cookies)[0]
            pairs.append((small, large))
        print(f"\n{options.routes:,} routes and {options.sessions:,} cached sessions against 1 and 1: "
              f"{statistics.median(l / s for s, l in pairs):.3f} of the CPU a request")

        total, calls = calls_per_request(stack, "gatehouse")
        print(f"\nSystem calls a warm request: {total:.2f}  {json.dumps(calls)}")
        for name in ["nginx", "gatehouse"]:
            print(f"Idle keep-alive TLS connection, {name}: {idle_kib(stack, name, options.idle):.1f} KiB")
        for name in ["nginx", "gatehouse"]:
            print(f"Idle connection of HTTP/2, {name}: {idle_http2_kib(stack, name, options.idle):.1f} KiB")
    finally:
        bench.stop()
        subprocess.run([ROOT / "deploy/development/postgres.sh", "stop", bench.folder / "postgres"], check=False)


if __name__ == "__main__":
    sys.exit(main())
