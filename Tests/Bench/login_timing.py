#!/usr/bin/env python3
"""Whether the time of a refused sign-in tells if there is such a user (OWASP ASVS 5.0, 6.3.8).

Sign-ins with a wrong password, one after another, in an order drawn by lot: for people who exist, for names that nobody
has, and for a second set of such names, which shows what chance makes of no difference at all. Each comes from another
address, so that no throttle is met. The times are compared by the Mann-Whitney test.

It fails if known and unknown are told apart at |z| > 4, which chance does once in 16,000 runs.

usage: login_timing.py [--program FILE] [--tries N]
"""

import argparse
import http.client
import math
import random
import ssl
import statistics
import sys
import time
from pathlib import Path

from gateway import FORM_SECRET, ROOT, Gateway
from processes import Bench

KINDS = ("known", "unknown", "unknown as well")


def z_score(left: list[float], right: list[float]) -> float:
    """Of the Mann-Whitney U statistic, by its normal approximation; times to the nanosecond have no ties to speak of."""
    ranked = sorted([(time, 0) for time in left] + [(time, 1) for time in right])
    ranks = sum(rank for rank, (_, side) in enumerate(ranked, 1) if side == 0)
    n, m = len(left), len(right)
    u = ranks - n * (n + 1) / 2
    return (u - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12)


def sign_in(connection: http.client.HTTPSConnection, host: str, name: str, address: str) -> float:
    body = f"csrf={FORM_SECRET}&username={name}&password=wrong+horse+battery"
    start = time.perf_counter_ns()
    connection.request("POST", "/.gatehouse/login", body, {
        "Host": host, "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"__Host-gatehouse-csrf={FORM_SECRET}", "X-Forwarded-For": address})
    answer = connection.getresponse()
    text = answer.read()
    took = time.perf_counter_ns() - start
    if answer.status != 401:
        raise SystemExit(f"{name}: {answer.status}\n{text.decode()}")
    return took / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=ROOT / ".build/release/gatehouse")
    parser.add_argument("--tries", type=int, default=200, help="of each kind")
    options = parser.parse_args()

    bench = Bench(ROOT / ".gatehouse/login-timing")
    gateway = None
    try:
        gateway = Gateway(bench, options.program, people=options.tries)
        context = ssl.create_default_context(cafile=str(gateway.authority))
        connection = http.client.HTTPSConnection("localhost", gateway.port, context=context)
        host = f"localhost:{gateway.port}"
        tries = [(kind, number) for kind in KINDS for number in range(options.tries)]
        random.shuffle(tries)
        times: dict[str, list[float]] = {kind: [] for kind in KINDS}
        for warm in range(5):
            sign_in(connection, host, f"warm{warm}", f"100.64.0.{warm + 1}")
        for turn, (kind, number) in enumerate(tries):
            name = {"known": "person", "unknown": "nobody", "unknown as well": "none00"}[kind] + str(number)
            times[kind].append(sign_in(connection, host, name, f"10.{turn // 65536}.{turn // 256 % 256}.{turn % 256}"))
        for kind in KINDS:
            deciles = statistics.quantiles(times[kind], n=10)
            print(f"{kind:16} {len(times[kind])} tries  median {statistics.median(times[kind]):7.3f} ms"
                  f"  mean {statistics.mean(times[kind]):7.3f} ms  10 % {deciles[0]:7.3f}  90 % {deciles[8]:7.3f}")
        z = z_score(times["known"], times["unknown"])
        chance = z_score(times["unknown as well"], times["unknown"])
        print(f"\nz of known against unknown: {z:+.2f}    of unknown against unknown: {chance:+.2f}")
        if abs(z) > 4:
            raise SystemExit("the time tells who has an account")
    finally:
        if gateway:
            gateway.stop()
        else:
            bench.stop()


if __name__ == "__main__":
    sys.exit(main())
