"""A hundred accounts in one run, beside one account alone."""

import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

from .measure import watch
from .proxy import Proxy

ACCOUNTS, JOBS, ROUND_TRIP = 100, 32, 0.05
COUNT, OCTETS = 20, 3_000


def run(server, options):
    print(
        f"\n## accounts: {ACCOUNTS} x {COUNT} x {OCTETS} octets at {ROUND_TRIP * 1000:.0f} ms "
        f"round trip, --jobs {JOBS}\n"
    )
    user = server.mailbox(COUNT, OCTETS)
    alone, together, peak = [], [], 0.0
    with Proxy(server.plain, ROUND_TRIP) as proxy:
        for _ in range(options.runs):
            alone.append(once(options.retr, proxy.port, user, 1)[0])
            seconds, used = once(options.retr, proxy.port, user, ACCOUNTS)
            together.append(seconds)
            peak = max(peak, used)
    rounds = -(-ACCOUNTS // JOBS)
    one, all_of_them = statistics.median(alone), statistics.median(together)
    print("| one alone | all | x one alone x rounds | peak memory |")
    print("|---|---|---|---|")
    print(
        f"| {one:.2f} s | {all_of_them:.2f} s | {all_of_them / one / rounds:.2f} (of {rounds}) "
        f"| {peak:.0f} MB |"
    )


def once(retr, port, user, accounts):
    """Seconds and peak memory in MB of a first fetch of as many accounts."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="retr-bench-", dir="/dev/shm"))
    try:
        (folder / "password").write_text("pw\n")
        (folder / "password").chmod(0o600)
        config = folder / "config.toml"
        # The same maildrop each time: Dovecot locks none for POP3 by default.
        config.write_text(
            f'[defaults]\ntls = "none"\npassword_file = "{folder}/password"\n'
            + "".join(
                f'[accounts.a{n}]\nhost = "127.0.0.1"\nport = {port}\nuser = "{user}"\n'
                f'maildir = "{folder}/Mail{n}"\nstate_dir = "{folder}/state{n}"\n'
                for n in range(accounts)
            )
        )
        config.chmod(0o600)
        began = time.monotonic()
        process = subprocess.Popen(
            [retr, "fetch", "--jobs", str(JOBS), "--config", str(config)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={"HOME": str(folder), "PATH": os.environ["PATH"]},
        )
        status, _, peak = watch(process, began + 120)
        seconds = time.monotonic() - began
        stored = sum(len(os.listdir(folder / f"Mail{n}" / "new")) for n in range(accounts))
        if status != 0 or stored != accounts * COUNT:
            raise SystemExit(f"compare: exit {status}, {stored} stored")
        return seconds, peak
    finally:
        shutil.rmtree(folder)
