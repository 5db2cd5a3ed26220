"""Processes of a measurement: started on a given core, their CPU time and memory read from /proc, stopped by their id."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

PROXY_CORE = 0
LOAD_CORE = 1 if (os.cpu_count() or 1) > 1 else 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port: int, process: subprocess.Popen, seconds: float = 15) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            raise SystemExit(f"{process.args[0]} ended with {process.returncode} before it listened on {port}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nothing listens on port {port} after {seconds} s")


def children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


def cpu_nanoseconds(pid: int) -> int:
    """The time that all threads of a process and of its children have run so far, from the scheduler's accounts."""
    total = 0
    for process in [pid, *children(pid)]:
        for task in Path(f"/proc/{process}/task").iterdir():
            try:
                total += int((task / "schedstat").read_text().split()[0])
            except (FileNotFoundError, ProcessLookupError):
                continue  # A thread that ended meanwhile.
    return total


def resident_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise SystemExit(f"no VmRSS for process {pid}")


class Bench:
    """All that one measurement starts, so that it can stop all of it."""

    def __init__(self, folder: Path, keeps: bool = False):
        self.folder = folder
        self.started: list[subprocess.Popen] = []
        if not keeps:
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, core: int | None, arguments: list[str], **options) -> subprocess.Popen:
        """Starts a program on one core, or, without one, wherever the kernel sees fit."""
        log = open(self.folder / f"{name}.log", "wb")
        pinned = [] if core is None else ["taskset", "-c", str(core)]
        process = subprocess.Popen(
            [*pinned, *arguments], stdout=options.pop("stdout", log), stderr=log, **options)
        self.started.append(process)
        return process

    def nginx(self, name: str, core: int | None, port: int, http: str) -> subprocess.Popen:
        """An nginx of its own with one worker and no access log, whose `http` block holds the given text."""
        home = self.folder / name
        home.mkdir(exist_ok=True)
        (home / "nginx.conf").write_text(
            f"""daemon off; worker_processes 1; pid {home}/nginx.pid; error_log {home}/error.log;
{"user root;" if os.getuid() == 0 else ""}
worker_rlimit_nofile 65536;
events {{ worker_connections 16384; }}
http {{
    access_log off; keepalive_requests 1000000000; keepalive_timeout 300s;
    client_body_temp_path {home}/body; proxy_temp_path {home}/proxy; fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi; scgi_temp_path {home}/scgi;
    {http}
}}
""")
        process = self.start(name, core, [
            "nginx", "-p", str(home), "-c", str(home / "nginx.conf"), "-e", str(home / "error.log")])
        wait_for_port(port, process)
        return process

    def stop(self) -> None:
        for process in reversed(self.started):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.started:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
