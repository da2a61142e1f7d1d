"""Round trips of a poll that finds nothing: how often the wire turns, and
how long the program lives, in units of the round trip."""

import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

from .programs import Job
from .proxy import Proxy

ROUND_TRIP = 0.1
MODES = {"implicit": "implicit TLS", "starttls": "STARTTLS", "": "plain"}


def run(server, programs, options):
    user = server.mailbox(3, 2_600)
    print(f"\n## latency: a poll that finds nothing, at {ROUND_TRIP * 1000:.0f} ms round trip\n")
    print("| program | mode | flights of the client | seconds | round trips |")
    print("|---|---|---|---|---|")
    for tls in MODES:
        for program in programs:
            if tls != "starttls" or program.has_starttls():
                row(program, tls, server, user, options.runs)


def row(program, tls, server, user, runs):
    store = program.stores()[0]
    mode = MODES[tls]
    folder = pathlib.Path(tempfile.mkdtemp(prefix="retr-bench-"))
    try:
        with Proxy(server.tls if tls == "implicit" else server.plain, ROUND_TRIP) as proxy:
            job = Job(
                host="localhost" if tls else "127.0.0.1",
                port=proxy.port,
                user=user,
                tls=tls,
                ca=server.ca,
                store=store,
                folder=folder,
            )
            command = program.command(job)
            environment = {"HOME": str(folder), "PATH": os.environ["PATH"], "SSL_CERT_FILE": str(job.ca)}
            seconds, turns = [], []
            # The first run fetches; then nothing is new.
            for number in range(runs + 1):
                proxy.turns = 0
                began = time.monotonic()
                done = subprocess.run(command, env=environment, capture_output=True, text=True)
                taken = time.monotonic() - began
                if number > 0:
                    seconds.append(taken)
                    turns.append(proxy.turns)
            if done.returncode not in (0, 1):
                print(f"| {program.name} | {mode} | exit {done.returncode} | | |")
                return
        median = statistics.median(seconds)
        flights = statistics.median(turns)
        print(
            f"| {program.name} | {mode} | {flights:.0f} | {median:.2f} "
            f"| {median / ROUND_TRIP:.1f} |",
            flush=True,
        )
    finally:
        shutil.rmtree(folder)
