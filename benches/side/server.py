"""A Dovecot of our own on loopback, and mailboxes for it."""

import hashlib
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import time

CONFIG = """
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/log
protocols = pop3
listen = 127.0.0.1
ssl = yes
ssl_cert = <{base}/server.pem
ssl_key = <{base}/server.key
disable_plaintext_auth = no
mail_location = maildir:{base}/mail/%u
first_valid_uid = 1
mail_fsync = never
mail_max_userip_connections = 100
pop3_no_flag_updates = yes
default_vsz_limit = 1G
passdb {{
  driver = static
  args = password=pw
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={base}/mail/%u allow_all_users=yes
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {plain}
  }}
  inet_listener pop3s {{
    port = {tls}
    ssl = yes
  }}
}}
service stats {{
  chroot =
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Dovecot:
    """Started on entry, stopped by its own pid on exit."""

    def __init__(self, folder, more=""):
        self.more = more
        self.base = folder / "dovecot"
        self.ca = self.base / "server.pem"

    def __enter__(self):
        (self.base / "mail").mkdir(parents=True)
        openssl = "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost"
        subprocess.run(
            openssl.split()
            + ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
            + ["-keyout", str(self.base / "server.key"), "-out", str(self.ca)],
            check=True,
            capture_output=True,
        )
        owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self.owner = (owner.pw_uid, owner.pw_gid)
        self.plain, self.tls = free_port(), free_port()
        config = self.base / "dovecot.conf"
        config.write_text(
            CONFIG.format(
                base=self.base, uid=owner.pw_uid, gid=owner.pw_gid, plain=self.plain, tls=self.tls
            )
            + self.more
        )
        os.chown(self.base / "mail", *self.owner)
        self.process = subprocess.Popen(["dovecot", "-F", "-c", str(config)])
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.plain), 1).close()
                return self
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)

    def stored(self, user):
        """How many messages were taken for a user."""
        return len(list((self.base / "mail" / user / "new").glob("*")))

    def large(self, octets):
        """A user with one message of this size."""
        user = self.mailbox(1, 0)
        (path,) = (self.base / "mail" / user / "cur").iterdir()
        line = b"x" * 75 + b"\n"
        with open(path, "wb") as file:
            file.write(b"Subject: large\n\n")
            for _ in range(octets // (len(line) << 14) + 1):
                file.write(line * (1 << 14))
        return user

    def mailbox(self, count, octets):
        """The user whose maildrop has so many messages of such a size."""
        user = f"u{count}x{octets}"
        box = self.base / "mail" / user
        if box.exists():
            return user
        for part in ("cur", "new", "tmp"):
            (box / part).mkdir(parents=True)
        for number in range(1, count + 1):
            name = f"17{number:08}.M{number}P1.bench:2,"
            (box / "cur" / name).write_bytes(message(number, octets))
        for path in [box, *box.rglob("*")]:
            os.chown(path, *self.owner)
        return user

    def discard(self, user):
        """A mailbox of which mail was deleted is made anew for the next run."""
        shutil.rmtree(self.base / "mail" / user)


def message(number, octets):
    """A message in LF form; the same for the same arguments."""
    seed = hashlib.sha256(str(number).encode()).hexdigest()
    head = (
        f"Return-Path: <sender{number % 97}@example.org>\n"
        f"From: Sender {number % 97} <sender{number % 97}@example.org>\n"
        f"To: user@example.com\nSubject: message {number}\n"
        f"Date: Mon, 2 Nov 2026 10:{number // 60 % 60:02}:{number % 60:02} +0000\n"
        f"Message-ID: <{seed[:24]}@example.org>\n\n"
    ).encode()
    line = (seed + " the quick brown fox\n").encode()
    lines = max(1, (octets - len(head)) // (len(line) + 1))
    return head + line * lines
