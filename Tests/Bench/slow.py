#!/usr/bin/env python3
"""Ten thousand slow connections, and what they cost those who are not slow.

One peer holds connections of seven kinds, as many of each: silent before the TLS handshake, in its midst, in a head, in
a body, reading nothing of an answer, and idle after an answer over HTTP/1.1 and over HTTP/2. Those that send something
send a byte every ten seconds, and the limits are so wide that the gateway bears all of them: what is measured is the
cost of having them, not of turning them away. Meanwhile people who are signed in ask at a steady rate. The rounds without
the slow peer come before and after those with it, so that a change of the machine's speed meets both.

The gateway has one worker on one core, everything else the other. Printed are the memory that each kind takes, and the
times to an answer and the CPU time a request, with the slow peer and without it. It fails if the median grows by more
than --ratio, if a request of the others fails, or if slow connections are lost, for then less was measured than said.

usage: slow.py [--program FILE] [--connections N] [--rounds N] [--seconds S] [--ratio R]
"""

import argparse
import os
import resource
import statistics
import sys
import time
from pathlib import Path

from gateway import BODY, HOST, ROOT, Gateway
from login_flood import signed_in
from processes import LOAD_CORE, PROXY_CORE, Bench, cpu_nanoseconds, free_port, resident_kib, wait_for_port

sys.path.append(str(ROOT / "Tests/Clients"))
from slow_peers import KINDS, SlowPeer  # noqa: E402

ROUTES = f"""
  - {{name: spc, match: {{host: {HOST}, path: "/plants/{{plant}}/**"}}, require: {{role: operator}}, upstream: quick}}
  - {{name: slow, match: {{host: {HOST}}}, require: anyone, upstream: patient, body: unlimited}}"""
LIMITS = """
workers: 1
limits:
  handshake_deadline: 10m
  head_deadline: 10m
  body_idle: 10m
  body_rate: 1B
  answer_idle: 10m
  answer_rate: 1B
  keep_alive_idle: 10m
  connections: {connections}
"""
# How often each of those that send something sends a byte.
DRIBBLE_SECONDS = 10


def measure(gateway: Gateway, seconds: int) -> dict[str, float]:
    before = cpu_nanoseconds(gateway.pid)
    figures = signed_in(gateway, seconds)
    if figures["errors"]:
        raise SystemExit(f"{figures['errors']} requests of the others failed")
    return {
        "p50": figures["p50"], "p99": figures["p99"],
        "CPU": (cpu_nanoseconds(gateway.pid) - before) / figures["requests"] / 1000,
    }


def run(bench: Bench, gateway: Gateway, options: argparse.Namespace) -> list[str]:
    peer = SlowPeer(gateway.port, str(gateway.authority), HOST, DRIBBLE_SECONDS)
    measure(gateway, 1)
    try:
        without = [measure(gateway, options.seconds) for _ in range(options.rounds)]
        began = time.monotonic()
        print(f"{'KiB each':>10}")
        for kind in KINDS:
            # What the first of a kind takes once and for all is no cost of the others.
            peer.open(kind, 10)
            time.sleep(0.2)
            small, count = resident_kib(gateway.pid), options.connections // len(KINDS) - 10
            peer.open(kind, count)
            # Idle connections let their buffers go after a second.
            time.sleep(2)
            print(f"{(resident_kib(gateway.pid) - small) / count:10.1f}  {kind}")
        print(f"{len(peer.held)} slow connections, opened within {time.monotonic() - began:.0f} s\n")
        slowed = [measure(gateway, options.seconds) for _ in range(options.rounds)]
        lost = peer.ended()
    finally:
        peer.close()
    time.sleep(2)
    without += [measure(gateway, options.seconds) for _ in range(options.rounds)]
    problems = [f"{count} of those {kind} were not held to the end" for kind, count in lost.items()]
    print(f"{'':8}{'without':>10}{'with':>10}{'ratio':>8}")
    for figure in ("p50", "p99", "CPU"):
        usual, slow = (statistics.median(one[figure] for one in rounds) for rounds in (without, slowed))
        print(f"{figure:4} µs {usual:10.1f}{slow:10.1f}{slow / usual:8.2f}")
        if figure == "p50" and slow > usual * options.ratio:
            problems.append(f"the median takes {slow / usual:.2f} times as long; {options.ratio} is allowed")
    return problems


def affordable(connections: int) -> int:
    """As many of these connections as there are descriptors for: the gateway keeps half of its own for clients, and sheds
    idle ones before those are spent."""
    needed = connections * 11 // 5
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        hard = max(hard, needed)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except ValueError:
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        print(f"{hard} descriptors (ulimit -Hn) are too few for {connections} connections, which take {needed}")
        connections = hard * 5 // 11
    return connections


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=ROOT / ".build/release/gatehouse")
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--ratio", type=float, default=1.25, help="most that the median may grow by")
    options = parser.parse_args()
    options.connections = affordable(options.connections)

    bench = Bench(ROOT / ".gatehouse/slow")
    gateway = None
    os.sched_setaffinity(0, {LOAD_CORE})
    try:
        quick, patient = free_port(), free_port()
        bench.nginx("quick", LOAD_CORE, quick, f"""
    server {{ listen 127.0.0.1:{quick}; location / {{ default_type text/plain; return 200 "{BODY}"; }} }}""")
        application = bench.start(
            "patient", LOAD_CORE, [sys.executable, str(Path(__file__).with_name("application.py")), str(patient)])
        wait_for_port(patient, application)
        gateway = Gateway(
            bench, options.program, settings=LIMITS.format(connections=options.connections * 3 // 2), routes=ROUTES,
            applications={"quick": quick, "patient": patient}, core=PROXY_CORE)
        problems = run(bench, gateway, options)
    finally:
        if gateway:
            gateway.stop()
        else:
            bench.stop()
    if problems:
        raise SystemExit("; ".join(problems))


if __name__ == "__main__":
    sys.exit(main())
