"""What a kill, a cut, a full disk and an odd server leave behind.

Each program fetches six messages from a server that misbehaves once, and then
runs again against the same server, well-behaved. Counted is what is in the
store afterwards: lost, doubled, or not whole. Honest: rows that retr does not
pass are shown like the others.
"""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from . import programs
from .programs import Job

MAILS = [
    f"From: a@example.org\r\nSubject: mail {n}\r\n\r\nbegin {n}\r\n.dot\r\nend {n}\r\n"
    for n in range(1, 7)
]


class Server:
    """A plain POP3 server without a lock on the maildrop. `fault` is asked
    before each answer and may send what it likes; True ends the session."""

    def __init__(self, fault=None, uids=None):
        self.fault = fault or (lambda link, words: False)
        self.uids = uids or [f"uid{n}" for n in range(1, len(MAILS) + 1)]
        self.present = dict(enumerate(MAILS, 1))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self):
        while True:
            try:
                link, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(link,), daemon=True).start()

    def serve(self, link):
        deleted = set()
        try:
            link.sendall(b"+OK ready\r\n")
            for line in link.makefile("rb"):
                words = line.decode("latin-1").split() or [""]
                # fetchmail retrieves by TOP with a great many lines.
                if words[0] == "TOP" and words[-1] != "0":
                    words[0] = "RETR"
                if self.fault(link, words):
                    link.shutdown(socket.SHUT_RDWR)
                    return
                self.answer(link, words, deleted)
                if words[0].upper() == "QUIT":
                    return
        except OSError:
            pass
        finally:
            link.close()

    def answer(self, link, words, deleted):
        verb = words[0].upper()
        left = {n: m for n, m in self.present.items() if n not in deleted}
        number = int(words[1]) if len(words) > 1 and words[1].isdigit() else None
        block = None
        if verb == "CAPA":
            block = ["TOP", "UIDL", "USER", "SASL PLAIN"]
        elif verb == "STAT":
            link.sendall(f"+OK {len(left)} {sum(map(len, left.values()))}\r\n".encode())
            return
        elif verb == "UIDL":
            block = [f"{n} {self.uids[n - 1]}" for n in left if number in (None, n)]
        elif verb == "LIST":
            block = [f"{n} {len(m)}" for n, m in left.items() if number in (None, n)]
        elif verb in ("RETR", "TOP") and number in left:
            link.sendall(b"+OK\r\n" + wire(left[number]))
            return
        elif verb == "DELE":
            deleted.add(number)
        elif verb == "QUIT":
            for gone in deleted:
                self.present.pop(gone, None)
        elif verb == "AUTH" and len(words) < 3:
            link.sendall(b"+ \r\n")
            return
        elif len(verb) > 4:
            pass  # the answer to the challenge
        elif verb not in ("USER", "PASS", "AUTH", "NOOP", "RSET"):
            link.sendall(b"-ERR no\r\n")
            return
        if block is None:
            link.sendall(b"+OK\r\n")
        elif number is not None and block:
            link.sendall(f"+OK {block[0]}\r\n".encode())
        else:
            link.sendall("\r\n".join(["+OK", *block, ".", ""]).encode())


def wire(mail):
    return mail.replace("\r\n.", "\r\n..").encode() + b".\r\n"


class Once:
    """A fault on the first such command only."""

    def __init__(self, verb, number, send, wait=None):
        self.verb, self.number, self.send, self.wait = verb, str(number), send, wait
        self.done = False
        self.reached = threading.Event()

    def __call__(self, link, words):
        if self.done or words[:2] != [self.verb, self.number]:
            return False
        self.done = True
        link.sendall(self.send)
        self.reached.set()
        if self.wait:
            self.wait.wait(30)
        return True


def stored(job):
    """The subjects of whole messages, and the number of others."""
    texts = []
    if job.store == "maildir":
        for part in ("new", "cur"):
            folder = job.target / part
            names = os.listdir(folder) if folder.exists() else []
            texts += [(folder / name).read_text(errors="replace") for name in names]
    else:
        text = job.target.read_text(errors="replace") if job.target.exists() else ""
        texts = [part for part in ("\n" + text).split("\nMAIL FROM:")[1:]]
    subjects, broken = [], 0
    for text in texts:
        number = next((n for n in range(1, 7) if f"Subject: mail {n}\n" in text.replace("\r", "")), 0)
        dots = "\n.dot" if job.store == "maildir" else "\n..dot"
        if number and f"end {number}" in text and dots in text.replace("\r", ""):
            subjects.append(number)
        else:
            broken += 1
    return subjects, broken


def verdict(job):
    subjects, broken = stored(job)
    lost = 6 - len(set(subjects))
    doubled = len(subjects) - len(set(subjects))
    parts = [f"{n} {word}" for n, word in ((lost, "lost"), (doubled, "twice"), (broken, "broken")) if n]
    return ", ".join(parts) or "all there, once"


class Case:
    def __init__(self, program, fault=None, uids=None, place=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="retr-faults-", dir=place))
        self.server = Server(fault, uids)
        self.program = program
        store = program.stores()[0]
        self.job = Job("127.0.0.1", self.server.port, "u", "", "/dev/null", store, self.folder)
        self.command = program.command(self.job)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        environment = {"HOME": str(self.folder), "PATH": os.environ["PATH"]}
        return subprocess.Popen(
            self.command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def run(self, limit=20):
        process = self.start()
        try:
            return str(process.wait(limit))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return f"none in {limit} s"


def kill_in_the_middle(program):
    release = threading.Event()
    fault = Once("RETR", 4, b"+OK\r\nFrom: a", wait=release)
    with Case(program, fault) as case:
        process = case.start()
        fault.reached.wait(20)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        release.set()
        code = case.run()
        return f"{verdict(case.job)}; next run exits {code}"


def cut(send):
    def scenario(program):
        with Case(program, Once("RETR", 4, send)) as case:
            first = case.run()
            second = case.run()
            return f"exit {first}; then {verdict(case.job)} ({second})"

    return scenario


def refused_message(program):
    with Case(program) as case:
        answer = case.server.answer

        def refuse(link, words, deleted):
            if words[:2] == ["RETR", "2"]:
                link.sendall(b"-ERR gone\r\n")
            else:
                answer(link, words, deleted)

        case.server.answer = refuse
        code = case.run()
        subjects, _ = stored(case.job)
        return f"exit {code}; {len(set(subjects))} of the 5 others stored"


def two_at_once(program):
    with Case(program, lambda link, words: time.sleep(0.05)) as case:
        runs = [case.start(), case.start()]
        codes = sorted(str(run.wait(30)) for run in runs)
        return f"{verdict(case.job)}; exits {' and '.join(codes)}"


def wrong_password(program):
    def refuse(link, words):
        if words[0].upper() == "PASS" or len(words[0]) > 4 or len(words) > 2:
            link.sendall(b"-ERR [AUTH] wrong\r\n")
            time.sleep(0.1)
            return True
        return False

    with Case(program, refuse) as case:
        return f"exit {case.run()}"


def shared_uid(program):
    uids = ["same", "same", "u3", "u4", "u5", "u6"]
    with Case(program, uids=uids) as case:
        first = case.run()
        case.run()
        return f"exit {first}; then {verdict(case.job)}"


def full_disk(program):
    if os.geteuid() != 0:
        return "not tried: needs root"
    place = tempfile.mkdtemp(prefix="retr-full-")
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place]
    if subprocess.run(mount, capture_output=True).returncode:
        os.rmdir(place)
        return "not tried: no mount"
    try:
        with Case(program, place=place) as case:
            filler = case.folder / "filler"
            free = shutil.disk_usage(place).free
            filler.write_bytes(b"x" * max(0, free - 8 * 1024))
            first = case.run()
            filler.unlink()
            second = case.run()
            return f"exit {first}; then {verdict(case.job)} ({second})"
    finally:
        subprocess.run(["umount", place], check=False)
        os.rmdir(place)


def power_cut(filesystem):
    """The file system loses what it has not written, at the moment the server
    sees QUIT. Mail and state lie on it."""

    def scenario(program):
        if os.geteuid() != 0 or not shutil.which("xfs_io"):
            return "not tried: needs root and xfs_io"
        home = pathlib.Path(tempfile.mkdtemp(prefix="retr-power-"))
        home.chmod(0o755)  # some deliver as another user
        image, place = home / "image", home / "mount"
        place.mkdir()
        with open(image, "wb") as file:
            file.truncate(320 << 20)
        quiet = {"check": True, "capture_output": True}
        subprocess.run([f"mkfs.{filesystem}", "-q", str(image)], **quiet)
        mount = ["mount", "-o", "loop", str(image), str(place)]
        subprocess.run(mount, **quiet)
        cut = threading.Event()

        def fault(link, words):
            if words[0].upper() == "QUIT" and not cut.is_set():
                cut.set()
                subprocess.run(["xfs_io", "-x", "-c", "shutdown", str(place)], check=True)
            return False

        try:
            with Case(program, fault, place=place) as case:
                os.sync()
                case.run()
                subprocess.run(["umount", str(place)], **quiet)
                subprocess.run(mount, **quiet)
                code = case.run()
                return f"{verdict(case.job)} ({code})" if cut.is_set() else "not cut"
        finally:
            subprocess.run(["umount", str(place)], check=False, capture_output=True)
            shutil.rmtree(home)

    return scenario


SCENARIOS = [
    ("power cut at QUIT, ext4", power_cut("ext4")),
    ("power cut at QUIT, xfs", power_cut("xfs")),
    ("kill -9 in the fourth of six messages", kill_in_the_middle),
    ("link cut between two messages", cut(b"")),
    ("link cut in a message", cut(b"+OK\r\nFrom: a@example.org\r\nSubject: mail 4\r\n\r\nbeg")),
    (
        "link cut behind a lone dot",
        cut(b"+OK\r\nFrom: a@example.org\r\nSubject: mail 4\r\n\r\nbegin 4\r\n."),
    ),
    ("a message the server refuses", refused_message),
    ("two runs at once", two_at_once),
    ("two messages share a unique id", shared_uid),
    ("disk full, then freed", full_disk),
    ("wrong password", wrong_password),
]


def main(options):
    present, missing = programs.installed(options.retr, options.only)
    if missing:
        print("not installed, left out: " + ", ".join(missing))
    print("| fault | " + " | ".join(program.version() for program in present) + " |")
    print("|---" * (len(present) + 1) + "|")
    for title, scenario in SCENARIOS:
        cells = []
        for program in present:
            try:
                cells.append(scenario(program))
            except (OSError, subprocess.SubprocessError) as error:
                cells.append(f"not measured: {error}")
        print(f"| {title} | " + " | ".join(cells) + " |", flush=True)
    return 0
