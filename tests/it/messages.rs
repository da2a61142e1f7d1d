//! What people read when something is wrong: the exact text of each
//! situation, in `tests/fixtures/messages.txt`. `UPDATE_GENERATED=1` rewrites that file; read
//! it as somebody who sees the program for the first time.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::support::env::{Program, Sandbox};
use crate::support::mail::small;
use crate::support::mailbox::Mailbox;
use crate::support::model::certs::{self, Identity};
use crate::support::model::{Act, Setup, Tls};
use crate::support::refusing::Refusing;
use crate::support::scripted::Scripted;
use crate::support::store::Kind;

/// The situations so far, with what was said.
#[derive(Default)]
struct Book(String);

impl Book {
    fn note(&mut self, title: &str, program: Program) {
        let output = program.run().to_string();
        let output = without_digits_after(&output, &["process "]);
        self.0.push_str(&format!("## {title}\n{output}\n"));
    }
}

/// What differs from run to run: process ids, and times of the day.
fn without_digits_after(text: &str, words: &[&str]) -> String {
    let mut text = text.to_owned();
    for word in words {
        let parts: Vec<&str> = text.split(word).collect();
        let rest = parts[1..]
            .iter()
            .map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit()))
            .map(|part| format!("PID{part}"));
        text = std::iter::once(parts[0].to_owned())
            .chain(rest)
            .collect::<Vec<_>>()
            .join(word);
    }
    let line = |line: &str| match line.split_once(" since ") {
        Some((before, after)) => {
            let tail = after.split_once(')').map_or("", |(_, tail)| tail);
            format!("{before} since TIME){tail}")
        }
        None => line.to_owned(),
    };
    let lines: Vec<String> = text.lines().map(line).collect();
    lines.join("\n") + "\n"
}

/// A file in the sandbox that anybody may read.
fn file(sandbox: &Sandbox, name: &str, text: &str) -> PathBuf {
    let path = sandbox.path(name);
    fs::write(&path, text).expect("written");
    path
}

/// A mailbox whose server answers one command with a line.
fn answering(command: &'static str, answer: &'static str) -> Mailbox {
    let mailbox = Mailbox::with(&small(3, 1));
    answer_with(&mailbox, command, answer);
    mailbox
}

fn answer_with(mailbox: &Mailbox, command: &'static str, answer: &'static str) {
    mailbox
        .model
        .on_command(move |line| match line.text.as_str() {
            text if text.starts_with(command) => Act::say(answer),
            _ => Act::Serve,
        });
}

#[test]
fn every_situation_is_told_as_it_was_read() {
    let mut book = Book::default();
    the_command_line(&mut book);
    the_config_file(&mut book);
    passwords(&mut book);
    connections(&mut book);
    encryption(&mut book);
    logins(&mut book);
    servers(&mut book);
    places(&mut book);
    records(&mut book);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/messages.txt");
    let situations = book.0.matches("\n## ").count() + 1;
    assert!(situations >= 40, "{situations}");
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        fs::write(&path, &book.0).expect("written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let mut pairs = book.0.split("\n## ").zip(committed.split("\n## "));
    let differs = pairs.find(|(now, then)| now != then);
    assert!(differs.is_none(), "{}", pair(differs));
    assert_eq!(book.0, committed);
}

/// The man page explains messages by their words: these have to be real.
#[test]
fn what_the_man_page_explains_is_said() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| fs::read_to_string(root.join(path)).expect(path);
    let said = [
        read("tests/fixtures/messages.txt"),
        read("src/session/error.rs"),
        read("src/run/error.rs"),
        read("src/oauth/error.rs"),
    ]
    .concat();
    let page = read("src/cli/generate/prose/trouble.roff");
    let trouble = page.split(".SH TROUBLESHOOTING").nth(1).expect("a section");
    let trouble = trouble.split(".SH ").next().expect("its end");
    let headings = trouble.split(".TP\n").skip(1).filter_map(|item| {
        let heading = item.lines().next()?.strip_prefix(".B ")?;
        Some(heading.trim_matches('"'))
    });
    let mut count = 0;
    // One of them is no message.
    for heading in headings.filter(|heading| *heading != "Everything is fetched again") {
        for words in heading.split("\\fI") {
            let (_, words) = words.split_once("\\fP").unwrap_or(("", words));
            assert!(said.contains(words.trim()), "{words} ({heading})");
            count += 1;
        }
    }
    assert!(count > 15, "{count}");
}

fn pair(pair: Option<(&str, &str)>) -> String {
    let (now, then) = pair.unwrap_or_default();
    format!("now:\n{now}\nbefore:\n{then}")
}

fn the_command_line(book: &mut Book) {
    let sandbox = Sandbox::new();
    let retr = |words: &str| sandbox.retr(words.split_whitespace());
    for (title, words) in [
        ("no command", ""),
        ("no subcommand", "config"),
        ("a command mistyped", "fetsh work"),
        ("an option mistyped", "fetch work --keeep"),
        ("an option that is none", "fetch work --xyzzy"),
        ("no account", "list"),
        ("two destinations", "fetch work --maildir a --mbox b"),
        ("a size that is none", "fetch work --max-size big"),
        ("a duration that is none", "fetch work --timeout 60"),
        ("a number that is none", "fetch work --max-messages five"),
        ("a password as an option", "fetch work --password secret"),
        (
            "a password in the URL",
            "fetch pop3s://alice:secret@pop.example.com",
        ),
        (
            "a scheme that is none",
            "fetch imap://alice@pop.example.com",
        ),
        ("a URL without its scheme", "fetch alice@pop.example.com"),
        ("a mechanism that is none", "fetch work --auth digest-md5"),
        (
            "a proxy of another kind",
            "fetch work --proxy http://proxy:3128",
        ),
        ("a pin that is none", "fetch work --tls-pin sha256:abcd"),
        ("a part that is none", "fetch --shard 5/4"),
        ("a message that is none", "show work first"),
        ("a number in place of a unique id", "state forget work 3"),
        (
            "no-uidl without delete",
            "fetch pop3s://a@h --maildir M --no-uidl",
        ),
    ] {
        book.note(title, retr(words));
    }
}

fn the_config_file(book: &mut Book) {
    let sandbox = Sandbox::new();
    book.note("fetch without a config file", sandbox.retr(["fetch"]));
    book.note(
        "an account without a config file",
        sandbox.retr(["fetch", "work"]),
    );
    book.note(
        "a config file that is not there",
        sandbox.retr(["fetch", "--config", "x.toml"]),
    );
    for (title, text) in [
        (
            "an account that is not in it",
            "[accounts.work]\nurl = 'pop3s://a@h'\n",
        ),
        (
            "a key mistyped",
            "[accounts.wrok]\nurl = 'pop3s://a@h'\ntime_out = '5s'\n",
        ),
        ("a key twice", "[accounts.wrok]\nhost = 'h'\nhost = 'h'\n"),
        ("a password in it", "[accounts.wrok]\npassword = 'secret'\n"),
        ("no TOML", "[accounts.wrok]\nhost = pop.example.com\n"),
        (
            "a value that is wrong",
            "[accounts.wrok]\ntimeout = '5 parsecs'\n",
        ),
        ("no host", "[accounts.wrok]\nuser = 'alice'\n"),
        ("no user", "[accounts.wrok]\nhost = 'h'\nmaildir = '/m'\n"),
        ("no destination", "[accounts.wrok]\nurl = 'pop3s://a@h'\n"),
        (
            "keep and delete",
            "[accounts.wrok]\nkeep = true\ndelete = true\n",
        ),
        (
            "a variable that is not set",
            "[accounts.wrok]\nmaildir = '$NOWHERE/Mail'\n",
        ),
        ("jobs of one account", "[accounts.wrok]\njobs = 4\n"),
    ] {
        sandbox.config(text);
        book.note(&format!("config: {title}"), sandbox.retr(["fetch", "wrok"]));
    }
    sandbox.config("[accounts.a]\nuser = 'u'\n[accounts.b]\nhost = 'h'\n");
    book.note(
        "config check: two are wrong",
        sandbox.retr(["config", "check"]),
    );
}

fn passwords(book: &mut Book) {
    let sandbox = Sandbox::new();
    let fetch = |words: &[&str]| {
        let target = sandbox.path("Mail");
        sandbox
            .retr(["fetch", "pop3s://alice@127.0.0.1:1", "--maildir"])
            .args([target])
            .args(words)
    };
    book.note("no password", fetch(&[]));
    book.note("no password file", fetch(&["--password-file", "pw"]));
    let path = file(&sandbox, "pw", "secret\n");
    fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).expect("chmod");
    book.note(
        "a password file for all to read",
        fetch(&["--password-file", "pw"]),
    );
    fs::remove_file(&path).expect("removed");
    sandbox.secret_file("pw", "one\ntwo\n");
    book.note(
        "a password file of two lines",
        fetch(&["--password-file", "pw"]),
    );
    book.note(
        "no such password command",
        fetch(&["--password-command", "pas show x"]),
    );
    let fails = "sh -c 'echo secret; exit 1'";
    book.note(
        "a password command that fails",
        fetch(&["--password-command", fails]),
    );
    book.note(
        "a descriptor that is closed",
        fetch(&["--password-fd", "9"]),
    );
    book.note("an empty variable", fetch(&[]).env("RETR_PASSWORD", ""));
    let proxied = fetch(&["--proxy", "socks5://bob@127.0.0.1"]).env("RETR_PASSWORD", "x");
    book.note("a proxy without its password", proxied);
}

fn connections(book: &mut Book) {
    let sandbox = Sandbox::new();
    let nobody = Refusing::new();
    let port = nobody.address().port();
    let fetch_at = |port: u16, words: &[&str]| {
        sandbox
            .retr(["fetch", &format!("pop3://a@127.0.0.1:{port}")])
            .args(["--tls", "none", "--maildir"])
            .args([sandbox.path("Mail")])
            .args(words)
            .env("RETR_PASSWORD", "x")
    };
    let fetch = |words: &[&str]| fetch_at(port, words);
    book.note("nobody listens", fetch(&[]));
    let proxy = format!("socks5://127.0.0.1:{port}");
    book.note("no proxy listens", fetch(&["--proxy", &proxy]));
    for (title, script) in [
        ("no greeting", "S-close"),
        (
            "TLS for a greeting",
            "S= \\x15\\x03\\x03\\x00\\x02\\x02\\x28\nS-close",
        ),
    ] {
        let server = Scripted::play_text(script);
        book.note(title, fetch_at(server.port(), &[]));
    }
    let server = Scripted::play_text("S= \\x05\\xff\nS-close");
    let proxy = format!("socks5://127.0.0.1:{}", server.port());
    book.note("a proxy that asks for a login", fetch(&["--proxy", &proxy]));
    book.note(
        "a tunnel that cannot be started",
        fetch(&["--tunnel", "no-such-program %h"]),
    );
    book.note("a tunnel that ends", fetch(&["--tunnel", "true"]));
    book.note(
        "a socket that is not there",
        fetch(&["--socket", "/nonexistent/pop3"]),
    );
    let greeted = |title: &str, greeting: &'static str, book: &mut Book| {
        let setup = Setup {
            greeting,
            ..Setup::default()
        };
        book.note(title, Mailbox::on(setup, &small(1, 1)).fetch());
    };
    greeted("a server that is busy", "-ERR [IN-USE] try later", book);
    greeted("a server that refuses", "-ERR go away", book);
    greeted("another protocol", "HTTP/1.1 400 Bad Request", book);
    let mailbox = Mailbox::with(&small(1, 1));
    mailbox.model.on_command(|line| match line.text.as_str() {
        "UIDL" => Act::Close,
        _ => Act::Serve,
    });
    book.note("the server hangs up", mailbox.fetch());
    let mailbox = Mailbox::with(&small(1, 1));
    mailbox.model.on_command(|line| match line.text.as_str() {
        "RETR 1" => Act::SayAndClose(b"+OK\r\nSubject: x\r\n".to_vec()),
        _ => Act::Serve,
    });
    book.note("the connection is cut", mailbox.fetch());
}

fn encryption(book: &mut Book) {
    let url = |mailbox: &Mailbox, scheme: &str| {
        format!("{scheme}://alice@127.0.0.1:{}", mailbox.model.port())
    };
    let fetch = |mailbox: &Mailbox, scheme: &str, words: &[&str]| {
        mailbox
            .sandbox
            .retr(["fetch", &url(mailbox, scheme), "--password-file"])
            .args([mailbox.sandbox.path("password")])
            .args(mailbox.target())
            .args(words)
    };
    let ca = certs::ca();
    let ca = ["--tls-ca", ca.to_str().expect("UTF-8")];
    let by = |identity| {
        let setup = Setup {
            tls: Tls::Implicit(identity),
            ..Setup::default()
        };
        Mailbox::on(setup, &small(1, 1))
    };
    let plain = Mailbox::with(&small(1, 1));
    book.note("no STARTTLS", fetch(&plain, "pop3", &[]));
    let plain = Mailbox::with(&small(1, 1));
    book.note(
        "no TLS where it should be",
        fetch(&plain, "pop3s", &["--timeout", "1s"]),
    );
    book.note("an unknown root", fetch(&by(Identity::GOOD), "pop3s", &[]));
    book.note(
        "signed by itself",
        fetch(&by(Identity::SELF_SIGNED), "pop3s", &[]),
    );
    book.note(
        "another name",
        fetch(&by(Identity::OTHER_NAME), "pop3s", &ca),
    );
    book.note("too old", fetch(&by(Identity::EXPIRED), "pop3s", &ca));
    let pin = format!("sha256:{}", "ab".repeat(32));
    let pinned = [ca[0], ca[1], "--tls-pin", &pin];
    book.note("another pin", fetch(&by(Identity::GOOD), "pop3s", &pinned));
    book.note(
        "no pin to go by",
        fetch(&by(Identity::GOOD), "pop3s", &["--tls-pin-only"]),
    );
    book.note(
        "no root file",
        fetch(&by(Identity::GOOD), "pop3s", &["--tls-ca", "ca.pem"]),
    );
    let secured = by(Identity::GOOD);
    file(&secured.sandbox, "ca.pem", "nothing of the kind\n");
    let mangled = fetch(&secured, "pop3s", &["--tls-ca", "ca.pem"]);
    book.note("a root file of nonsense", mangled);
    let mangled = fetch(&secured, "pop3s", &["--tls-client", "ca.pem"]);
    book.note("a client certificate of nonsense", mangled);
    let in_clear = ["--tls", "none", "--timeout", "1s"];
    book.note(
        "TLS where none was expected",
        fetch(&by(Identity::GOOD), "pop3", &in_clear),
    );
}

fn logins(book: &mut Book) {
    let mailbox = Mailbox::with(&small(1, 1));
    mailbox.sandbox.secret_file("password", "letmein");
    book.note("a wrong password", mailbox.fetch());
    let setup = Setup {
        mechanisms: &[],
        ..Setup::default()
    };
    let mailbox = Mailbox::on(setup, &small(1, 1));
    mailbox.sandbox.secret_file("password", "letmein");
    book.note("a wrong password, by USER and PASS", mailbox.fetch());
    let mailbox = answering("AUTH", "-ERR [SYS/PERM] POP3 is disabled for this account");
    book.note("POP3 is switched off", mailbox.fetch());
    let mailbox = answering("AUTH", "-ERR [IN-USE] mailbox locked by another session");
    book.note("the mailbox is in use", mailbox.fetch());
    let setup = Setup {
        hidden_mechanisms: &["XOAUTH2"],
        ..Setup::default()
    };
    let mailbox = Mailbox::on(setup, &small(1, 1));
    mailbox.sandbox.secret_file("password", "stale");
    book.note(
        "an expired token",
        mailbox.fetch().args(["--auth", "xoauth2"]),
    );
    let setup = Setup {
        greeting: "+OK ready",
        ..Setup::default()
    };
    let mailbox = Mailbox::on(setup, &small(1, 1));
    book.note(
        "APOP without a timestamp",
        mailbox.fetch().args(["--auth", "apop"]),
    );
    let mailbox = Mailbox::with(&small(1, 1));
    let by_cram = mailbox.fetch().args(["--auth", "cram-md5"]);
    book.note("a mechanism the server has not", by_cram);
}

fn servers(book: &mut Book) {
    let setup = Setup {
        uidl: false,
        ..Setup::default()
    };
    book.note("no unique ids", Mailbox::on(setup, &small(1, 1)).fetch());
    let mailbox = answering("UIDL", "-ERR not now");
    book.note("unique ids are refused", mailbox.fetch());
    let mailbox = answering("UIDL", "+OK here they come\r\nnonsense\r\n.");
    book.note("a listing of nonsense", mailbox.fetch());
    let setup = Setup {
        capa: false,
        ..Setup::default()
    };
    let mailbox = Mailbox::on(setup, &small(3, 1));
    answer_with(&mailbox, "TOP", "-ERR unknown command");
    book.note("list without TOP", mailbox.command("list"));
    let mailbox = answering("LIST", "-ERR unknown command");
    let without = mailbox.fetch().args(["--no-uidl", "--delete"]);
    book.note("no LIST either", without);
    let mailbox = answering("RETR 2", "-ERR cannot read message");
    book.note("a message is refused", mailbox.fetch());
    let mailbox = answering("DELE 2", "-ERR cannot delete");
    book.note("a deletion is refused", mailbox.fetch().args(["--delete"]));
    let mailbox = answering("QUIT", "-ERR some deleted messages not removed");
    book.note(
        "deletions are not confirmed",
        mailbox.fetch().args(["--delete"]),
    );
    let mailbox = Mailbox::with(&small(200, 1));
    mailbox.model.on_command(|line| match line.text.as_str() {
        "QUIT" => Act::say("+OK"),
        "UIDL" => {
            let session = line.session;
            let ids: String = (1..=200)
                .map(|n| format!("{n} s{session}n{n}\r\n"))
                .collect();
            Act::say(&format!("+OK\r\n{ids}."))
        }
        _ => Act::Serve,
    });
    let without = mailbox.fetch().args(["--delete"]);
    book.note("deletions have no effect", without);
    let mailbox = Mailbox::with(&small(3, 1));
    let missing = mailbox.command("show").args(["9"]);
    book.note("a message that is not there", missing);
    let missing = mailbox.command("delete").args(["uid:nobody"]);
    book.note("a unique id that is not there", missing);
    let mailbox = Mailbox::with(&[]);
    let missing = mailbox.command("show").args(["last"]);
    book.note("an empty mailbox", missing);
    let mailbox = Mailbox::with(&small(25, 1));
    mailbox.fetch().run_to(0);
    mailbox.model.maildrop().renumber();
    book.note("all unique ids are new", mailbox.fetch());
    let setup = Setup {
        capabilities: &["LOGIN-DELAY 900"],
        ..Setup::default()
    };
    let mailbox = Mailbox::on(setup, &small(1, 1));
    mailbox.fetch().run();
    book.note("too soon for another login", mailbox.fetch());
}

fn places(book: &mut Book) {
    let mailbox = Mailbox::with(&small(2, 1));
    let into = |option: &str, place: &str| {
        let path = mailbox.sandbox.path(place);
        mailbox
            .command("fetch")
            .args([option.as_ref(), path.as_os_str()])
    };
    book.note(
        "no folder for the Maildir",
        into("--maildir", "no/where/Mail"),
    );
    file(&mailbox.sandbox, "plain", "x");
    book.note("a file in place of the Maildir", into("--maildir", "plain"));
    book.note("a folder in place of the mbox", into("--mbox", "home"));
    book.note("an mbox with a slash", into("--mbox", "box/"));
    let state = mailbox.sandbox.path("plain");
    let stated = into("--maildir", "Mail").args(["--state-dir".as_ref(), state.as_os_str()]);
    book.note("a file in place of the state", stated);
    let full = File::options()
        .write(true)
        .open("/dev/full")
        .expect("/dev/full");
    book.note(
        "standard output is full",
        mailbox.command("stat").stdout(full),
    );
    let demo = mailbox
        .sandbox
        .retr(["demo"])
        .args([mailbox.sandbox.path("home")]);
    file(&mailbox.sandbox, "home/thesis.txt", "x");
    book.note("a demo among other files", demo);

    let mailbox = Mailbox::with(&small(2, 1)).kept_in(Kind::Mbox);
    mailbox.fetch().run_to(0);
    let mut mbox = mailbox.store().into_os_string();
    mbox.push(".lock");
    fs::write(mbox, "1\n").expect("a lock");
    mailbox.model.maildrop().add(&small(1, 77)[0]);
    book.note(
        "somebody has the mbox",
        mailbox.fetch().args(["--timeout", "1s"]),
    );
}

fn records(book: &mut Book) {
    let mailbox = Mailbox::with(&small(3, 1));
    let url = mailbox.url();
    let state = |words: &[&str]| mailbox.sandbox.retr(["state"]).args(words);
    book.note(
        "state of nothing: forget",
        state(&["forget", &url, "uid:x"]),
    );
    mailbox.fetch().run_to(0);
    let lock = File::options()
        .write(true)
        .open(mailbox.lock_file())
        .expect("the lock file");
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).expect("locked");
    book.note("another run has the lock", mailbox.fetch());
    drop(lock);
    let seen = file(&mailbox.sandbox, "ids", "bob@pop.example.com 1\n");
    let seen = seen.to_str().expect("UTF-8");
    let import = |from: &str, file: &str| state(&["import", "--from", from, file, &url]);
    book.note("import: another account", import("fetchmail", seen));
    book.note("import: another program", import("fdm", seen));
    book.note("import: no file", import("mpop", "/nonexistent/ids"));
    let foreign = mailbox
        .sandbox
        .retr(["config", "import", "--from", "getmail", seen]);
    book.note("config import: another file", foreign);

    let verify = || {
        mailbox
            .sandbox
            .retr(["verify", &url])
            .args(mailbox.target())
    };
    let elsewhere = mailbox.sandbox.path("Elsewhere");
    let nowhere = mailbox.sandbox.retr(["verify", &url, "--maildir"]);
    book.note("verify: no such Maildir", nowhere.args([elsewhere]));
    let mut files: Vec<PathBuf> = fs::read_dir(mailbox.store().join("new"))
        .expect("new/")
        .map(|entry| entry.expect("entry").path())
        .collect();
    files.sort();
    fs::remove_file(&files[0]).expect("removed");
    book.note(
        "verify: something is missing",
        verify().args(["-q"]).stdout(null()),
    );

    let ledger = mailbox.ledger();
    let mut text = fs::read(&ledger).expect("the ledger");
    let newer = String::from_utf8_lossy(&text).replacen(" 2 ", " 3 ", 1);
    fs::write(&ledger, newer).expect("written");
    book.note("a ledger of a newer version", mailbox.fetch());
    let middle = text.len() / 2;
    text[middle] ^= 1;
    fs::write(&ledger, &text).expect("damaged");
    book.note("a damaged ledger", mailbox.fetch());
}

fn null() -> File {
    File::options()
        .write(true)
        .open("/dev/null")
        .expect("/dev/null")
}
