#!/usr/bin/env python3
"""A flood of sign-ins, and what becomes of those who are signed in meanwhile.

One gateway, as it comes, with all that it needs on the same machine. People who are signed in ask at a steady rate: first
while nothing else happens, then while sign-ins come in by the hundred, each with another name and from another address,
so that no throttle turns them away. The rounds alternate. What is reported is the time to the answer, of the median and
of the slowest hundredth, and the memory of the gateway.

It fails if the slowest hundredth of the signed-in takes more than --ratio times its quiet value, if any of their
requests fails, or if the memory grows beyond what the hashing threads may have.

usage: login_flood.py [--program FILE] [--rate N] [--seconds S] [--rounds N]
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

from gateway import FORM_SECRET, HOST, PATH, ROOT, Gateway
from processes import Bench

SIGNED_IN_CONNECTIONS = 20
SIGNED_IN_RATE = 500
FLOOD_CONNECTIONS = 256
#: What the hashing threads may take beyond what the gateway has anyway, 64 MiB each, and what pages and queries take.
THREADS = max(1, len(os.sched_getaffinity(0)) // 2)
MEMORY_KIB = THREADS * 64 * 1024 + 48 * 1024


def figures(text: str) -> dict[str, int]:
    line = next((line for line in text.splitlines() if line.startswith("RESULT")), None)
    if line is None:
        raise SystemExit(f"wrk did not say what it measured:\n{text}")
    return {name: int(float(value)) for name, value in re.findall(r"(\w+)=([\d.]+)", line)}


def wrk(connections: int, seconds: int, script: str, url: str, host: str, delay: float, headers: list[str],
        niceness: int) -> subprocess.Popen:
    arguments = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-H", f"Host: {host}",
                 *[part for header in headers for part in ("-H", header)],
                 "-s", str(Path(__file__).with_name(script)), url]
    environment = {**os.environ, "DELAY": str(delay), "SECRET": FORM_SECRET}
    # Whoever measures goes before whoever is measured, as if it had a machine of its own. Who floods has one elsewhere: it
    # goes last.
    if os.getuid() == 0 or niceness > 0:
        arguments = ["nice", "-n", str(niceness), *arguments]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=environment)


def signed_in(gateway: Gateway, seconds: int) -> dict[str, int]:
    delay = 1000 * SIGNED_IN_CONNECTIONS / SIGNED_IN_RATE
    load = wrk(SIGNED_IN_CONNECTIONS, seconds, "steady.lua", f"https://127.0.0.1:{gateway.port}{PATH}", HOST, delay,
               [f"Cookie: __Host-gatehouse={gateway.cookie}"], -10)
    return figures(load.communicate()[0])


def flooded(gateway: Gateway, seconds: int, rate: int) -> tuple[dict[str, int], dict[str, int]]:
    # Sixty or so wait for their turn at any time; the others make up the rate.
    delay = 1000 * (FLOOD_CONNECTIONS - 66) / rate
    flood = wrk(FLOOD_CONNECTIONS, seconds + 4, "flood.lua", f"https://127.0.0.1:{gateway.port}/.gatehouse/login",
                f"localhost:{gateway.port}", delay, [], 19)
    time.sleep(3)
    people = signed_in(gateway, seconds)
    return people, figures(flood.communicate()[0])


def peak_kib(gateway: Gateway) -> int:
    for line in Path(f"/proc/{gateway.process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise SystemExit("no VmHWM for the gateway")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=ROOT / ".build/release/gatehouse")
    parser.add_argument("--rate", type=int, default=200, help="sign-ins a second")
    parser.add_argument("--seconds", type=int, default=10, help="of each quiet and each flooded stretch")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ratio", type=float, default=2.0, help="most that the slowest hundredth may grow by")
    options = parser.parse_args()

    bench = Bench(ROOT / ".gatehouse/login-flood")
    gateway = None
    try:
        gateway = Gateway(bench, options.program)
        signed_in(gateway, 2)
        # The first hash of each thread takes its memory once: that is within the bound, and so before the flood.
        before = peak_kib(gateway)
        quiet, busy, floods = [], [], []
        for _ in range(options.rounds):
            quiet.append(signed_in(gateway, options.seconds))
            people, flood = flooded(gateway, options.seconds, options.rate)
            busy.append(people)
            floods.append(flood)
            time.sleep(4)  # What waits for a thread is done by then.
        grown = peak_kib(gateway) - before

        for name, runs in (("quiet", quiet), ("flooded", busy)):
            for run in runs:
                print(f"signed in, {name:8} {run['requests'] / run['seconds']:6.0f}/s"
                      f"  p50 {run['p50']:6} µs  p99 {run['p99']:6} µs  p99.9 {run['p999']:6} µs  most {run['most']:7} µs")
        for run in floods:
            answers = " ".join(f"{status}: {run[status]}" for status in sorted(run) if status.isdigit())
            print(f"sign-ins  {run['requests'] / run['seconds']:6.0f}/s  {answers}")
        ratio = statistics.median(b["p99"] for b in busy) / statistics.median(q["p99"] for q in quiet)
        print(f"\np99 flooded / quiet: {ratio:.2f}    memory: {grown / 1024:.0f} MiB more at its most")

        problems = []
        if ratio > options.ratio:
            problems.append(f"the slowest hundredth takes {ratio:.2f} times its quiet value; {options.ratio} is allowed")
        if any(run["errors"] for run in quiet + busy):
            problems.append("requests of people who are signed in failed")
        if grown > MEMORY_KIB:
            problems.append(f"{grown // 1024} MiB more; {MEMORY_KIB // 1024} are allowed")
        rate = statistics.median(run["requests"] / run["seconds"] for run in floods)
        if rate < options.rate * 0.9:
            problems.append(f"only {rate:.0f} sign-ins a second came in: the machine is too slow for this measurement")
        if problems:
            raise SystemExit("; ".join(problems))
    finally:
        if gateway:
            gateway.stop()
        else:
            bench.stop()


if __name__ == "__main__":
    sys.exit(main())
