//! Sessions as people once typed them into telnet, played by the servers of
//! their time: the five commands, each in a connection of its own.

use crate::support::book::Book;
use crate::support::env::{Program, Sandbox};
use crate::support::scripted::Scripted;
use crate::support::store::Kind;

/// A user with a server.
struct Desk {
    server: Scripted,
    sandbox: Sandbox,
    user: &'static str,
    auth: &'static str,
}

impl Desk {
    fn new(server: Scripted, [user, password, auth]: [&'static str; 3]) -> Self {
        let sandbox = Sandbox::new();
        sandbox.secret_file("password", password);
        Self { server, sandbox, user, auth }
    }

    fn retr(&self, command: &str) -> Program {
        let url = format!("pop3://{}@127.0.0.1:{}", self.user, self.server.port());
        let program = self.sandbox.typed(command).args([&url, "--tls", "none"]);
        program.args(["--auth", self.auth, "--password-file", "password"])
    }
}

const ALICE: [&str; 3] = ["alice", "sesame", "auto"];

/// What each server's five sessions come to is in `tests/fixtures/seeds.txt`:
/// how each message ends as it is stored, of which nothing is decoded there,
/// and what `list`, `show 1` and `stat` print.
// Q52.
#[test]
fn servers_of_their_time_are_read_as_they_speak() {
    let mut book = Book::default();
    for (name, visitor) in [
        ("ksemail", ALICE),
        ("coremail", ALICE),
        // Its LOGIN-DELAY does not keep a person from the next command.
        ("uw-ipop3d", ALICE),
        ("rfc1939", ["mrose", "tanstaaf", "apop"]),
        ("dovecot-2009", ["alice", "sesame", "user"]),
        ("musemail", ALICE),
    ] {
        let desk = Desk::new(Scripted::play(name), visitor);
        // As under cron.
        let silent = |program: Program| assert_eq!(program.run_to(0).to_string(), "", "{name}");
        silent(desk.retr("fetch --maildir Mail"));
        for message in Kind::Maildir.read(&desk.sandbox.path("Mail")) {
            let end = &message[message.len().saturating_sub(100)..];
            let stored = format!("{} octets, to \"{}\"\n", message.len(), end.escape_ascii());
            book.note(&format!("{name}: stored"), &stored);
        }
        for command in ["list", "show 1", "delete 1", "stat"] {
            let [command, message] = command.split_once(' ').map_or([command, ""], <[_; 2]>::from);
            let program = desk.retr(command).args(message.split_whitespace());
            if command == "delete" {
                silent(program);
            } else {
                book.note(&format!("{name}: {command}"), &program.run_to(0).to_string());
            }
        }
    }
    book.assert_is("seeds.txt");
}

const LOGIN: &str = "S: +OK\nC: CAPA\nS: -ERR\nC: USER alice\nS: +OK\nC: PASS sesame\n";

/// The refusals that the documents show.
#[test]
fn wrong_passwords_are_refused_in_many_words() {
    for refusal in ["authorization failed", "Invalid auth or access denied"] {
        let server = Scripted::play_text(&format!("{LOGIN}S: -ERR {refusal}\n"));
        let error = format!("login by USER/PASS was refused: \"{refusal}\"\n");
        Desk::new(server, ALICE).retr("stat").tells(77, error);
    }
}

/// The one message of which UIDL was asked by number, and the one that is not
/// there: `3` of two.
#[test]
fn messages_are_named_by_number_range_id_or_last() {
    let listed = format!(
        "{LOGIN}S: +OK\nC: UIDL\nS: +OK\nS: 1 whqtswO00WBw418f9t5JxYwZ\nS: 2 QhdPYR:00WBw1Ph7x7\nS: .\n"
    );
    let shown = "C: TOP 2 11\nS: +OK\nS: Subject: x\nS:\nS: text\nS: .\nC: QUIT\nS: +OK\n";
    let server = Scripted::play_text(&format!("{listed}{shown}---\n{listed}C-close\n"));
    let desk = Desk::new(server, ALICE);
    let id = "uid:QhdPYR:00WBw1Ph7x7";
    let told = desk.retr("show").args([id, "--lines", "10"]).run_to(0);
    let text = "Message 2 (unique id QhdPYR:00WBw1Ph7x7)\nSubject: x\n\ntext\n\n";
    assert_eq!(told.to_string(), text);
    let show = desk.retr("show").args(["1", "3", "--raw"]);
    let told = show.tells(76, "there is no message 3; 2 are listed\n");
    assert_eq!(told.stdout, b"");
}
