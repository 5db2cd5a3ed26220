#!/usr/bin/env python3
"""Reloads without end under load: no request may fail, and no memory may be lost.

Every tenth of a second the configuration is replaced (by a rename, as editors and Kubernetes do it) and the gateway
told so by SIGHUP, while keep-alive connections ask without a pause. Printed: requests, failures, how many reloads took
effect, and the process's resident memory once a tenth of the time.

usage: reloads.py [--seconds S] [--rate R] [--routes N]
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from bench import CONNECTIONS, HOST, PATH, ROOT, Stack
from processes import LOAD_CORE, Bench, resident_kib


def metrics(stack: Stack) -> str:
    return urllib.request.urlopen(f"http://127.0.0.1:{stack.ports['gatehouse operations']}/metrics").read().decode()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--rate", type=float, default=10, help="reloads a second")
    parser.add_argument("--routes", type=int, default=100, help="routes in the configuration")
    options = parser.parse_args()

    bench = Bench(ROOT / ".gatehouse/bench")
    stack = Stack(bench, 1, options.routes)
    try:
        stack.prepare()
        stack.start_gatehouse("gatehouse", options.routes)
        process = stack.processes["gatehouse"]
        file = bench.folder / "gatehouse.yaml"
        texts = [file.read_text(), file.read_text() + "  - {name: another, match: {host: another.localhost}, "
                 "require: signed_in, upstream: application}\n"]
        load = subprocess.Popen(
            ["taskset", "-c", str(LOAD_CORE), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{options.seconds}s", "--timeout", "10s",
             "--latency", "-H", f"Host: {HOST}", "-H", f"Cookie: __Host-gatehouse={stack.cookie}",
             f"https://127.0.0.1:{stack.ports['gatehouse']}{PATH}"], stdout=subprocess.PIPE, text=True)
        bench.started.append(load)
        fingerprints: set[str] = set()
        memory: list[int] = []
        sent = 0
        began = time.monotonic()
        while load.poll() is None:
            due = began + (sent + 1) / options.rate
            time.sleep(max(0.0, due - time.monotonic()))
            sent += 1
            fresh = file.with_suffix(".new")
            fresh.write_text(texts[sent // 7 % 2])
            fresh.rename(file)
            process.send_signal(signal.SIGHUP)
            if time.monotonic() - began >= (len(memory) + 1) * options.seconds / 10:
                memory.append(resident_kib(process.pid))
                page = metrics(stack)
                fingerprints |= set(re.findall(r'gatehouse_config_info\{fingerprint="(\w+)"\}', page))
        text = load.stdout.read()
        requests = int(re.search(r"(\d+) requests in", text)[1])
        lost = [line.strip() for line in text.splitlines() if "Non-2xx" in line or "Socket errors" in line]
        log = (bench.folder / "gatehouse.log").read_text()
        taken = log.count("configuration reloaded")
        refused = "gatehouse_config_reload_success 1" not in metrics(stack)
        print(f"{requests:,} requests; failed: {'; '.join(lost) or 'none'}")
        print(f"{sent} reloads asked for in {time.monotonic() - began:.0f} s, {taken} took effect; "
              f"{len(fingerprints)} different configurations seen{'; the last one was REFUSED' if refused else ''}")
        print(f"resident memory, MiB: {' '.join(f'{kib / 1024:.1f}' for kib in memory)}")
        print("\n".join(line for line in text.splitlines() if "%" in line and "ms" in line or "us" in line and "%" in line))
        # The first tenth warms up.
        grown = memory[-1] / memory[1] if len(memory) > 2 else 1
        return 1 if lost or refused or grown > 1.1 else 0
    finally:
        bench.stop()
        subprocess.run([ROOT / "deploy/development/postgres.sh", "stop", bench.folder / "postgres"], check=False)


if __name__ == "__main__":
    sys.exit(main())
