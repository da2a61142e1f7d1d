"""How each program is told to fetch one maildrop, and how to ask its version.

Each keeps mail on the server unless it is told to delete it, adds no header where that can be told, and
starts with an empty state, so that it retrieves everything.
"""

import dataclasses
import getpass
import os
import pathlib
import shutil
import subprocess


@dataclasses.dataclass
class Job:
    """One fetch: where from and where to."""

    host: str
    port: int
    user: str
    tls: str  # "", "implicit" or "starttls"
    ca: pathlib.Path
    store: str  # "maildir" or "mbox"
    folder: pathlib.Path  # fresh and empty
    delete: bool = False

    @property
    def target(self):
        return self.folder / ("Mail" if self.store == "maildir" else "mbox")

    def make_target(self):
        if self.store == "maildir":
            for part in ("new", "cur", "tmp"):
                (self.target / part).mkdir(parents=True)
        else:
            self.target.touch(mode=0o600)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        return path


class Program:
    name = ""

    def path(self):
        return shutil.which(self.name)

    def version(self):
        run = subprocess.run([self.path(), "--version"], capture_output=True, text=True)
        words = (run.stdout or run.stderr).replace("release ", "").split()
        number = next((w for w in words if w[:1].isdigit()), "?")
        return f"{self.name} {number.rstrip(',').split('+')[0]}"

    def stores(self):
        return ("maildir", "mbox")

    def has_starttls(self):
        return False

    def command(self, job):
        raise NotImplementedError


class Retr(Program):
    name = "retr"

    def has_starttls(self):
        return True

    def __init__(self, binary):
        self.binary = binary

    def path(self):
        return self.binary

    def command(self, job):
        secret = job.write("password", "pw\n")
        scheme = "pop3s" if job.tls == "implicit" else "pop3"
        return [
            self.binary, "fetch", f"{scheme}://{job.user}@{job.host}:{job.port}",
            "--tls", job.tls or "none", "--tls-ca", str(job.ca), "--password-file", str(secret),
            f"--{job.store}", str(job.target), "--state-dir", str(job.folder / "state"),
            "--config", str(job.write("config.toml", "")),
            *(["--delete"] if job.delete else []),
        ]  # fmt: skip


class Mpop(Program):
    name = "mpop"

    def has_starttls(self):
        return True

    def command(self, job):
        job.make_target()
        starttls = "on" if job.tls == "starttls" else "off"
        tls = f"tls on\ntls_starttls {starttls}\ntls_trust_file {job.ca}\n" if job.tls else "tls off\n"
        config = job.write(
            "mpoprc",
            f"account default\nhost {job.host}\nport {job.port}\nuser {job.user}\n"
            f"passwordeval echo pw\nauth plain\n{tls}keep {'off' if job.delete else 'on'}\nreceived_header off\n"
            f"uidls_file {job.folder}/uidls\ndelivery {job.store} {job.target}\n",
        )
        return [self.path(), "-q", "-C", str(config)]


class Fetchmail(Program):
    """It has no Maildir and no mbox of its own: BSMTP is the nearest."""

    name = "fetchmail"

    def has_starttls(self):
        return True

    def stores(self):
        return ("mbox",)

    def command(self, job):
        ssl = {
            "": "sslproto ''",
            "implicit": f"ssl sslcertfile {job.ca}",
            "starttls": f"sslproto TLS1+ sslcertfile {job.ca}",
        }[job.tls]
        config = job.write(
            "fetchmailrc",
            f"poll {job.host} service {job.port} protocol pop3 uidl user {job.user} "
            f"password pw {'nokeep' if job.delete else 'keep'} {ssl} bsmtp {job.target}\n",
        )
        return [
            self.path(), "-s", "-f", str(config), "-i", str(job.folder / "ids"),
            "--pidfile", str(job.folder / "pid"),
        ]  # fmt: skip


class Getmail(Program):
    name = "getmail"

    def command(self, job):
        job.make_target()
        kind = "SimplePOP3SSLRetriever" if job.tls else "SimplePOP3Retriever"
        certs = f"ca_certs = {job.ca}\n" if job.tls else ""
        if job.store == "maildir":
            target = f"type = Maildir\npath = {job.target}/\n"
        else:
            target = f"type = Mboxrd\npath = {job.target}\n"
        if os.geteuid() == 0:
            # It refuses to deliver as root.
            target += "user = nobody\n"
            for path in [job.folder, job.target, *job.target.rglob("*")]:
                shutil.chown(path, "nobody")
        job.write(
            "getmailrc",
            f"[retriever]\ntype = {kind}\nserver = {job.host}\nport = {job.port}\n"
            f"username = {job.user}\npassword = pw\n{certs}[destination]\n{target}"
            f"[options]\nread_all = false\ndelete = {str(job.delete).lower()}\ndelivered_to = false\n"
            "received = false\nverbose = 0\n",
        )
        return [self.path(), "--getmaildir", str(job.folder)]


class Fdm(Program):
    name = "fdm"

    def version(self):
        return "fdm (Debian's)"

    def command(self, job):
        job.make_target()
        # Started by root it fetches as another user, who writes the cache.
        job.folder.chmod(0o777)
        kind = "pop3s" if job.tls else "pop3"
        verify = "set verify-certificates\n" if job.tls else ""
        config = job.write(
            "fdm.conf",
            f'set default-user "{getpass.getuser()}"\nset lock-file "{job.folder}/lock"\nset no-received\nset maximum-size 200M\n{verify}'
            f'action "keep" {job.store} "{job.target}"\n'
            f'account "a" {kind} server "{job.host}" port {job.port} user "{job.user}" '
            f'pass "pw" new-only cache "{job.folder}/cache"{"" if job.delete else " keep"}\n'
            'match all action "keep"\n',
        )
        return [self.path(), "-f", str(config), "fetch"]


def installed(retr, only):
    """Those that are there, and the names of those that are not."""
    known = [Retr(retr), Mpop(), Fetchmail(), Getmail(), Fdm()]
    if only:
        known = [program for program in known if program.name in only.split(",")]
    present = [program for program in known if program.path()]
    missing = [program.name for program in known if not program.path()]
    return present, missing
