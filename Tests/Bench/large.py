#!/usr/bin/env python3
"""A large house: 1,000,000 users, 2,000,000 roles, 1,000,000 sessions and 5,000 plants.

  warm   CPU time a request, for ten sessions that the gateway knows, of this house and of one with ten users in it;
         in turns, so that a change of the machine's speed meets both
  cold   a gateway that knows nobody, with 64 connections that present 100,000 different cookies in turn: for each second
         the hits of its cache, and the statements that PostgreSQL ran

usage: large.py [--users N] [--rounds N] [--seconds S] [--cold S] [--cookies N]
"""

import argparse
import re
import statistics
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

from bench import ROOT, Stack, load, microseconds
from processes import Bench
from revocations import Psql

TOKEN = "'ghs_' || lpad(n::text, 42, '0') || 'A'"
# Rows come in as from a backup: the triggers look at none of them.
HOUSE = f"""
SET session_replication_role = replica;
SET synchronous_commit = off;
INSERT INTO plants (code, name) SELECT 'plant' || n, 'Plant ' || n FROM generate_series(1, {{plants}}) n;
INSERT INTO users (id, username, name, status)
    SELECT ('10000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'user' || n, 'Person ' || n, 'active'
    FROM generate_series(1, {{users}}) n;
INSERT INTO user_plant_role (user_id, plant_id, role)
    SELECT ('10000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, p.id, 'operator'
    FROM generate_series(1, {{users}}) n
    CROSS JOIN LATERAL (VALUES ('detroit'), ('plant' || (n % {{plants}} + 1))) AS held (code)
    JOIN plants p ON p.code = held.code;
INSERT INTO user_sessions (id, user_id, method, expires_at)
    SELECT ('20000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
        ('10000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'password', now() + interval '1 day'
    FROM generate_series(1, {{users}}) n;
INSERT INTO session_tokens (session_id, token_hash)
    SELECT ('20000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, sha256(({TOKEN})::bytea)
    FROM generate_series(1, {{users}}) n;
SET session_replication_role = origin;
ANALYZE"""


def cookies(path: Path, count: int) -> Path:
    path.write_text("".join(f"ghs_{n:042d}A\n" for n in range(1, count + 1)))
    return path


def metric(stack: Stack, name: str, what: str) -> int:
    page = urllib.request.urlopen(f"http://127.0.0.1:{stack.ports[f'{name} operations']}/metrics").read().decode()
    return int(re.search(rf"^{what} (\d+)$", page, re.MULTILINE)[1])


def cold(stack: Stack, psql: Psql, seconds: int, presented: Path) -> bool:
    """Prints a line a second; whether the bound on statements held, and 99 % of hits were reached."""
    stack.start_gatehouse("cold", 0)
    statements = "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements"
    before = (0, 0, int(psql.run(statements)[0]))
    began = last = time.monotonic()
    asking = threading.Thread(target=load, args=(stack, "cold", seconds, presented))
    asking.start()
    reached, most = None, 0.0
    while asking.is_alive():
        time.sleep(1)
        now = time.monotonic()
        figures = (metric(stack, "cold", "gatehouse_session_cache_hits"),
                   metric(stack, "cold", "gatehouse_session_cache_misses"), int(psql.run(statements)[0]))
        hits, misses, ran = (new - old for new, old in zip(figures, before))
        rate, share = ran / (now - last), hits / max(1, hits + misses)
        most = max(most, rate)
        print(f"  {now - began:4.0f} s: {hits + misses:7,} requests, {share:7.2%} hits, {rate:6.0f} statements a second", flush=True)
        if share >= 0.99 and reached is None and hits:
            reached = now - began
        before, last = figures, now
    asking.join()
    print(f"cold start: 99 % of hits within {reached:.0f} s" if reached else "cold start: 99 % of hits NOT REACHED",
          f"; at most {most:.0f} statements a second")
    return reached is not None and most <= 2000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--plants", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--cold", type=int, default=20, help="seconds of the cold start")
    parser.add_argument("--cookies", type=int, default=100_000, help="different cookies that it presents")
    parser.add_argument("--prepare", action="store_true", help="make the house, and keep it for a run with --kept")
    parser.add_argument("--kept", action="store_true", help="take the house that --prepare made")
    options = parser.parse_args()

    houses = {name: Stack(Bench(ROOT / f".gatehouse/bench-{name}", keeps=options.kept), 1, 0) for name in ("small", "large")}
    try:
        for (name, stack), (users, plants) in zip(houses.items(), [(10, 1), (options.users, options.plants)]):
            began = time.monotonic()
            stack.prepare(options.kept)
            if options.kept:
                continue
            psql = Psql(stack.database)
            psql.run(HOUSE.format(users=users, plants=plants))
            psql.run("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
            rows = [psql.run(f"SELECT count(*) FROM {table}")[0] for table in ("users", "user_plant_role", "user_sessions", "plants")]
            psql.close()
            for action in ("stop", "start"):
                subprocess.run([ROOT / "deploy/development/postgres.sh", action, stack.bench.folder / "postgres"],
                               check=True, stdout=subprocess.DEVNULL)
            print(f"{name}: users, roles, sessions, plants: {', '.join(rows)}; made in {time.monotonic() - began:.0f} s", flush=True)
        if options.prepare:
            return 0
        large = houses["large"]
        psql = Psql(large.database)
        psql.run("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        figures: dict[str, list[float]] = {name: [] for name in houses}
        ten = {name: cookies(stack.bench.folder / "ten.txt", 10) for name, stack in houses.items()}
        for stack in houses.values():
            stack.start_gatehouse("gatehouse", 0)
        for turn in range(options.rounds + 1):
            for name in list(houses)[:: 1 if turn % 2 else -1]:
                spent, _ = microseconds(houses[name], "gatehouse", options.seconds, ten[name])
                if turn:
                    figures[name].append(spent)
        ratio = statistics.median(b / a for a, b in zip(figures["small"], figures["large"]))
        print(f"warm: {statistics.median(figures['small']):.1f} µs a request with ten users, "
              f"{statistics.median(figures['large']):.1f} µs with {options.users:,}; ratio {ratio:.3f}", flush=True)
        presented = cookies(large.bench.folder / "cookies.txt", options.cookies)
        good = cold(large, psql, options.cold, presented)
        psql.close()
        return 0 if good and ratio < 1.05 else 1
    finally:
        for stack in houses.values():
            stack.bench.stop()
            subprocess.run([ROOT / "deploy/development/postgres.sh", "stop", stack.bench.folder / "postgres"])


if __name__ == "__main__":
    raise SystemExit(main())
