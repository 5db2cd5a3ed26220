#!/usr/bin/env python3
"""A mixed load for some minutes, with faults, and an account of what it left behind.

Clients on kept connections, uploads of known and unknown length, downloads that are read slowly, WebSockets, HTTP/2 with
and without bodies, and requests of every kind that are broken off in their midst; meanwhile the application is killed and
started again, and the configuration loaded anew. It fails unless

- no request failed but for the application's being away,
- memory was flat once it was warm,
- no descriptor is left over when all is quiet again, and the metrics say so too,
- the process is the one that was started, and ends when it is told to.

usage: $(deploy/development/venv.sh) Tests/Bench/soak.py [--program FILE] [--seconds S]
"""

import argparse

import asyncio
import hashlib
import json
import logging
import os
import random
import re
import signal
import ssl
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from websockets.asyncio.client import connect as connect_socket
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from gateway import HOST, ROOT, Gateway
from processes import Bench, free_port, resident_kib, wait_for_port

ROUTES = f"""
  - {{name: spc, match: {{host: {HOST}, path: "/plants/{{plant}}/**"}}, require: {{role: operator}}, upstream: application,
     body: unlimited}}
  - {{name: sockets, match: {{host: {HOST}, path: "/sockets/**"}}, require: signed_in, upstream: sockets}}"""
# How many of each there are at a time.
STEADY, UPLOADS, DOWNLOADS, SOCKETS, ABORTS = 16, 4, 4, 16, 4
# A fault each so many seconds, which explains failures until so long after the application is back.
FAULT_INTERVAL, FAULT_AFTERMATH = 20.0, 2.0
# What memory may grow by between the end of the first quarter and the end.
GROWTH_MAX, GROWTH_KIB = 1.05, 4096
# How long the gateway may take to end once nobody is there: `limits.drain`, and what a busy machine adds.
END_SECONDS = 60


class Failed(Exception):
    """A request that did not end as it should have."""


class Account:
    """What was done, what failed, and when something was broken on purpose."""

    def __init__(self):
        self.done = Counter()
        self.failures: list[tuple[float, float, str]] = []
        self.faults: list[tuple[float, float]] = []

    def unexplained(self) -> list[str]:
        return [
            text for begin, end, text in self.failures
            if not any(begin <= until and end >= since for since, until in self.faults)
        ]


class Connection:
    """One connection of HTTP/1.1 that is kept as long as the gateway keeps it."""

    def __init__(self, soak: "Soak"):
        self.soak = soak
        self.writer = None

    async def open(self) -> None:
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(
                "127.0.0.1", self.soak.gateway.port, ssl=self.soak.tls, server_hostname=HOST)

    def close(self) -> None:
        if self.writer:
            self.writer.transport.abort()
        self.writer = None

    def begin(self, method: str, target: str, *fields: str) -> None:
        cookie = f"Cookie: __Host-gatehouse={self.soak.gateway.cookie}"
        lines = [f"{method} {target} HTTP/1.1", f"Host: {HOST}", cookie, *fields]
        self.writer.write("\r\n".join([*lines, "", ""]).encode())

    async def finish(self, pause: float = 0) -> bytes:
        """The body of the answer, which must be 200."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        status = int(head.split(b" ", 2)[1])
        length = int(re.search(rb"\ncontent-length: (\d+)", head)[1])
        pieces = []
        while length > 0:
            piece = await self.reader.read(min(length, 65536))
            if not piece:
                raise Failed(f"cut off {length} bytes before the end")
            length -= len(piece)
            pieces.append(piece)
            await asyncio.sleep(pause)
        if b"\nconnection: close" in head:
            self.close()
        if status != 200:
            raise Failed(f"{status} {b''.join(pieces)[:200]!r}")
        return b"".join(pieces)


class Soak:
    def __init__(self, bench: Bench, program: Path, seconds: float):
        self.seconds = seconds
        self.bench = bench
        self.ports = {"application": free_port(), "sockets": free_port()}
        self.application = self.start_application()
        self.gateway = Gateway(
            bench, program, settings="workers: 2", applications=self.ports, routes=ROUTES,
            access_log=f"{bench.folder}/access.log")
        self.account = Account()
        self.samples: list[tuple[int, int]] = []
        self.upload_file = bench.folder / "upload"
        self.upload_file.write_bytes(random.randbytes(100_000))

    # What is broken on purpose.

    def start_application(self) -> subprocess.Popen:
        process = self.bench.start(
            "application", None,
            [sys.executable, str(Path(__file__).with_name("application.py")), *map(str, self.ports.values())])
        for port in self.ports.values():
            wait_for_port(port, process)
        return process

    async def break_things(self) -> None:
        while True:
            await asyncio.sleep(FAULT_INTERVAL)
            begin = time.monotonic()
            self.application.kill()
            await asyncio.to_thread(self.application.wait)
            await asyncio.sleep(random.uniform(0, 1))
            # Until it is back the fault has no end.
            self.account.faults.append((begin, float("inf")))
            self.application = await asyncio.to_thread(self.start_application)
            self.account.faults[-1] = (begin, time.monotonic() + FAULT_AFTERMATH)
            self.account.done["faults"] += 1
            self.gateway.process.send_signal(signal.SIGHUP)

    # What clients do.

    async def repeatedly(self, kind: str, once) -> None:
        connection = Connection(self)
        while True:
            begin = time.monotonic()
            try:
                async with asyncio.timeout(60):
                    await once(connection)
                self.account.done[kind] += 1
            except (Failed, OSError, EOFError, ConnectionClosed, InvalidHandshake) as error:
                connection.close()
                self.account.failures.append((begin, time.monotonic(), f"{kind}: {type(error).__name__}: {error}"))
                await asyncio.sleep(0.1)

    async def get(self, connection: Connection) -> None:
        await connection.open()
        size = random.choice((0, 200, 200, 200, 5000, 60000))
        connection.begin("GET", f"/plants/detroit/x?{size}")
        if len(await connection.finish()) != size:
            raise Failed("not all of it")
        await asyncio.sleep(random.uniform(0, 0.02))

    async def upload(self, connection: Connection) -> None:
        await connection.open()
        size = random.randrange(1 << 21)
        content = random.randbytes(min(size, 4096)) * (size // 4096 + 1)
        content = content[:size]
        if random.random() < 0.5:
            connection.begin("PUT", "/plants/detroit/x", f"Content-Length: {size}")
            connection.writer.write(content)
        else:
            connection.begin("PUT", "/plants/detroit/x", "Transfer-Encoding: chunked")
            for start in range(0, size, 40000):
                piece = content[start : start + 40000]
                connection.writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                await connection.writer.drain()
            connection.writer.write(b"0\r\n\r\n")
        await connection.writer.drain()
        if await connection.finish() != f"{size} {hashlib.sha256(content).hexdigest()}".encode():
            raise Failed("another body arrived")
        await asyncio.sleep(0.05)

    async def download(self, connection: Connection) -> None:
        await connection.open()
        connection.begin("GET", "/plants/detroit/x?4000000")
        if len(await connection.finish(pause=0.01)) != 4_000_000:
            raise Failed("not all of it")

    async def abort(self, connection: Connection) -> None:
        """Breaks off somewhere: before the head's end, in a body, in an answer."""
        await connection.open()
        match random.randrange(4):
            case 0:
                connection.writer.write(b"GET /plants/detroit/x HTTP/1.1\r\nHo")
            case 1:
                connection.begin("PUT", "/plants/detroit/x", "Content-Length: 1000000")
                connection.writer.write(bytes(random.randrange(1000000)))
            case 2:
                connection.begin("GET", "/plants/detroit/x?4000000")
                await connection.reader.read(random.randrange(1, 200000))
            case 3:
                connection.begin("GET", "/plants/detroit/x")
        await asyncio.sleep(random.uniform(0, 0.1))
        connection.close()

    async def talk(self, _: Connection) -> None:
        """A WebSocket that says some things, and closes in order or just goes."""
        cookie = {"Cookie": f"__Host-gatehouse={self.gateway.cookie}"}
        async with connect_socket(
            f"wss://{HOST}:{self.gateway.port}/sockets/x", host="127.0.0.1", ssl=self.tls, additional_headers=cookie,
            max_size=4 << 20, compression=None,
        ) as socket:
            for _ in range(random.randrange(1, 40)):
                message = random.randbytes(random.choice((0, 10, 125, 126, 1000, 70000)))
                await socket.send(message)
                if await socket.recv() != message:
                    raise Failed("another message came back")
                self.account.done["messages"] += 1
                await asyncio.sleep(random.uniform(0, 0.1))
            if random.random() < 0.3:
                socket.transport.abort()

    async def http2(self, kind: str, count: int, query: str, *options: str, abort: bool = False) -> None:
        """Rounds of h2load, each with connections of its own."""
        while True:
            begin = time.monotonic()
            process = await asyncio.create_subprocess_exec(
                "h2load", f"-n{count}", "-c8", "-m10", "-t1", *options,
                "--connect-to", f"127.0.0.1:{self.gateway.port}",
                "-H", f"Cookie: __Host-gatehouse={self.gateway.cookie}", f"https://{HOST}/plants/detroit/x?{query}",
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if abort:
                await asyncio.sleep(random.uniform(0.05, 1))
                if process.returncode is None:
                    process.kill()
                await process.communicate()
                self.account.done[kind] += 1
                continue
            text = (await process.communicate())[0].decode()
            found = re.search(r"status codes: (\d+) 2xx", text)
            good = int(found[1]) if found else 0
            self.account.done[kind] += good
            if good < count:
                problem = f"{kind}: {count - good} of {count} failed: {text}"
                self.account.failures.append((begin, time.monotonic(), problem))
            await asyncio.sleep(0.5)

    # The account.

    async def watch(self) -> None:
        while True:
            self.samples.append((resident_kib(self.gateway.pid), self.descriptors()))
            await asyncio.sleep(max(0.5, self.seconds / 300))

    def descriptors(self) -> int:
        """How many the gateway has open, but for those to PostgreSQL, of which its pool opens more when it likes."""
        folder = f"/proc/{self.gateway.pid}/fd"
        unix = set(re.findall(r" (\d+)(?: \S+)?\n", Path("/proc/net/unix").read_text()))
        count = 0
        for name in os.listdir(folder):
            try:
                target = os.readlink(f"{folder}/{name}")
            except FileNotFoundError:
                continue  # Closed meanwhile.
            count += not (target.startswith("socket:[") and target[8:-1] in unix)
        return count

    async def run(self) -> list[str]:
        self.tls = ssl.create_default_context(cafile=self.gateway.authority)
        first = Connection(self)
        await self.get(first)
        first.close()
        await asyncio.sleep(1)
        before = self.descriptors()
        await self.load()
        return self.judge(before, await self.settle(before)) + await self.end()

    async def load(self) -> None:
        work = [
            self.watch(), self.break_things(),
            self.http2("HTTP/2", 2000, "200"),
            self.http2("HTTP/2 uploads", 100, "0", "-d", str(self.upload_file)),
            self.http2("HTTP/2 downloads", 100, "500000", "-w14", "-W14"),
            self.http2("HTTP/2 aborted", 100, "4000000", abort=True),
            self.http2("HTTP/2 uploads aborted", 1000, "0", "-d", str(self.upload_file), abort=True),
        ]
        for kind, count, once in (
            ("requests", STEADY, self.get), ("uploads", UPLOADS, self.upload), ("downloads", DOWNLOADS, self.download),
            ("aborted", ABORTS, self.abort), ("WebSockets", SOCKETS, self.talk),
        ):
            work += [self.repeatedly(kind, once) for _ in range(count)]
        tasks = [asyncio.create_task(one) for one in work]
        done, _ = await asyncio.wait(tasks, timeout=self.seconds, return_when=asyncio.FIRST_EXCEPTION)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            if task.exception():
                raise task.exception()

    async def settle(self, before: int) -> int:
        """How many descriptors are open once the clients and the application are gone."""
        self.application.kill()
        began = time.monotonic()
        while self.descriptors() > before and time.monotonic() < began + 90:
            await asyncio.sleep(1)
        self.settled = time.monotonic() - began
        return self.descriptors()

    async def end(self) -> list[str]:
        """Tells the gateway to stop, and waits for it."""
        self.gateway.process.send_signal(signal.SIGTERM)
        try:
            code = await asyncio.to_thread(self.gateway.process.wait, END_SECONDS)
        except subprocess.TimeoutExpired:
            return [f"the gateway goes on {END_SECONDS} s after SIGTERM"]
        return [f"the gateway ended with {code}"] if code else []

    def judge(self, before: int, after: int) -> list[str]:
        sizes = [size for size, _ in self.samples[len(self.samples) // 4 :]]
        quarter, tenth = max(1, len(sizes) // 4), max(1, len(self.samples) // 10)
        early, late = statistics.median(sizes[:quarter]), statistics.median(sizes[-quarter:])
        busy = re.compile(
            r"gatehouse_connections\{|gatehouse_tunnels\{|gatehouse_upstream_pending\{"
            r'|gatehouse_upstream_connections\{.*"active"')
        metrics = self.gateway.metrics()
        unexplained = self.account.unexplained()
        print(json.dumps({
            "seconds": self.seconds, **self.account.done,
            "failed while the application was away": len(self.account.failures) - len(unexplained),
            "failed otherwise": len(unexplained),
            "bytes of tunnels": sum(
                int(value) for name, value in metrics.items() if name.startswith("gatehouse_tunnel_bytes_total")),
            "resident KiB": {
                "after a quarter": early, "at the end": late, "most": max(size for size, _ in self.samples),
                "by tenths": [
                    statistics.median(size for size, _ in self.samples[place * tenth : (place + 1) * tenth])
                    for place in range(10)]},
            "settled after": f"{self.settled:.0f} s",
            "descriptors": {"before": before, "most": max(count for _, count in self.samples), "after": after},
        }, indent=2))
        problems = unexplained[:20]
        if self.gateway.process.poll() is not None:
            problems.append(f"the gateway ended with {self.gateway.process.returncode}")
        if late > early * GROWTH_MAX + GROWTH_KIB:
            problems.append(f"memory grew from {early} to {late} KiB")
        if after > before:
            problems.append(f"{after - before} descriptors are left over")
        # Whoever asks for the metrics is somebody, too.
        metrics['gatehouse_connections{protocol="HTTP/1.1"}'] -= 1
        problems += [
            f"{name} is {value:.0f} with nobody there" for name, value in metrics.items() if busy.match(name) and value]
        kinds = {"requests", "uploads", "downloads", "WebSockets", "messages", "aborted", "faults", "HTTP/2",
                 "HTTP/2 uploads", "HTTP/2 downloads", "HTTP/2 aborted", "HTTP/2 uploads aborted"}
        return problems + [f"no {kind} at all" for kind in sorted(kinds - set(self.account.done))]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=ROOT / ".build/release/gatehouse")
    parser.add_argument("--seconds", type=float, default=600)
    options = parser.parse_args()
    # Who breaks connections off in the midst of writing need not be told.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    bench = Bench(ROOT / ".gatehouse/soak")
    soak = None
    try:
        soak = Soak(bench, options.program, options.seconds)
        problems = asyncio.run(soak.run())
    finally:
        if soak:
            soak.gateway.stop()
        else:
            bench.stop()
    for problem in problems:
        print(f"FAILED: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
