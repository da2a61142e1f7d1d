//! TLS: what has to be met before a password goes out.

use crate::support::env::Program;
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
fn a_certificate_that_does_not_do_is_refused() {
    for tls in both(Identity::SELF_SIGNED) {
        let mailbox = on(tls.clone(), &small(1, 1));
        trusting(fetch(&mailbox, &tls)).run_to(79);
        assert_no_login(&mailbox);
    }
}

// Fault 94.
#[test]
fn what_is_checked_can_be_chosen() {
    let [good, other] = [Identity::GOOD.pin(), Identity::SELF_SIGNED.pin()];
    let root = certs::ca().to_string_lossy().into_owned();
    let ca = ["--tls-ca", &root];
    for (identity, options, code) in [
        (Identity::GOOD, &[][..], 79),
        (
            Identity::OTHER_NAME,
            &["--tls-name", certs::OTHER_NAME, ca[0], ca[1]],
            0,
        ),
        (Identity::GOOD, &["--tls-pin", &other, ca[0], ca[1]], 79),
        (Identity::GOOD, &["--tls-pin", &good, ca[0], ca[1]], 0),
        (Identity::GOOD, &["--tls-pin", &good], 79),
        (
            Identity::SELF_SIGNED,
            &["--tls-pin-only", "--tls-pin", &other],
            0,
        ),
        (
            Identity::SELF_SIGNED,
            &["--tls-pin-only", "--tls-pin", &good],
            79,
        ),
    ] {
        let tls = Tls::Implicit(identity);
        let mailbox = on(tls.clone(), &small(1, 1));
        fetch(&mailbox, &tls).args(options).run_to(code);
        if code == 0 {
            assert_eq!(mailbox.stored().len(), 1, "{options:?}");
        } else {
            assert_no_login(&mailbox);
        }
    }
}

#[test]
fn the_lowest_version_can_be_chosen() {
    let tls = Tls::Implicit(Identity::GOOD);
    let setup = Setup {
        tls: tls.clone(),
        old_tls: true,
        ..Setup::default()
    };
    let mailbox = Mailbox::on(setup, &small(1, 1));
    trusting(fetch(&mailbox, &tls))
        .args(["--tls-min", "1.3"])
        .run_to(79);
    assert_no_login(&mailbox);
    trusting(fetch(&mailbox, &tls)).run_to(0);
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
fn a_tls_port_that_says_nothing_in_clear_is_told_apart() {
    let mailbox = on(Tls::Implicit(Identity::GOOD), &small(1, 1));
    for options in [&["--tls", "starttls"][..], &["--tls", "none"]] {
        let program = fetch(&mailbox, &Tls::Starttls(Identity::GOOD)).args(options);
        let output = program.args(["--timeout", "1s"]).run_to(78);
        let text = output.stderr_text();
        assert!(text.contains("expects TLS from the first octet"), "{text}");
        assert!(text.contains("--tls implicit"), "{text}");
    }
    assert_no_login(&mailbox);
}

#[test]
fn a_name_that_only_the_common_name_has_is_refused() {
    for tls in both(Identity("cn-only")) {
        let mailbox = on(tls.clone(), &small(1, 1));
        let output = trusting(fetch(&mailbox, &tls)).run_to(79);
        let text = output.stderr_text();
        assert!(
            text.contains("none of its alternative names is this one (sha256:"),
            "{text}"
        );
        assert_no_login(&mailbox);
    }
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
