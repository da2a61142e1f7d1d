//! What happens on a terminal: a pseudo terminal, held by the test.

use rustix::process::Signal;

use crate::support::env::Program;
use crate::support::mail::{Mail, small};
use crate::support::mailbox::Mailbox;
use crate::support::model::certs::Identity;
use crate::support::model::{Act, Gate, Model, Setup, Tls};
use crate::support::needs::needs;
use crate::support::table::{at_once, table};
use crate::support::terminal::{Terminal, screen};

const QUESTION: &str = "Password for alice at 127.0.0.1: ";

/// A command that has to ask for the password.
fn asking(mailbox: &Mailbox, terminal: &Terminal, command: &str) -> Program {
    let program = terminal.retr(&mailbox.sandbox, command);
    let program = program.args([&mailbox.url(), "--tls", "none"]);
    match command {
        "fetch" => program.args(mailbox.target()),
        _ => program,
    }
}

/// All that a terminal has shown.
fn text(terminal: Terminal) -> String {
    String::from_utf8(terminal.shown()).expect("UTF-8")
}

#[test]
fn a_signal_at_the_prompt_leaves_the_terminal_as_it_was() {
    needs!("setsid");
    let mailbox = Mailbox::with(&small(1, 1));
    for command in ["fetch", "stat"] {
        for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
            let mut terminal = Terminal::of_columns(80);
            let modes = terminal.modes();
            let running = asking(&mailbox, &terminal, command).start();
            terminal.wait_for(QUESTION);
            assert_ne!(terminal.modes(), modes, "what is typed is hidden");
            match signal {
                Signal::INT => terminal.type_in(b"\x03"),
                signal => running.signal(signal),
            }
            let output = running.finish();
            assert_eq!(output.signal(), Some(signal.as_raw()), "{output}");
            assert_eq!(terminal.modes(), modes, "{command} {signal:?}");
            let shown = text(terminal);
            assert!(shown.contains("\r\nretr: error: "), "{shown}");
            assert!(shown.contains(": interrupted by SIG"), "{shown}");
        }
    }
    assert_eq!(mailbox.model.count("AUTH"), 0);
}

#[test]
fn a_password_that_is_typed_is_not_shown() {
    needs!("setsid");
    let mails = small(1, 1);
    let mailbox = Mailbox::with(&mails);
    let mut terminal = Terminal::of_columns(80);
    let modes = terminal.modes();
    let fetch = asking(&mailbox, &terminal, "fetch");
    let running = fetch.args(["--progress", "never"]).start();
    terminal.wait_for(QUESTION);
    // Slips are mended as in any other line.
    let secret = mailbox.read("password");
    terminal.type_in(format!("wrong\x15{secret}x\x7f\n").as_bytes());
    running.ends_with(0);
    assert_eq!(terminal.modes(), modes);
    assert_eq!(text(terminal).trim_end(), QUESTION.trim_end());
    mailbox.assert_stored(&mails);
}

/// Who is asked has been told apart from whoever answers there.
#[test]
fn nobody_is_asked_for_a_password_that_has_nowhere_to_go() {
    needs!("setsid");
    let setup = Setup { tls: Tls::Implicit(Identity::SELF_SIGNED), ..Setup::default() };
    let mailbox = Mailbox::on(setup, &small(1, 1));
    let url = format!("pop3s://alice@127.0.0.1:{}", mailbox.model.port());
    let terminal = Terminal::of_columns(80);
    let program = terminal.retr(&mailbox.sandbox, "stat").args([&url]);
    let output = program.start().finish();
    assert_eq!(output.code(), Some(79), "{output}");
    let shown = String::from_utf8(terminal.shown()).expect("UTF-8");
    assert!(!shown.contains("Password"), "{shown}");
}

/// A command that were in another process group would be stopped when it asks.
#[test]
fn a_password_command_may_ask_on_the_terminal() {
    needs!("setsid");
    let mailbox = Mailbox::with(&small(1, 1));
    let mut terminal = Terminal::of_columns(80);
    let script =
        "stty -echo </dev/tty; printf 'PIN? ' >/dev/tty; read -r line </dev/tty; echo \"$line\"";
    let command = format!("sh -c {}", shell_words::quote(script));
    let stat = asking(&mailbox, &terminal, "stat").args(["--timeout", "20s"]);
    let running = stat.args(["--password-command", &command]).start();
    terminal.wait_for("PIN? ");
    let secret = mailbox.read("password");
    terminal.type_in(format!("{secret}\n").as_bytes());
    running.ends_with(0);
}

#[test]
fn an_empty_answer_is_told_what_to_do() {
    needs!("setsid");
    let mailbox = Mailbox::with(&[]);
    let mut terminal = Terminal::of_columns(80);
    let running = asking(&mailbox, &terminal, "stat").start();
    terminal.wait_for(QUESTION);
    terminal.type_in(b"\n");
    running.ends_with(78);
    let shown = text(terminal);
    assert!(shown.contains(": the answer is empty\r\n"), "{shown}");
    assert!(shown.contains("hint: type the password"), "{shown}");
}

#[test]
fn raw_messages_are_escaped_on_a_terminal_and_nowhere_else() {
    needs!("setsid");
    let header = "Subject: \x1b]0;pwned\x07\u{202e}";
    let mail = Mail::new(format!("{header}\r\n\r\n\tb\x1b[2J\r\n"));
    let header = format!("{header}\n\n");
    let mailbox = Mailbox::with(std::slice::from_ref(&mail));
    for (view, exact) in [("--raw", &mail.stored[..]), ("--headers", header.as_bytes())] {
        let piped = mailbox.command("show").args(["1", view]).run_to(0);
        assert_eq!(piped.stdout, exact);
        let terminal = Terminal::of_columns(80);
        let program = mailbox.connecting(terminal.retr(&mailbox.sandbox, "show"));
        program.args(["1", view]).run_to(0);
        let shown = text(terminal);
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[0], "Subject: \\x1b]0;pwned\\x07\\u{202e}");
        assert_eq!(lines.get(2), (view == "--raw").then_some(&"\tb\\x1b[2J"));
    }
}

#[test]
fn rows_are_cut_on_a_terminal_and_nowhere_else() {
    needs!("setsid");
    let mailbox = Mailbox::with(&[]);
    let uid = "u".repeat(70);
    let mail = &small(1, 1)[0];
    mailbox.model.maildrop().add_as(uid.as_str(), mail);
    mailbox.fetch().run_to(0);
    let show = |program: Program| program.args(["show", &mailbox.url()]);
    let piped = show(mailbox.retr(["state"])).run_to(0);
    piped.shows(format!(" {uid} "));
    assert!(!piped.stdout_text().contains('…'), "{piped}");
    let terminal = Terminal::of_columns(50);
    show(terminal.retr(&mailbox.sandbox, "state")).run_to(0);
    let shown = text(terminal);
    let row = shown.trim_end();
    assert_eq!(row.chars().count(), 50, "{row}");
    assert!(row.ends_with('…'), "{row}");
}

#[test]
fn commands_end_with_what_they_did_and_what_is_left() {
    needs!("setsid");
    let mailbox = Mailbox::with(&small(3, 1));
    for [command, options, expected] in table(
        "
        fetch  | --dry-run --delete | : dry run: 3 would be fetched, 3 of them deleted
        fetch  | --max-messages 2   | on the server, 1 left out: --max-messages reached
        list   |                    | 3 on the server, 1 new (N)
        list   | --new              | 3 on the server, 1 new (N)
        delete | 1-2 --dry-run      | : dry run: 2 would be deleted, 1 left
        delete | 1-2                | : 2 deleted, 1 left
        delete | 1 --yes            | : 1 deleted, 0 left
        list   |                    | the mailbox is empty
        stat   |                    | 0 messages, 0 octets",
    ) {
        let terminal = Terminal::of_columns(100);
        let program = mailbox.connecting(terminal.retr(&mailbox.sandbox, command));
        let program = match command {
            "fetch" => program.args(mailbox.target()),
            _ => program,
        };
        program.args(options.split_whitespace()).run_to(0);
        let lines = screen(&text(terminal), 100);
        let last = lines.iter().rfind(|line| !line.is_empty());
        let last = last.map_or("", |line| line);
        assert!(last.ends_with(expected), "{command} {options}: {lines:?}");
        let is_table = command == "list" && lines.len() > 2;
        assert_eq!(lines[0].starts_with("  No."), is_table);
    }
}

/// The first letters of the lines on a screen, sorted.
#[track_caller]
fn assert_begin(mut lines: Vec<String>, expected: &[&str]) {
    lines.sort();
    let begin: Vec<_> = lines.iter().filter_map(|line| line.get(..7)).collect();
    assert_eq!(begin, expected, "{lines:?}");
}

#[test]
fn each_account_has_a_line_of_its_own_until_it_ends() {
    needs!("setsid");
    at_once([100, 80, 60, 30], |columns| {
        let one = Mailbox::with(&small(2, 1));
        let two = Model::start(Setup::default().user("two")).holding(&small(2, 1));
        let gate = Gate::new();
        for model in [&one.model, &two] {
            model.at("RETR 1", Act::Stall(gate.clone()));
        }
        let account = one.account("one", "");
        let (alice, bob) = (one.url(), format!("pop3://two@127.0.0.1:{}", two.port()));
        let second = account.replace("accounts.one", "accounts.two").replace(&alice, &bob);
        one.config(&(account + &second.replace("$S/Mail", "$S/two")));
        let mut terminal = Terminal::of_columns(columns);
        let running = terminal.retr(&one.sandbox, "fetch").start();
        terminal.wait_for("one  .");
        terminal.wait_for("two  .");
        assert_begin(terminal.screen(), &["one  ..", "two  .."]);

        // What is drawn from now on has room in the new width.
        let narrow = columns / 2;
        terminal.resize(narrow);
        terminal.type_in(b"\x03");
        let output = running.finish();
        assert_eq!(output.signal(), Some(Signal::INT.as_raw()), "{output}");
        gate.open();
        let shown = text(terminal);
        let (_, after) = shown.split_once("^C").expect("the echo");
        for line in after.split(['\r', '\n']).filter(|line| line.contains('/')) {
            let drawn = screen(line, 200)[0].chars().count();
            assert!(drawn < narrow.into(), "{line:?}");
        }
        // Nothing is left of the bars, and errors begin their lines.
        let expected = ["one: 0 ", "retr: e", "retr: e", "two: 0 "];
        assert_begin(screen(&shown, 200), &expected);
    });
}
