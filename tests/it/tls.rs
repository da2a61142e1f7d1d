//! TLS: what has to be met before a password goes out.

use std::io::Read;
use std::net::TcpListener;
use std::thread;

use crate::support::env::{Program, Sandbox};
use crate::support::mail::{Mail, small};
use crate::support::mailbox::Mailbox;
use crate::support::model::certs::{self, Identity};
use crate::support::model::{Act, Faults, Setup, Tls};

fn on(tls: Tls, mails: &[Mail]) -> Mailbox {
    let setup = Setup {
        tls,
        ..Setup::default()
    };
    Mailbox::on(setup, mails)
}

/// `fetch` with TLS as the server's setup asks for, trusting nobody yet.
fn fetch(mailbox: &Mailbox, tls: &Tls) -> Program {
    let scheme = match tls {
        Tls::Implicit(_) => "pop3s",
        _ => "pop3",
    };
    let url = format!("{scheme}://alice@localhost:{}", mailbox.model.port());
    mailbox
        .sandbox
        .retr(["fetch", &url, "-4", "--password-file"])
        .args([mailbox.sandbox.path("password")])
        .args(mailbox.target())
}

fn trusting(program: Program) -> Program {
    program.args(["--tls-ca".into(), certs::ca()])
}

/// No login, and no word of it in clear.
#[track_caller]
fn assert_no_login(mailbox: &Mailbox) {
    for command in ["USER", "PASS", "AUTH", "APOP", "UIDL"] {
        assert_eq!(mailbox.model.count(command), 0, "{command}");
    }
}

fn both(identity: Identity) -> [Tls; 2] {
    [Tls::Implicit(identity), Tls::Starttls(identity)]
}

#[test]
fn mail_comes_by_both_kinds_of_tls_and_nothing_but_stls_in_clear() {
    let mails = small(40, 1);
    for tls in both(Identity::GOOD) {
        let mailbox = on(tls.clone(), &mails);
        let output = trusting(fetch(&mailbox, &tls)).args(["--json"]).run_to(0);
        assert_eq!(output.event("session")["tls"], true);
        mailbox.assert_stored(&mails);
        let clear: Vec<String> = mailbox
            .model
            .log()
            .into_iter()
            .filter(|line| !line.encrypted)
            .map(|line| line.text)
            .collect();
        let expected: &[&str] = match tls {
            Tls::Starttls(_) => &["STLS"],
            _ => &[],
        };
        assert_eq!(clear, expected);
    }
}

#[test]
fn a_greeting_from_before_tls_is_nobodys_word() {
    let tls = Tls::Starttls(Identity::GOOD);
    let mailbox = on(tls.clone(), &small(1, 1));
    let output = trusting(fetch(&mailbox, &tls)).args(["--json"]).run_to(0);
    assert_eq!(output.event("session")["greeting"], "");
}

#[test]
fn a_certificate_that_does_not_do_is_refused() {
    for identity in [
        Identity::OTHER_NAME,
        Identity::EXPIRED,
        Identity::NOT_YET_VALID,
        Identity::SELF_SIGNED,
    ] {
        for tls in both(identity) {
            let mailbox = on(tls.clone(), &small(1, 1));
            trusting(fetch(&mailbox, &tls)).run_to(79);
            assert_no_login(&mailbox);
        }
    }
    for tls in both(Identity::GOOD) {
        let mailbox = on(tls.clone(), &small(1, 1));
        fetch(&mailbox, &tls).run_to(79);
        assert_no_login(&mailbox);
    }
}

#[test]
fn the_name_to_verify_can_be_given() {
    let tls = Tls::Implicit(Identity::OTHER_NAME);
    let mailbox = on(tls.clone(), &small(1, 1));
    trusting(fetch(&mailbox, &tls))
        .args(["--tls-name", certs::OTHER_NAME])
        .run_to(0);
    assert_eq!(mailbox.stored().len(), 1);
}

#[test]
fn a_pin_is_checked_beside_the_chain() {
    let tls = Tls::Implicit(Identity::GOOD);
    let right = Identity::GOOD.pin();
    let wrong = Identity::SELF_SIGNED.pin();
    let mailbox = on(tls.clone(), &small(1, 1));
    trusting(fetch(&mailbox, &tls))
        .args(["--tls-pin", &wrong])
        .run_to(79);
    fetch(&mailbox, &tls).args(["--tls-pin", &right]).run_to(79);
    assert_no_login(&mailbox);
    trusting(fetch(&mailbox, &tls))
        .args(["--tls-pin", &right])
        .run_to(0);
    assert_eq!(mailbox.stored().len(), 1);
}

#[test]
fn a_pin_alone_does_when_asked_to() {
    for tls in both(Identity::SELF_SIGNED) {
        let right = Identity::SELF_SIGNED.pin();
        let wrong = Identity::GOOD.pin();
        let mailbox = on(tls.clone(), &small(1, 1));
        fetch(&mailbox, &tls)
            .args(["--tls-pin-only", "--tls-pin", &wrong])
            .run_to(79);
        assert_no_login(&mailbox);
        fetch(&mailbox, &tls)
            .args(["--tls-pin-only", "--tls-pin", &right])
            .run_to(0);
        assert_eq!(mailbox.stored().len(), 1);
    }
}

#[test]
fn a_server_without_starttls_gets_no_password() {
    let tls = Tls::None;
    let mailbox = on(tls.clone(), &small(1, 1));
    fetch(&mailbox, &tls).run_to(79);
    assert_no_login(&mailbox);
}

#[test]
fn octets_between_stls_and_the_handshake_end_the_session() {
    let tls = Tls::Starttls(Identity::GOOD);
    let mailbox = on(tls.clone(), &small(1, 1));
    mailbox.model.on_command(|line| match line.text.as_str() {
        "STLS" => Act::SayAndClose(b"+OK begin\r\n+OK injected\r\n".into()),
        _ => Act::Serve,
    });
    trusting(fetch(&mailbox, &tls)).run_to(79);
    assert_no_login(&mailbox);
}

#[test]
fn a_plain_server_on_the_tls_port_is_told_apart() {
    let mailbox = on(Tls::None, &small(1, 1));
    let asked = Tls::Implicit(Identity::GOOD);
    trusting(fetch(&mailbox, &asked)).run_to(79);
    assert_no_login(&mailbox);
}

#[test]
fn a_handshake_that_stalls_ends_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let silent = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut sink = [0; 4096];
        while matches!(stream.read(&mut sink), Ok(1..)) {}
    });
    let sandbox = Sandbox::new();
    let password = sandbox.secret_file("password", "x");
    sandbox
        .retr([
            "fetch",
            &format!("pop3s://alice@127.0.0.1:{port}"),
            "--timeout",
            "1s",
        ])
        .args(["--password-file".into(), password])
        .args(["--maildir".into(), sandbox.path("Mail")])
        .run_to(75);
    silent.join().expect("no panic");
}

#[test]
fn the_end_of_tls_is_not_the_end_of_a_message() {
    let long = |n| Mail::new(format!("Subject: {n}\r\n\r\n{}", "text\r\n".repeat(1000)));
    let mails = [long(1), long(2)];
    for clean in [true, false] {
        let tls = Tls::Implicit(Identity::GOOD);
        let mailbox = on(tls.clone(), &mails);
        if clean {
            mailbox.model.on_command(|line| match line.text.as_str() {
                "RETR 2" => Act::SayAndClose(b"+OK\r\nSubject: half\r\n\r\n".into()),
                _ => Act::Serve,
            });
        } else {
            trusting(fetch(&mailbox, &tls))
                .args(["--dry-run"])
                .run_to(0);
            let listed = mailbox.model.log().last().expect("lines").sent_before;
            // In the first message, so that a second connection gets no further.
            mailbox.model.set_faults(Faults {
                cut_at: Some(listed + 2000),
                ..Faults::default()
            });
        }
        trusting(fetch(&mailbox, &tls)).run_to(75);
        mailbox.assert_part_stored(&mails);
        assert!(mailbox.stored().len() < 2);
        mailbox.model.behave();
        trusting(fetch(&mailbox, &tls)).run_to(0);
        mailbox.assert_stored(&mails);
    }
}

#[test]
fn the_lowest_version_is_held() {
    let mails = small(1, 1);
    for old_tls in [false, true] {
        let tls = Tls::Implicit(Identity::GOOD);
        let setup = Setup {
            tls: tls.clone(),
            old_tls,
            ..Setup::default()
        };
        let mailbox = Mailbox::on(setup, &mails);
        let program = trusting(fetch(&mailbox, &tls)).args(["--tls-min", "1.3"]);
        if old_tls {
            program.run_to(79);
            assert_no_login(&mailbox);
            trusting(fetch(&mailbox, &tls)).run_to(0);
        } else {
            program.run_to(0);
        }
        mailbox.assert_stored(&mails);
    }
}
