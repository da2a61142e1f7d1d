"""What is backed up, against the plain tools that read or write as much.

Each pair runs in turn (A B A B ...). On a busy machine the time of the
processor says more than the time on the wall, so both ratios are told.
"""

import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

from .measure import watch

# Name, messages, octets of each.
MAILS = [("20,000 x 2.6 kB", 20_000, 2_600), ("4 x 25 MB", 4, 25_000_000)]


class Bench:
    def __init__(self, server, options, folder):
        self.server, self.options, self.folder = server, options, folder
        self.runs = options.runs

    def retr(self, *words, place):
        config = place / "config.toml"
        config.touch(mode=0o600)
        return [self.options.retr, *words, "--state-dir", str(place / "state"), "--config", str(config)]

    def fetch(self, user, kind, place):
        password = place / "password"
        password.write_text("pw\n")
        password.chmod(0o600)
        url = f"pop3://{user}@127.0.0.1:{self.server.plain}"
        words = ["fetch", url, "--tls", "none", "--password-file", str(password)]
        return self.retr(*words, f"--{kind}", str(place / kind), place=place)

    def fresh(self):
        return pathlib.Path(tempfile.mkdtemp(dir=self.folder))


def timed(command, cwd):
    """Seconds on the wall, seconds of the processor, peak memory in MB."""
    os.sync()
    began = time.monotonic()
    process = subprocess.Popen(
        command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    status, cpu, peak = watch(process, began + 3600)
    seconds = time.monotonic() - began
    if status != 0:
        raise SystemExit(f"compare: exit {status}: {command}")
    return seconds, cpu, peak


def compare(title, ours, theirs, runs):
    """Both are functions that give a command and its folder."""
    pairs = [(timed(*ours()), timed(*theirs())) for _ in range(runs)]
    median = lambda of, at: statistics.median(pair[of][at] for pair in pairs)  # noqa: E731
    ratio = lambda at: statistics.median(a[at] / b[at] for a, b in pairs)  # noqa: E731
    print(
        f"| {title} | {median(0, 0):.2f} s | {median(1, 0):.2f} s | {ratio(0):.2f} "
        f"| {median(0, 1):.2f} s | {median(1, 1):.2f} s | {ratio(1):.2f} "
        f"| {max(a[2] for a, _ in pairs):.0f} MB |",
        flush=True,
    )


def run(server, options):
    print("\n## backup\n")
    print("| work | retr | other | ratio | retr CPU | other CPU | ratio | peak memory |")
    print("|---|---|---|---|---|---|---|---|")
    pathlib.Path("target").mkdir(exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="retr-bench-", dir="target")).resolve()
    try:
        bench = Bench(server, options, folder)
        for name, count, octets in MAILS:
            stored(bench, name, max(1, int(count * options.scale)), octets)
        archive(bench, max(1, int(MAILS[0][1] * options.scale)), MAILS[0][2])
        huge(bench)
    finally:
        shutil.rmtree(folder)


def stored(bench, name, count, octets):
    """What reads a Maildir."""
    user = bench.server.mailbox(count, octets)
    place = bench.fresh()
    timed(bench.fetch(user, "maildir", place), place)
    url = f"pop3://{user}@127.0.0.1:{bench.server.plain}"
    mail = place / "maildir"
    of_all = lambda command: ["sh", "-c", f"find new -type f -print0 | xargs -0 {command}"]  # noqa: E731
    compare(
        f"verify of {name}, sha256sum",
        lambda: (bench.retr("verify", url, "--maildir", str(mail), place=place), place),
        lambda: (of_all("sha256sum"), mail),
        bench.runs,
    )

    def exported():
        out = bench.fresh() / "mbox"
        words = ["export", url, "--maildir", str(mail), "--to", "mboxrd", str(out)]
        return bench.retr(*words, place=place), place

    def copied():
        out = bench.fresh() / "all"
        return of_all(f"cat >{out} && sync {out}"), mail

    compare(f"export of {name} to mboxrd, cat and sync", exported, copied, bench.runs)


def archive(bench, count, octets):
    user = bench.server.mailbox(count, octets)

    def into(kind):
        place = bench.fresh()
        return bench.fetch(user, kind, place), place

    compare(
        "fetch of 20,000 x 2.6 kB to an archive, to a Maildir",
        lambda: into("archive"),
        lambda: into("maildir"),
        bench.runs,
    )


def huge(bench):
    """A message of a gigabyte, there and back."""
    user = bench.server.mailbox(1, 1 << 30)
    place = bench.fresh()
    url = f"pop3://{user}@127.0.0.1:{bench.server.plain}"
    of = [url, "--archive", str(place / "archive")]
    steps = {
        "fetch --archive": bench.fetch(user, "archive", place),
        "verify": bench.retr("verify", *of, place=place),
        "export": bench.retr("export", *of, "--to", "mboxrd", str(place / "mbox"), place=place),
        "restore": bench.retr("restore", "mbox", "--maildir", str(place / "back"), place=place),
    }
    peaks = [f"{step} {timed(command, place)[2]:.0f} MB" for step, command in steps.items()]
    print("\nPeak memory for a message of 1 GiB: " + ", ".join(peaks))
