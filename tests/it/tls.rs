//! TLS: what has to be met before a password goes out.

use crate::support::env::Program;
use crate::support::mail::{Mail, small};
use crate::support::mailbox::Mailbox;
use crate::support::model::certs::{self, Identity};
use crate::support::model::{Act, Faults, Setup, Tls};
use crate::support::table::table;

/// A mailbox on a server of this kind.
fn on(tls: Tls, mails: &[Mail]) -> Mailbox {
    Mailbox::on(Setup::default().tls(tls), mails)
}

/// `fetch` with TLS as a scheme asks for, trusting nobody yet.
fn fetch(mailbox: &Mailbox, scheme: &str) -> Program {
    let url = format!("{scheme}://alice@localhost:{}", mailbox.model.port());
    let fetch = format!("fetch {url} -4 --password-file password");
    mailbox.typed(&fetch).args(mailbox.target())
}

fn trusting(mailbox: &Mailbox, scheme: &str) -> Program {
    fetch(mailbox, scheme).arg("--tls-ca").arg(certs::ca())
}

/// No login, and no word of it in clear.
#[track_caller]
fn assert_no_login(mailbox: &Mailbox) {
    for command in ["USER", "PASS", "AUTH", "APOP", "UIDL"] {
        assert_eq!(mailbox.model.count(command), 0, "{command}");
    }
}

/// Both kinds of TLS, each with its scheme.
fn both(identity: Identity) -> [(Tls, &'static str); 2] {
    [(Tls::Implicit(identity), "pop3s"), (Tls::Starttls(identity), "pop3")]
}

#[test]
fn mail_comes_by_both_kinds_of_tls_and_nothing_but_stls_in_clear() {
    let mails = small(40, 1);
    for (tls, scheme) in both(Identity::GOOD) {
        let mailbox = on(tls, &mails);
        let output = trusting(&mailbox, scheme).args(["--json"]).run_to(0);
        assert_eq!(output.event("session")["tls"], true);
        mailbox.assert_stored(&mails);
        let mut clear = mailbox.model.log();
        clear.retain(|line| !line.encrypted);
        let clear: Vec<&str> = clear.iter().map(|line| &*line.text).collect();
        let expected: &[&str] = if scheme == "pop3" { &["STLS"] } else { &[] };
        assert_eq!(clear, expected);
    }
}

/// Among them one of which only the common name has the host's name.
// Fault 94.
#[test]
fn a_certificate_that_does_not_do_is_refused() {
    for [identity, code, text, options] in table(
        "
        self-signed | 79 |                                                    | $CA
        cn-only     | 79 | none of its alternative names is this one (sha256: | $CA
        good        | 79 |                                                    |
        wrong-name  | 0  |                                                    | $CA --tls-name $OTHER
        good        | 79 |                                                    | $CA --tls-pin $SELF
        good        | 0  |                                                    | $CA --tls-pin $GOOD
        good        | 79 |                                                    | --tls-pin $GOOD
        self-signed | 0  |                                                    | --tls-pin-only --tls-pin $SELF
        self-signed | 79 |                                                    | --tls-pin-only --tls-pin $GOOD",
    ) {
        let options = options
            .replace("$CA", &format!("--tls-ca {}", certs::ca().display()))
            .replace("$OTHER", certs::OTHER_NAME)
            .replace("$SELF", &Identity::SELF_SIGNED.pin())
            .replace("$GOOD", &Identity::GOOD.pin());
        let code = code.parse().expect("a code");
        let identity = Identity(identity);
        for (tls, scheme) in both(identity) {
            let mailbox = on(tls, &small(1, 1));
            let fetch = fetch(&mailbox, scheme).args(options.split_whitespace());
            fetch.tells(code, text);
            if code == 0 {
                assert_eq!(mailbox.stored().len(), 1, "{options}");
            } else {
                assert_no_login(&mailbox);
            }
        }
    }
}

#[test]
fn a_server_without_starttls_gets_no_password() {
    let mailbox = on(Tls::None, &small(1, 1));
    fetch(&mailbox, "pop3").run_to(79);
    assert_no_login(&mailbox);
}

#[test]
fn octets_between_stls_and_the_handshake_end_the_session() {
    let mailbox = on(Tls::Starttls(Identity::GOOD), &small(1, 1));
    let injected = b"+OK begin\r\n+OK injected\r\n";
    mailbox.model.at("STLS", Act::SayAndClose(injected.into()));
    trusting(&mailbox, "pop3").run_to(79);
    assert_no_login(&mailbox);
}

#[test]
fn the_end_of_tls_is_not_the_end_of_a_message() {
    let long = |n| Mail::new(format!("Subject: {n}\r\n\r\n{}", "text\r\n".repeat(1000)));
    let mails = [long(1), long(2)];
    for clean in [true, false] {
        let mailbox = on(Tls::Implicit(Identity::GOOD), &mails);
        let fetch = || trusting(&mailbox, "pop3s");
        if clean {
            let half = b"+OK\r\nSubject: half\r\n\r\n";
            mailbox.model.at("RETR 2", Act::SayAndClose(half.into()));
        } else {
            fetch().args(["--dry-run"]).run_to(0);
            // In the first message, so that a second connection gets no further.
            let at = mailbox.model.sent_before_end() + 2000;
            mailbox.model.set_faults(Faults::cut(at));
        }
        fetch().run_to(75);
        mailbox.assert_part_stored(&mails);
        assert!(mailbox.stored().len() < 2);
        mailbox.model.behave();
        fetch().run_to(0);
        mailbox.assert_stored(&mails);
    }
}
