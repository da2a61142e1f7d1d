"""Runs the programs in turn and prints the table."""

import atexit
import dataclasses
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import tempfile
import time

from .programs import Job
from .proxy import Proxy


@dataclasses.dataclass
class Scenario:
    name: str
    title: str
    count: int
    octets: int
    store: str = "maildir"
    tls: str = ""
    memory: bool = False
    delay: float = 0.0
    delete: bool = False


def floor(port, user, count):
    """Seconds to retrieve the same replies and drop them."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.recv(4096)
        for line in (f"USER {user}", "PASS pw", "UIDL"):
            link.sendall(line.encode() + b"\r\n")
            reply = link.recv(65536)
            while line == "UIDL" and not reply.endswith(b"\r\n.\r\n"):
                reply = (reply + link.recv(1 << 20))[-16:]
        ended, asked, tail = 0, 0, b""
        while ended < count:
            if asked < count and asked - ended < 50:
                last = min(count, ended + 100)
                link.sendall(b"".join(b"RETR %d\r\n" % n for n in range(asked + 1, last + 1)))
                asked = last
            piece = link.recv(1 << 20)
            ended += (tail + piece).count(b"\r\n.\r\n")
            tail = piece[-4:]
        link.sendall(b"QUIT\r\n")
    return time.monotonic() - began


def count_messages(job):
    if job.store == "maildir":
        return sum(len(os.listdir(job.target / part)) for part in ("new", "cur"))
    with open(job.target, "rb") as mbox:
        return sum(line.startswith((b"From ", b"MAIL FROM:")) for line in mbox)


def once(program, scenario, server, port, count, options):
    """Seconds, CPU seconds and peak memory in MB; None and why if it failed."""
    limit = options.limit
    place = "/dev/shm" if scenario.memory else options.place
    pathlib.Path(place).mkdir(exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="retr-bench-", dir=place)).resolve()
    # Only at the very end: ext4 without a journal looks for inodes that were
    # not freed in the last minutes, which costs the next run seconds.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    job = Job(
        host="localhost" if scenario.tls else "127.0.0.1",
        port=port,
        user=server.mailbox(count, scenario.octets),
        tls=scenario.tls,
        ca=server.ca,
        store=scenario.store,
        delete=scenario.delete,
        folder=folder,
    )
    command = program.command(job)
    environment = {"HOME": str(folder), "PATH": os.environ["PATH"], "SSL_CERT_FILE": str(job.ca)}
    os.sync()
    began = time.monotonic()
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=open(folder / "stderr", "wb"),
        env=environment,
    )
    status, cpu, peak = watch(process, began + limit)
    seconds = time.monotonic() - began
    if scenario.delete:
        # The next program finds the same mail.
        server.discard(job.user)
    if status is None:
        return None, f"over {limit:.0f} s"
    stored = count_messages(job)
    if status != 0 or stored != count:
        text = (folder / "stderr").read_text(errors="replace").strip().splitlines()
        return None, f"exit {status}, {stored} stored, {text[-1:]}"
    return (seconds, cpu, peak), None


def watch(process, deadline):
    """Exit status (None when out of time), seconds of the processor that it and
    its children used, and its peak memory in MB."""
    peak = 0.0
    in_time = True
    while True:
        # Not what wait4() says: that counts this program before exec(), too.
        peak = max(peak, high_water(process.pid))
        pid, status, used = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        if in_time and time.monotonic() > deadline:
            in_time = False
            process.kill()
        time.sleep(0.005)
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu = used.ru_utime + used.ru_stime
    return process.returncode if in_time else None, cpu, peak


def high_water(pid):
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    sizes = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return int(sizes[0]) / 1024 if sizes else 0.0


def run(scenario, server, programs, options):
    count = max(1, int(scenario.count * options.scale))
    user = server.mailbox(count, scenario.octets)
    port = server.tls if scenario.tls else server.plain
    # Once before anything is timed: Dovecot builds its index.
    floor(server.plain, user, count)
    with Proxy(port, scenario.delay) if scenario.delay else nothing() as proxy:
        port = proxy.port if proxy else port
        takers = [p for p in programs if scenario.store in p.stores()]
        times = {program.name: [] for program in takers}
        cpu = {program.name: [] for program in takers}
        peaks, excuses, floors = {}, {}, []
        for _ in range(options.runs):
            if not scenario.tls and not scenario.delay:
                floors.append(floor(server.plain, user, count))
            for program in takers:
                if program.name in excuses:
                    continue
                result, why = once(program, scenario, server, port, count, options)
                if result is None:
                    excuses[program.name] = why
                    continue
                times[program.name].append(result[0])
                cpu[program.name].append(result[1])
                peaks[program.name] = max(peaks.get(program.name, 0), result[2])
    return table(scenario, count, times, cpu, peaks, excuses, floors)


class nothing:
    def __enter__(self):
        return None

    def __exit__(self, *_):
        pass


def table(scenario, count, times, cpu, peaks, excuses, floors):
    """Prints the row of each program. Returns the medians, for the chart."""
    scaled = "" if count == scenario.count else f" (here {count:,} messages)"
    print(f"\n## {scenario.name}: {scenario.title}{scaled}\n")
    print("| program | median | min to max | messages/s | CPU | peak memory | x mpop | x floor |")
    print("|---|---|---|---|---|---|---|---|")
    mpop = statistics.median(times["mpop"]) if times.get("mpop") else None
    base = statistics.median(floors) if floors else None
    rows = list(times.items()) + ([("floor", floors)] if floors else [])
    for name, runs in rows:
        if not runs:
            print(f"| {name} | {excuses.get(name, 'no run')} | | | | | | |")
            continue
        median = statistics.median(runs)
        ratio = f"{median / mpop:.2f}" if mpop else ""
        share = f"{median / base:.2f}" if base else ""
        busy = f"{statistics.median(cpu[name]):.2f} s" if cpu.get(name) else ""
        peak = f"{peaks[name]:.0f} MB" if name in peaks else ""
        print(
            f"| {name} | {median:.2f} s | {min(runs):.2f} to {max(runs):.2f} "
            f"| {count / median:,.0f} | {busy} | {peak} | {ratio} | {share} |",
            flush=True,
        )
    return {name: statistics.median(runs) for name, runs in rows if runs}
