"""Handing mail on: to Dovecot by LMTP, to a command, and what that needs.

Beside retr run a bare sender of the same messages over one connection, a loop
in C that starts the same command as often, fetchmail and getmail6, in turn.
"""

import atexit
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import tempfile
import threading
import time

from . import measure
from .programs import Fetchmail, Getmail, Job, Retr
from .proxy import Proxy
from .server import free_port, message

LMTP = """
protocols = pop3 lmtp
auth_username_format = %n
service lmtp {{
  inet_listener lmtp {{
    port = {port}
  }}
}}
"""

# Starts a command for each message, its stdin a pipe that is filled already.
LOOP = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
extern char **environ;
int main(int argc, char **argv) {
  static char text[1 << 16];
  for (int at = atoi(argv[1]); at > 0; at--) {
    size_t length = atoi(argv[2]);
    int ends[2], status;
    pid_t child;
    posix_spawn_file_actions_t actions;
    if (pipe2(ends, O_CLOEXEC) || write(ends[1], text, length) != (ssize_t)length) return 1;
    close(ends[1]);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[0], 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&child, argv[3], &actions, 0, argv + 3, environ)) return 1;
    close(ends[0]);
    if (waitpid(child, &status, 0) < 0 || status) return 1;
    posix_spawn_file_actions_destroy(&actions);
  }
  return 0;
}
"""


def config():
    """What Dovecot needs to take messages, and the port at which it does."""
    port = free_port()
    return LMTP.format(port=port), port


def run(server, port, options):
    bench = Bench(server, port, options)
    bench.lmtp(5_000)
    bench.command(2_000)
    bench.skip(5_000)
    bench.memory(1 << 30)


class Bench:
    def __init__(self, server, port, options):
        self.server, self.port, self.options = server, port, options
        self.runs = 0
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="retr-bench-", dir="/dev/shm"))
        self.folder.chmod(0o755)
        atexit.register(shutil.rmtree, self.folder)

    def job(self, user):
        """A fetch of that user's mail, with a folder that is fresh."""
        self.runs += 1
        folder = self.folder / str(self.runs)
        folder.mkdir(mode=0o755)
        return Job("127.0.0.1", self.server.plain, user, "", self.server.ca, "maildir", folder)

    def count(self, wanted):
        return max(1, int(wanted * self.options.scale))

    def timed(self, job, command):
        """Seconds and peak memory in MB; what goes wrong is told."""
        environment = {"HOME": str(job.folder), "PATH": os.environ["PATH"]}
        began = time.monotonic()
        with open(job.folder / "stderr", "wb") as stderr:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                env=environment,
            )
            status, _, peak = measure.watch(process, began + self.options.limit)
        seconds = time.monotonic() - began
        if status != 0:
            text = (job.folder / "stderr").read_text(errors="replace").strip().splitlines()
            print(f"{command[0]}: exit {status}, {text[-1:]}", flush=True)
            return None, peak
        return seconds, peak

    def in_turn(self, title, ways, base):
        """Runs all of them in turn and prints the table."""
        print(f"\n## {title}\n")
        print(f"| program | median | min to max | x {base} |")
        print("|---|---|---|---|")
        times = {name: [] for name in ways}
        for _ in range(self.options.runs):
            for name, way in ways.items():
                seconds = way()
                if seconds is not None:
                    times[name].append(seconds)
        floor = statistics.median(times[base]) if times[base] else None
        for name, runs in times.items():
            if not runs:
                print(f"| {name} | no run | | |")
                continue
            median = statistics.median(runs)
            ratio = f"{median / floor:.2f}" if floor else ""
            print(f"| {name} | {median:.2f} s | {min(runs):.2f} to {max(runs):.2f} | {ratio} |", flush=True)

    def retr(self, job, target):
        """retr's command, with another target than the usual."""
        command = Retr(self.options.retr).command(job)
        at = command.index("--maildir")
        return command[:at] + target + command[at + 2 :]

    def fetchmail(self, job, target):
        command = Fetchmail().command(job)
        path = job.folder / "fetchmailrc"
        text = path.read_text().split(" bsmtp ")[0]
        path.write_text(f"{text} {target}\n")
        return command

    def getmail(self, job, target):
        command = Getmail().command(job)
        path = job.folder / "getmailrc"
        before, rest = path.read_text().split("[destination]\n")
        options = rest.split("[options]\n")[1]
        if os.geteuid() == 0:
            target += "user = nobody\ngroup = nogroup\n"
        path.write_text(f"{before}[destination]\n{target}[options]\n{options}")
        return command

    def peers(self, ways):
        """Those that are installed."""
        return {name: way for name, way in ways.items() if name == "retr" or shutil.which(name)}

    def lmtp(self, wanted):
        count = self.count(wanted)
        user = self.server.mailbox(count, 2_600)
        address = f"127.0.0.1:{self.port}"
        mails = [message(number, 2_600) for number in range(1, count + 1)]
        mails = [mail.replace(b"\n", b"\r\n") + b".\r\n" for mail in mails]

        def check(seconds, recipient):
            stored = self.server.stored(recipient)
            if stored != count:
                print(f"{recipient}: {stored} of {count} stored")
                return None
            return seconds

        def run(name, command):
            job = self.job(user)
            recipient = f"{name}{self.runs}"
            seconds, _ = self.timed(job, command(job, recipient))
            return check(seconds, recipient)

        def bare():
            self.runs += 1
            recipient = f"bare{self.runs}"
            return check(send(self.port, recipient, mails), recipient)

        def retr(job, recipient):
            return self.retr(job, ["--lmtp", address, "--recipient", recipient])

        def fetchmail(job, recipient):
            return self.fetchmail(job, f"is {recipient} here lmtp smtphost 127.0.0.1/{self.port}")

        def getmail(job, recipient):
            return self.getmail(
                job, f"type = MDA_lmtp\nhost = 127.0.0.1\nport = {self.port}\noverride = {recipient}\n"
            )

        ways = {"retr": retr, "fetchmail": fetchmail, "getmail": getmail}
        ways = {
            name: lambda name=name, way=way: run(name, way) for name, way in self.peers(ways).items()
        }
        self.in_turn(f"lmtp: {count:,} x 2.6 kB to Dovecot LMTP", {"bare": bare, **ways}, "bare")

    def command(self, wanted):
        count = self.count(wanted)
        user = self.server.mailbox(count, 2_600)
        loop = self.folder / "loop"
        (self.folder / "loop.c").write_text(LOOP)
        subprocess.run(["cc", "-O2", "-o", loop, self.folder / "loop.c"], check=True)

        def run(command):
            job = self.job(user)
            got = job.folder / "got"
            seconds, _ = self.timed(job, command(job, got))
            if seconds is None or not got.exists():
                return None
            with open(got, "rb") as file:
                taken = sum(line.startswith(b"Message-ID:") for line in file)
            # The loop sends zeros.
            if taken not in (0, count):
                print(f"{command.__name__}: {taken} of {count} taken")
                return None
            return seconds

        def bare(job, got):
            return [str(loop), str(count), "2600", "tee", "-a", str(got)]

        def retr(job, got):
            return self.retr(job, ["--mda", f"tee -a {got}"])

        def two(job, got):
            return retr(job, got) + ["--deliver-jobs", "2"]

        def fetchmail(job, got):
            return self.fetchmail(job, f'mda "tee -a {got}"')

        def getmail(job, got):
            tee = shutil.which("tee")
            return self.getmail(job, f'type = MDA_external\npath = {tee}\narguments = ("-a", "{got}")\n')

        peers = self.peers({"fetchmail": fetchmail, "getmail": getmail})
        ways = {"loop in C": bare, "retr": retr, "retr, deliver_jobs 2": two, **peers}
        ways = {name: lambda way=way: run(way) for name, way in ways.items()}
        self.in_turn(f"command: {count:,} x 2.6 kB to `tee -a FILE`", ways, "loop in C")

    def skip(self, wanted):
        """What `skip` costs where all is new and all is left."""
        count = self.count(wanted)
        print(f"\n## skip: {count:,} new messages, all left by a pattern\n")
        print("| round trip | nothing new | all looked at | more, in round trips |")
        print("|---|---|---|---|")
        user, empty = self.server.mailbox(count, 2_600), self.server.mailbox(0, 0)
        more = 0.0
        for delay in (0.0, 0.1):
            with Proxy(self.server.plain, delay) as proxy:
                medians = []
                for box in (empty, user):
                    runs = []
                    for _ in range(self.options.runs):
                        job = self.job(box)
                        job.port = proxy.port
                        seconds, _ = self.timed(
                            job, Retr(self.options.retr).command(job) + ["--skip", "subject:message*"]
                        )
                        runs.append(seconds)
                    medians.append(statistics.median(runs))
            added = medians[1] - medians[0]
            trips = f"{(added - more) / delay:.1f}" if delay else ""
            more = added
            print(f"| {delay * 1000:.0f} ms | {medians[0]:.2f} s | {medians[1]:.2f} s | {trips} |", flush=True)

    def memory(self, octets):
        octets = int(octets * self.options.scale)
        print(f"\n## memory: a message of {octets / (1 << 20):.0f} MiB\n")
        print("| target | seconds | peak memory |")
        print("|---|---|---|")
        user = self.server.large(octets)
        with Sink() as sink:
            for name, target in (
                ("command", ["--mda", "wc -c"]),
                ("LMTP", ["--lmtp", f"127.0.0.1:{sink.port}", "--recipient", "x"]),
            ):
                job = self.job(user)
                # The state folder holds all of it for a while.
                disk = tempfile.mkdtemp(prefix="retr-bench-")
                command = self.retr(job, target)
                command[command.index("--state-dir") + 1] = disk
                seconds, peak = self.timed(job, command)
                shutil.rmtree(disk)
                told = f"{seconds:.1f} s" if seconds is not None else "no run"
                print(f"| {name} | {told} | {peak:.1f} MB |", flush=True)


def send(port, recipient, mails):
    """Seconds to hand them on over one connection, three commands a write."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        replies = link.makefile("rb")

        def hear(code):
            while True:
                line = replies.readline()
                if not line.startswith(code):
                    raise OSError(f"{line!r} in place of {code!r}")
                if line[3:4] == b" ":
                    return

        hear(b"220")
        link.sendall(b"LHLO x\r\n")
        hear(b"250")
        begin = f"MAIL FROM:<a@example.org>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n".encode()
        for mail in mails:
            link.sendall(begin)
            hear(b"250")
            hear(b"250")
            hear(b"354")
            link.sendall(mail)
            hear(b"250")
        link.sendall(b"QUIT\r\n")
    return time.monotonic() - began


class Sink:
    """An LMTP server that takes everything and keeps nothing."""

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def serve(self):
        while True:
            try:
                link, _ = self.listener.accept()
            except OSError:
                return
            with link:
                link.sendall(b"220 sink\r\n")
                tail = b""
                is_content = False
                while data := link.recv(1 << 20):
                    tail = (tail + data)[-64:] if is_content else tail + data
                    if is_content and tail.endswith(b"\r\n.\r\n"):
                        link.sendall(b"250 taken\r\n")
                        tail, is_content = b"", False
                    elif not is_content and tail.endswith(b"\r\n"):
                        for line in tail.splitlines():
                            is_content = line == b"DATA"
                            link.sendall(b"354 go\r\n" if is_content else b"250 ok\r\n")
                        tail = b""
