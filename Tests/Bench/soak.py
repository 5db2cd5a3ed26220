#!/usr/bin/env python3
"""A mixed load for some minutes, with faults, and an account of what it left behind.

Clients on kept connections, uploads of known and unknown length, downloads that are read slowly, WebSockets over HTTP/1.1
and HTTP/2, server-sent events, HTTP/2 with and without bodies, the four kinds of gRPC, and requests of every kind that are
broken off in their midst, before applications of HTTP/1.1 and of HTTP/2; meanwhile these reset streams, take no more on
connections, are killed and started again, and the configuration is loaded anew. It fails unless

- no request failed but for the application's being away, or its reset,
- memory was flat once it was warm,
- no descriptor is left over when all is quiet again, and the metrics say so too,
- the process is the one that was started, and ends when it is told to.

usage: $(deploy/development/venv.sh) Tests/Bench/soak.py [--program FILE] [--seconds S] [--only KIND]... [--no-faults]

With `--only`, once for each kind of load, the others rest: to find out whose doing something is.
"""

import argparse
import asyncio
import json
import logging
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path

from gateway import HOST, ROOT, Gateway
from processes import Bench, free_port, resident_kib, wait_for_port
from soak_clients import PATHS, Clients, Connection

ROUTES = f"""
  - {{name: spc, match: {{host: {HOST}, path: "/plants/{{plant}}/**"}}, require: {{role: operator}}, upstream: application,
     body: unlimited}}
  - {{name: multiplexed, match: {{host: {HOST}, path: "/plants/{{plant}}/multiplexed/**"}}, require: {{role: operator}},
     upstream: multiplexed, body: unlimited}}
  - {{name: brittle, match: {{host: {HOST}, path: "/brittle/**"}}, require: signed_in, upstream: brittle}}
  - {{name: sockets, match: {{host: {HOST}, path: "/sockets/**"}}, require: signed_in, upstream: sockets}}
  - {{name: multiplexed-sockets, match: {{host: {HOST}, path: "/sockets/multiplexed/**"}}, require: signed_in,
     upstream: multiplexed}}
  - {{name: calls, match: {{host: {HOST}, path: "/soak.Calls/**"}}, require: signed_in, upstream: calls, body: unlimited}}"""
# How many of each there are at a time.
STEADY, UPLOADS, DOWNLOADS, SOCKETS, EVENTS, CALLS, ABORTS, RESETS = 16, 4, 4, 16, 8, 8, 4, 2
# A fault each so many seconds, which explains failures until so long after the application is back.
FAULT_INTERVAL, FAULT_AFTERMATH = 20.0, 2.0
# What memory may grow by between the end of the first quarter and the end.
GROWTH_MAX, GROWTH_KIB = 1.05, 4096
# How long the gateway may take to end once nobody is there: `limits.drain`, and what a busy machine adds.
END_SECONDS = 60


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


class Soak:
    def __init__(self, bench: Bench, program: Path, seconds: float, only: list[str], has_faults: bool):
        self.seconds, self.only, self.has_faults = seconds, only, has_faults
        self.bench = bench
        self.ports = {name: free_port() for name in ("application", "sockets", "multiplexed", "calls")}
        self.applications = self.start_applications()
        endpoint = f'endpoints: ["h2c://127.0.0.1:{self.ports["multiplexed"]}"]'
        self.gateway = Gateway(
            bench, program, settings="workers: 2", routes=ROUTES, access_log=f"{bench.folder}/access.log",
            applications=self.ports | {
                "multiplexed": endpoint, "brittle": f"{endpoint}, ejection: off",
                "calls": f'endpoints: ["h2c://127.0.0.1:{self.ports["calls"]}"]'})
        self.account = Account()
        self.samples: list[tuple[int, int]] = []
        self.upload_file = bench.folder / "upload"
        self.upload_file.write_bytes(random.randbytes(100_000))

    # What is broken on purpose.

    def start_applications(self) -> list[subprocess.Popen]:
        ports = list(map(str, self.ports.values()))
        started = [
            self.bench.start(program, None, [sys.executable, str(Path(__file__).with_name(f"{program}.py")), *ports])
            for program, ports in (("application", ports[:2]), ("http2_application", ports[2:]))]
        for port, process in zip(self.ports.values(), (started[0], started[0], started[1], started[1])):
            wait_for_port(port, process)
        return started

    def kill_applications(self) -> None:
        for process in self.applications:
            process.kill()
            process.wait()

    async def break_things(self) -> None:
        while True:
            await asyncio.sleep(FAULT_INTERVAL)
            begin = time.monotonic()
            # Until they are back the fault has no end.
            self.account.faults.append((begin, float("inf")))
            await asyncio.to_thread(self.kill_applications)
            await asyncio.sleep(random.uniform(0, 1))
            self.applications = await asyncio.to_thread(self.start_applications)
            self.account.faults[-1] = (begin, time.monotonic() + FAULT_AFTERMATH)
            self.account.done["faults"] += 1
            self.gateway.process.send_signal(signal.SIGHUP)

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
        clients = Clients(self.gateway, self.account)
        first = Connection(clients)
        await clients.get(first)
        first.close()
        await asyncio.sleep(1)
        before = self.descriptors()
        await self.load(clients)
        return self.judge(before, await self.settle(before)) + await self.end()

    def kinds(self, clients: Clients) -> dict[str, tuple[int, Callable[[str], Coroutine]]]:
        """Each kind of load: how many of it there are at a time, and what one of them does."""

        def again(once):
            return lambda kind: clients.repeatedly(kind, once)

        def rounds(*arguments, **options):
            return lambda kind: clients.http2(kind, *arguments, **options)

        file = ("-d", str(self.upload_file))
        return {
            "requests": (STEADY, again(clients.get)),
            "uploads": (UPLOADS, again(clients.upload)),
            "downloads": (DOWNLOADS, again(clients.download)),
            "aborted": (ABORTS, again(clients.abort)),
            "reset": (RESETS, again(clients.suffer)),
            "WebSockets": (SOCKETS, again(clients.talk)),
            "events": (EVENTS, again(clients.events)),
            "gRPC": (CALLS, clients.calls),
            "HTTP/2": (1, rounds(2000, "200")),
            "HTTP/2 uploads": (1, rounds(100, "0", *file)),
            "HTTP/2 downloads": (1, rounds(100, "500000", "-w14", "-W14")),
            "HTTP/2 aborted": (1, rounds(100, "4000000", abort=True)),
            "HTTP/2 uploads aborted": (1, rounds(1000, "0", *file, abort=True)),
            "HTTP/2 to HTTP/2": (1, rounds(2000, "200", path=PATHS[1])),
            "HTTP/2 to HTTP/2 uploads": (1, rounds(100, "0", *file, path=PATHS[1])),
            "HTTP/2 to HTTP/2 aborted": (1, rounds(100, "4000000", abort=True, path=PATHS[1])),
            "HTTP/2 events": (EVENTS // 2, again(clients.http2_events)),
            "HTTP/2 WebSockets": (SOCKETS, again(clients.http2_talk)),
        }

    async def load(self, clients: Clients) -> None:
        kinds = self.kinds(clients)
        self.expected = set(self.only or kinds) | ({"faults"} if self.has_faults else set())
        work = [self.watch()]
        if self.has_faults:
            work.append(self.break_things())
        for kind, (number, once) in kinds.items():
            if not self.only or kind in self.only:
                work += [once(kind) for _ in range(number)]
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
        self.kill_applications()
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
        try:
            metrics, silent = self.gateway.metrics(), []
        except OSError as error:
            metrics, silent = Counter(), [f"the gateway does not answer any more: {error}"]
        unexplained = self.account.unexplained()
        print(json.dumps({
            "seconds": self.seconds, **self.account.done,
            "failed while an application was away": Counter(
                text.split(":")[0] for _, _, text in self.account.failures if text not in unexplained),
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
        problems = silent + unexplained[:20]
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
        return problems + [f"no {kind} at all" for kind in sorted(self.expected - set(self.account.done))]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=ROOT / ".build/release/gatehouse")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--only", action="append", default=[], metavar="KIND", help="of the kinds of load, only this one")
    parser.add_argument("--no-faults", dest="faults", action="store_false", help="break nothing")
    options = parser.parse_args()
    # Who breaks connections off in the midst of writing need not be told.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    bench = Bench(ROOT / ".gatehouse/soak")
    soak = None
    try:
        soak = Soak(bench, options.program, options.seconds, options.only, options.faults)
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
