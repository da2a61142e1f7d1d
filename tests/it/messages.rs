//! What people read when something is wrong: the exact text of each
//! situation, in `tests/fixtures/messages.txt`. `UPDATE_GENERATED=1` rewrites that file; read
//! it as somebody who sees the program for the first time.

use std::fs::{self, File};
use std::path::Path;
use std::process::Stdio;
use std::thread;

use crate::support::book::Book;
use crate::support::env::{Program, Sandbox, chmod};
use crate::support::mail::small;
use crate::support::mailbox::Mailbox;
use crate::support::model::certs::{self, Identity};
use crate::support::model::{Act, Setup, Tls};
use crate::support::refusing::Refusing;
use crate::support::scripted::Scripted;
use crate::support::store::Kind;
use crate::support::table::table;

/// Runs it, and notes what it says: errors, of three lines at the most each.
fn note(book: &mut Book, title: &str, program: Program) {
    let output = program.run();
    assert!(output.stdout.is_empty(), "{title}: {output}");
    let errors = output.stderr_text();
    let errors = errors.strip_prefix("retr: error: ").expect(title);
    for error in errors.split("\nretr: error: ") {
        let mut further = error.lines().skip(1);
        let known = |line: &str| line.starts_with("caused by: ") || line.starts_with("hint: ");
        let is_explained = further.clone().count() < 3 && further.all(known);
        assert!(is_explained, "{title}: {output}");
    }
    book.note(title, &masked(&output.to_string()));
}

/// Without what differs from run to run: process ids, and times of the day.
fn masked(text: &str) -> String {
    let line = |line: &str| {
        let (line, behind) = line.split_once("process ").unwrap_or((line, ""));
        let rest = behind.trim_start_matches(|c: char| c.is_ascii_digit());
        let is_process = if behind.is_empty() { "" } else { "process PID" };
        let line = format!("{line}{is_process}{rest}");
        match line.split_once(" since ") {
            Some((before, after)) => {
                let tail = after.split_once(')').map_or("", |(_, tail)| tail);
                format!("{before} since TIME){tail}\n")
            }
            None => line + "\n",
        }
    };
    text.lines().map(line).collect()
}

// Q4, fault 80.
#[test]
fn every_situation_is_told_as_it_was_read() {
    let parts: [fn(&mut Book); 9] = [
        the_command_line,
        the_config_file,
        passwords,
        connections,
        encryption,
        logins,
        servers,
        places,
        records,
    ];
    // Some of them wait.
    let book = thread::scope(|scope| {
        let parts = parts.map(|part| {
            scope.spawn(move || {
                let mut book = Book::default();
                part(&mut book);
                book
            })
        });
        parts.into_iter().map(|part| part.join().expect("told")).collect::<Book>()
    });
    book.assert_is("messages.txt");
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

/// Rows of a title, and the words of a command.
fn the_command_line(book: &mut Book) {
    let sandbox = Sandbox::new();
    for [title, words] in table(
        "
        no command |
        no subcommand | config
        a command mistyped | fetsh work
        an option mistyped | fetch work --keeep
        an option that is none | fetch work --xyzzy
        no account | list
        two destinations | fetch work --maildir a --mbox b
        a size that is none | fetch work --max-size big
        a duration that is none | fetch work --timeout 60
        a number that is none | fetch work --max-messages five
        a password as an option | fetch work --password secret
        a password in the URL | fetch pop3s://alice:secret@pop.example.com
        a scheme that is none | fetch imap://alice@pop.example.com
        a URL without its scheme | fetch alice@pop.example.com
        a mechanism that is none | fetch work --auth digest-md5
        a proxy of another kind | fetch work --proxy http://proxy:3128
        a pin that is none | fetch work --tls-pin sha256:abcd
        a part that is none | fetch --shard 5/4
        a message that is none | show work first
        a number in place of a unique id | state forget work 3
        no-uidl without delete | fetch pop3s://a@h --maildir M --no-uidl",
    ) {
        note(book, title, sandbox.typed(words));
    }
}

fn the_config_file(book: &mut Book) {
    let sandbox = Sandbox::new();
    for [title, words] in table(
        "
        fetch without a config file | fetch
        an account without a config file | fetch work
        a config file that is not there | fetch --config x.toml",
    ) {
        note(book, title, sandbox.typed(words));
    }
    // Each with what stands in it; `;` ends a line.
    for [title, text] in table(
        "
        an account that is not in it | [accounts.work]; url = 'pop3s://a@h'
        a key mistyped | [accounts.wrok]; url = 'pop3s://a@h'; time_out = '5s'
        a key twice | [accounts.wrok]; host = 'h'; host = 'h'
        a password in it | [accounts.wrok]; password = 'secret'
        no TOML | [accounts.wrok]; host = pop.example.com
        a value that is wrong | [accounts.wrok]; timeout = '5 parsecs'
        no host | [accounts.wrok]; user = 'alice'
        no user | [accounts.wrok]; host = 'h'; maildir = '/m'
        no destination | [accounts.wrok]; url = 'pop3s://a@h'
        keep and delete | [accounts.wrok]; keep = true; delete = true
        a variable that is not set | [accounts.wrok]; maildir = '$NOWHERE/Mail'
        jobs of one account | [accounts.wrok]; jobs = 4",
    ) {
        sandbox.config(&(text.replace("; ", "\n") + "\n"));
        note(book, &format!("config: {title}"), sandbox.typed("fetch wrok"));
    }
    sandbox.config("[accounts.a]\nuser = 'u'\n[accounts.b]\nhost = 'h'\n");
    let check = sandbox.typed("config check");
    note(book, "config check: two are wrong", check);
}

fn passwords(book: &mut Book) {
    let sandbox = Sandbox::new();
    let fetch = |words: &str| {
        let fetch = "fetch pop3s://alice@127.0.0.1:1 --maildir Mail";
        sandbox.typed(&format!("{fetch} {words}"))
    };
    let by_file = "--password-file pw";
    note(book, "no password", fetch(""));
    note(book, "no password file", fetch(by_file));
    chmod(&sandbox.write("pw", "secret\n"), 0o644);
    note(book, "a password file for all to read", fetch(by_file));
    sandbox.secret_file("pw", "one\ntwo\n");
    note(book, "a password file of two lines", fetch(by_file));
    for [title, words] in table(
        "
        no such password command | --password-command 'pas show x'
        a password command that fails | --password-command \"sh -c 'echo secret; exit 1'\"
        a descriptor that is closed | --password-fd 9",
    ) {
        note(book, title, fetch(words));
    }
    note(book, "an empty variable", fetch("").env("RETR_PASSWORD", ""));
    let proxied = fetch("--proxy socks5://bob@127.0.0.1");
    let proxied = proxied.env("RETR_PASSWORD", "x");
    note(book, "a proxy without its password", proxied);
}

fn connections(book: &mut Book) {
    let sandbox = Sandbox::new();
    let nobody = Refusing::new();
    let port = nobody.address().port();
    let fetch = |port: u16, words: &str| {
        let fetch = format!("fetch pop3://a@127.0.0.1:{port} --tls none --maildir Mail {words}");
        sandbox.typed(&fetch).env("RETR_PASSWORD", "x")
    };
    let through = |proxy: u16| format!("--proxy socks5://127.0.0.1:{proxy}");
    note(book, "nobody listens", fetch(port, ""));
    note(book, "no proxy listens", fetch(port, &through(port)));
    let play = |script| Scripted::play_text(&format!("{script}\nS-close"));
    let server = Scripted::play_text("S-close");
    note(book, "no greeting", fetch(server.port(), ""));
    let server = play("S= \\x15\\x03\\x03\\x00\\x02\\x02\\x28");
    note(book, "TLS for a greeting", fetch(server.port(), ""));
    let server = play("S= \\x05\\xff");
    let proxied = fetch(port, &through(server.port()));
    note(book, "a proxy that asks for a login", proxied);
    for [title, words] in table(
        "
        a tunnel that cannot be started | --tunnel 'no-such-program %h'
        a tunnel that ends | --tunnel true
        a socket that is not there | --socket /nonexistent/pop3",
    ) {
        note(book, title, fetch(port, words));
    }
    for (title, greeting) in [
        ("a server that is busy", "-ERR [IN-USE] try later"),
        ("a server that refuses", "-ERR go away"),
        ("another protocol", "HTTP/1.1 400 Bad Request"),
    ] {
        let mailbox = Mailbox::on(Setup::default().greeting(greeting), &small(1, 1));
        note(book, title, mailbox.fetch());
        let said = mailbox.model.lines();
        assert!(said.iter().all(|line| line == "QUIT"), "{title}");
    }
    let half = Act::SayAndClose(b"+OK\r\nSubject: x\r\n".to_vec());
    for (title, command, act) in
        [("the server hangs up", "UIDL", Act::Close), ("the connection is cut", "RETR 1", half)]
    {
        let mailbox = Mailbox::with(&small(1, 1));
        mailbox.model.at(command, act);
        note(book, title, mailbox.fetch());
    }
}

fn encryption(book: &mut Book) {
    let fetch = |mailbox: &Mailbox, scheme: &str, words: &str| {
        let url = format!("{scheme}://alice@127.0.0.1:{}", mailbox.model.port());
        let fetch = format!("fetch {url} --password-file password {words}");
        mailbox.typed(&fetch).args(mailbox.target())
    };
    let by = |tls| Mailbox::on(Setup::default().tls(tls), &small(1, 1));
    let plain = by(Tls::None);
    note(book, "no STARTTLS", fetch(&plain, "pop3", ""));
    let in_tls = fetch(&plain, "pop3s", "--timeout 1s");
    note(book, "no TLS where it should be", in_tls);
    let ca = format!("--tls-ca {}", certs::ca().display());
    let pinned = format!("{ca} --tls-pin sha256:{}", "ab".repeat(32));
    for (title, identity, words) in [
        ("an unknown root", Identity::GOOD, ""),
        ("signed by itself", Identity::SELF_SIGNED, ""),
        ("another name", Identity::OTHER_NAME, &*ca),
        ("too old", Identity::EXPIRED, &ca),
        ("another pin", Identity::GOOD, &pinned),
        ("no pin to go by", Identity::GOOD, "--tls-pin-only"),
        ("no root file", Identity::GOOD, "--tls-ca ca.pem"),
    ] {
        let mailbox = by(Tls::Implicit(identity));
        note(book, title, fetch(&mailbox, "pop3s", words));
    }
    let secured = by(Tls::Implicit(Identity::GOOD));
    secured.write("ca.pem", "nothing of the kind\n");
    for [title, scheme, words] in table(
        "
        a root file of nonsense          | pop3s | --tls-ca ca.pem
        a client certificate of nonsense | pop3s | --tls-client ca.pem
        TLS where none was expected      | pop3  | --tls none --timeout 1s",
    ) {
        note(book, title, fetch(&secured, scheme, words));
    }
}

fn logins(book: &mut Book) {
    let usual = Setup::default;
    let by_user = usual().mechanisms(&[]);
    let by_token = usual().hidden_mechanisms(&["XOAUTH2"]);
    let bare = usual().greeting("+OK ready");
    for (title, setup, auth) in [
        ("a wrong password", usual(), "auto"),
        ("a wrong password, by USER and PASS", by_user, "auto"),
        ("an expired token", by_token, "xoauth2"),
        ("APOP without a timestamp", bare, "apop"),
        ("a mechanism the server has not", usual(), "cram-md5"),
    ] {
        let mailbox = Mailbox::on(setup, &small(1, 1));
        mailbox.secret_file("password", "letmein");
        note(book, title, mailbox.fetch().args(["--auth", auth]));
    }
}

fn servers(book: &mut Book) {
    let old = Mailbox::on(Setup::default().uidl(false), &small(1, 1));
    note(book, "no unique ids", old.fetch());
    assert_eq!(old.model.count("RETR"), 0);
    let top = "-ERR unknown command";
    let without_top = Mailbox::on(Setup::default().capa(false), &small(3, 1));
    without_top.model.answer("TOP", top);
    note(book, "list without TOP", without_top.command("list"));
    for rule in ["--skip=subject:x", "--filter=true"] {
        let fetch = without_top.fetch().arg(rule);
        note(book, &format!("{rule} without TOP"), fetch);
    }
    assert_eq!(without_top.model.count("RETR"), 0);
    for [title, options, command, answer] in table(
        "
        POP3 is switched off        |                    | AUTH   | -ERR [SYS/PERM] POP3 is disabled for this account
        the mailbox is in use       |                    | AUTH   | -ERR [IN-USE] mailbox locked by another session
        unique ids are refused      |                    | UIDL   | -ERR not now
        a listing of nonsense       |                    | UIDL   | +OK here they come; nonsense; .
        no LIST either              | --no-uidl --delete | LIST   | -ERR unknown command
        a message is refused        |                    | RETR 2 | -ERR cannot read message
        a deletion is refused       | --delete           | DELE 2 | -ERR cannot delete
        deletions are not confirmed | --delete           | QUIT   | -ERR some deleted messages not removed",
    ) {
        let mailbox = Mailbox::with(&small(3, 1));
        mailbox.model.answer(command, &answer.replace("; ", "\r\n"));
        let options = options.split_whitespace();
        note(book, title, mailbox.fetch().args(options));
    }
    let setup = Setup::default().capabilities(&["EXPIRE 0"]);
    let mailbox = Mailbox::on(setup, &small(200, 1));
    mailbox.model.on_command(|line| match line.text.as_str() {
        "QUIT" => Act::say("+OK"),
        "UIDL" => {
            let session = line.session;
            let id = |n| format!("{n} s{session}n{n}\r\n");
            Act::say(&format!("+OK\r\n{}.", (1..=200).map(id).collect::<String>()))
        }
        _ => Act::Serve,
    });
    let without = mailbox.fetch().args(["--delete"]);
    note(book, "deletions have no effect", without);
    for (title, count, words) in [
        ("a message that is not there", 3, ["show", "9"]),
        ("a unique id that is not there", 3, ["delete", "uid:nobody"]),
        ("an empty mailbox", 0, ["show", "last"]),
    ] {
        let mailbox = Mailbox::with(&small(count, 1));
        note(book, title, mailbox.command(words[0]).arg(words[1]));
    }
    let mailbox = Mailbox::with(&small(25, 1));
    mailbox.fetch().run_to(0);
    mailbox.model.maildrop().renumber();
    note(book, "all unique ids are new", mailbox.fetch());
    let setup = Setup::default().capabilities(&["LOGIN-DELAY 900"]);
    let mailbox = Mailbox::on(setup, &small(1, 1));
    mailbox.fetch().run();
    note(book, "too soon for another login", mailbox.fetch());
}

fn places(book: &mut Book) {
    let mailbox = Mailbox::with(&small(2, 1));
    let plain = mailbox.write("plain", "x");
    for [title, words] in table(
        "
        no folder for the Maildir | --maildir no/where/Mail
        a file in place of the Maildir | --maildir plain
        a file above the Maildir | --maildir plain/Mail
        a folder in place of the mbox | --mbox home
        no folder for the mbox | --mbox no/where/mbox
        a file above the mbox | --mbox plain/mbox
        an mbox with a slash | --mbox box/
        a file in place of the state | --maildir Mail --state-dir plain",
    ) {
        let fetch = mailbox.command(&format!("fetch {words}"));
        note(book, title, fetch);
    }
    assert_eq!(mailbox.model.count("RETR"), 0);
    assert_eq!(fs::read(plain).expect("the file"), b"x");
    let full = File::options().write(true).open("/dev/full");
    let stat = mailbox.command("stat").stdout(full.expect("/dev/full"));
    note(book, "standard output is full", stat);
    mailbox.write("home/thesis.txt", "x");
    let demo = mailbox.retr(["demo"]);
    let demo = demo.arg(mailbox.path("home"));
    note(book, "a demo among other files", demo);

    let mailbox = Mailbox::with(&small(2, 1)).kept_in(Kind::Mbox);
    mailbox.fetch().run_to(0);
    mailbox.write("Mail.lock", "1\n");
    mailbox.model.maildrop().add(&small(1, 77)[0]);
    let fetch = mailbox.fetch().args(["--timeout", "1s"]);
    note(book, "somebody has the mbox", fetch);
}

fn records(book: &mut Book) {
    let mailbox = Mailbox::with(&small(3, 1));
    let forget = mailbox.offline("state forget").arg("uid:x");
    note(book, "state of nothing: forget", forget);
    let fetched = mailbox.fetch_json().run_to(0).events_of("message");
    let lock = File::options().write(true).open(mailbox.lock_file());
    let lock = lock.expect("the lock file");
    lock.lock().expect("locked");
    note(book, "another run has the lock", mailbox.fetch());
    drop(lock);
    let seen = mailbox.write("ids", "bob@pop.example.com 1\n");
    let seen = seen.to_str().expect("UTF-8");
    for (title, program, file) in [
        ("another account", "fetchmail", seen),
        ("another program", "fdm", seen),
        ("no file", "mpop", "/nonexistent/ids"),
    ] {
        let import = mailbox.offline(&format!("state import --from {program} {file}"));
        note(book, &format!("import: {title}"), import);
    }
    let foreign = format!("config import --from getmail {seen}");
    let foreign = mailbox.typed(&foreign);
    note(book, "config import: another file", foreign);

    let elsewhere = mailbox.path("Elsewhere");
    let nowhere = mailbox.offline("verify").arg("--maildir");
    note(book, "verify: no such Maildir", nowhere.arg(elsewhere));
    mailbox.take_out(&fetched[0]);
    let verify = mailbox.verify().arg("-q").stdout(Stdio::null());
    note(book, "verify: something is missing", verify);

    let ledger = mailbox.ledger();
    let text = fs::read_to_string(&ledger).expect("the ledger");
    fs::write(&ledger, text.replacen(" 2 ", " 3 ", 1)).expect("written");
    note(book, "a ledger of a newer version", mailbox.fetch());
    fs::write(&ledger, text).expect("written");
    mailbox.damage_ledger();
    note(book, "a damaged ledger", mailbox.fetch());
}
