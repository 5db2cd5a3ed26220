#!/usr/bin/env python3
"""A gateway under load while its PostgreSQL is killed, frozen, slow, or gives way to a standby.

People whose session is cached, people who are new, people who may not and strangers ask without a pause. While the
database is away somebody's right is taken from them, by whatever database answers first. For each kind of outage:

  503 from, to     when people who were served before got the first and the last 503, after the outage began
  slowest          how long the slowest answer took: a request never hangs
  recovered        how long after the database was back everybody was served again
  wrongly let in   requests of strangers and of people without the right that were let in, ever; and of somebody whose
                   right was taken away, later than `staleness` after COMMIT

usage: outages.py [--away S] [--only NAME,…]
"""

import argparse
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from bench import ROOT, Stack
from processes import Bench
from revocations import Line, Person, Psql

STALENESS = 2.0


class Server:
    """One PostgreSQL, with all of its processes."""

    def __init__(self, data: Path, sockets: str):
        self.data, self.sockets = data, sockets
        self.command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.getuid() == 0 else []

    @property
    def processes(self) -> list[int]:
        postmaster = int((self.data / "postmaster.pid").read_text().split()[0])
        return [postmaster] + [
            int(child) for child in Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()]

    def signal(self, what: signal.Signals) -> None:
        for process in self.processes:
            try:
                os.kill(process, what)
            except ProcessLookupError:
                pass  # One that has just ended.

    def control(self, *arguments: str) -> None:
        subprocess.run(
            [*self.command, "pg_ctl", f"--pgdata={self.data}", "--wait", f"--log={self.data}/server.log", *arguments],
            check=True, stdout=subprocess.DEVNULL, cwd="/")

    def start(self) -> None:
        self.control(f"--options=-c listen_addresses='' -c unix_socket_directories='{self.sockets}'", "start")

    def standby(self, folder: Path) -> "Server":
        """A copy that follows this one."""
        folder.mkdir()
        subprocess.run([*["chown", "postgres:", folder]], check=True) if os.getuid() == 0 else None
        subprocess.run(
            [*self.command, "pg_basebackup", f"--host={self.sockets}", "--username=gatehouse", f"--pgdata={folder}/data",
             "--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast"], check=True, cwd="/")
        other = Server(folder / "data", str(folder))
        other.start()
        return other


class Asker(threading.Thread):
    """Asks without a pause, and keeps when it asked, how long that took and what came back."""

    def __init__(self, stack: Stack, person: Person):
        super().__init__(daemon=True)
        self.stack, self.person = stack, person
        self.answers: list[tuple[float, float, int]] = []
        self.is_stopped = False

    def run(self) -> None:
        line = Line(self.stack, "gatehouse")
        while not self.is_stopped:
            began = time.monotonic()
            status = line.ask(self.person)
            self.answers.append((began, time.monotonic() - began, status))
            time.sleep(0.005)


def outage(stack: Stack, number: int, away: float, begin: Callable, end: Callable) -> dict:
    """Runs one outage under load and says what came of it."""
    people = {name: Person(1000 * number + place, f"works{number}-{name}") for place, name in enumerate(
        ["known", "other", "loser", "powerless", "stranger", "late"])}
    psql = Psql(stack.database)
    for name, person in people.items():
        for row in person.rows if name != "stranger" else []:
            psql.run(row)
    psql.run(f"DELETE FROM user_plant_role WHERE user_id = '{people['powerless'].user}'")
    psql.close()
    askers = {name: Asker(stack, person) for name, person in people.items()}
    for name in ("known", "other", "loser", "powerless", "stranger"):
        askers[name].start()
    time.sleep(2)
    began = time.monotonic()
    begin()
    time.sleep(away / 2)
    askers["late"].start()  # Somebody whom the gateway has not seen yet.
    time.sleep(away / 2)
    end()
    back = time.monotonic()
    psql = Psql(stack.database)
    psql.run(f"DELETE FROM user_plant_role WHERE user_id = '{people['loser'].user}'")
    committed = time.monotonic()
    psql.close()
    served = ("known", "other", "late")
    until = time.monotonic() + 30
    while time.monotonic() < until and not all(askers[n].answers and askers[n].answers[-1][2] == 200 for n in served):
        time.sleep(0.01)
    recovered = time.monotonic() - back
    time.sleep(STALENESS + 1)
    for asker in askers.values():
        asker.is_stopped = True
    for asker in askers.values():
        asker.join(timeout=30)
    wrong = sum(status == 200 for name in ("powerless", "stranger") for _, _, status in askers[name].answers)
    wrong += sum(status == 200 and at > committed + STALENESS for at, _, status in askers["loser"].answers)
    unavailable = [at - began for name in ("known", "other") for at, _, status in askers[name].answers if status == 503]
    odd = {status for asker in askers.values() for _, _, status in asker.answers} - {200, 401, 403, 503}
    denied = sum(status in (401, 403) for name in served for _, _, status in askers[name].answers)
    return {
        "503 from": f"{min(unavailable):.2f} s" if unavailable else "never",
        "to": f"{max(unavailable):.2f} s" if unavailable else "",
        "slowest": f"{max(took for asker in askers.values() for _, took, _ in asker.answers):.2f} s",
        "recovered": f"{recovered:.2f} s", "wrongly let in": wrong, "wrongly denied": denied,
        "requests": sum(len(asker.answers) for asker in askers.values()), "odd": sorted(odd) or "",
        "revocation seen": f"{max([at for at, _, s in askers['loser'].answers if s == 200], default=0) - committed:+.2f} s",
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--away", type=float, default=6, help="seconds that an outage lasts")
    parser.add_argument("--only", default="killed,frozen,slow,failover")
    options = parser.parse_args()

    bench = Bench(ROOT / ".gatehouse/bench-outages")
    stack = Stack(bench, 1, 0)
    servers: list[Server] = []
    try:
        stack.prepare()
        sockets = stack.database.split("host=")[1].split("&")[0]
        primary = Server(bench.folder / "postgres/data", sockets)
        servers.append(primary)
        standby = primary.standby(bench.folder / "standby") if "failover" in options.only else None
        if standby:
            servers.append(standby)
        if standby:
            stack.database = (f"postgresql:///gatehouse?host={sockets},{standby.sockets}&user=gatehouse"
                              "&target_session_attrs=read-write")
            stack.environment["GATEHOUSE_DATABASE_URL"] = stack.database
        stack.start_gatehouse("gatehouse", 0, staleness=f"{STALENESS:.0f}s")
        time.sleep(1)

        def crawl() -> None:
            until = time.monotonic() + options.away
            while time.monotonic() < until:
                primary.signal(signal.SIGSTOP)
                time.sleep(0.19)
                primary.signal(signal.SIGCONT)
                time.sleep(0.01)

        slow = threading.Thread(target=crawl)
        outages = {
            "killed": (lambda: primary.signal(signal.SIGKILL), primary.start),
            "frozen": (lambda: primary.signal(signal.SIGSTOP), lambda: primary.signal(signal.SIGCONT)),
            "slow": (slow.start, slow.join),
            "failover": (lambda: primary.signal(signal.SIGKILL),
                         lambda: standby.control("promote")),
        }
        failed = False
        print(f"staleness {STALENESS:.0f} s; each outage lasts {options.away:.0f} s")
        for number, name in enumerate(options.only.split(","), start=1):
            figures = outage(stack, number, options.away, *outages[name])
            print(f"{name:9}" + "".join(f" | {key}: {value}" for key, value in figures.items()), flush=True)
            failed |= bool(figures["wrongly let in"] or figures["wrongly denied"] or figures["odd"])
        return 1 if failed or stack.processes["gatehouse"].poll() is not None else 0
    finally:
        bench.stop()
        for server in servers:
            try:
                server.signal(signal.SIGCONT)
                server.control("--mode=immediate", "stop")
            except (FileNotFoundError, subprocess.CalledProcessError):
                pass  # Killed as part of the measurement.


if __name__ == "__main__":
    raise SystemExit(main())
