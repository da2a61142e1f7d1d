//! What `probe` finds out, and what it leaves alone.

use std::sync::atomic::{AtomicU32, Ordering};

use retr::base::{Event, Probed};
use retr::session::{Auth, TlsMode};
use serde_json::json;

use crate::support::direct::{Direct, Told};
use crate::support::env::Program;
use crate::support::mail::small;
use crate::support::mailbox::Mailbox;
use crate::support::model::certs::{self, Identity};
use crate::support::model::{Act, Model, Setup, Tls};
use crate::support::scripted::Scripted;

fn model(setup: Setup) -> (Model, Direct) {
    let secret = "sesame";
    let model = Model::start(Setup { secret, ..setup }).holding(&small(2, 1));
    let direct = Direct::to(model.port());
    (model, direct)
}

#[track_caller]
fn facts(told: &Told) -> &Probed {
    let probed = told.events.iter().find_map(|event| match event {
        Event::Probed(probed) => Some(&**probed),
        _ => None,
    });
    probed.unwrap_or_else(|| panic!("nothing was probed: {}", told.error()))
}

#[test]
fn a_whole_probe_retrieves_and_deletes_nothing() {
    let (model, direct) = model(Setup {
        capabilities: &[
            "EXPIRE 31 USER",
            "LOGIN-DELAY 0",
            "UTF8 USER",
            "IMPLEMENTATION a model",
        ],
        mechanisms: &["PLAIN", "SCRAM-SHA-256"],
        ..Setup::default()
    });
    let told = direct.probe(true).well();
    let facts = facts(&told);
    assert_eq!(facts.greeting, "model ready <1.2@model.invalid>");
    assert_eq!((&*facts.host, facts.port), ("127.0.0.1", model.port()));
    assert_eq!(facts.mechanisms, ["PLAIN", "SCRAM-SHA-256"]);
    assert_eq!(facts.mechanism, Some("SCRAM-SHA-256"));
    assert!(facts.logged_in && facts.utf8 && facts.tls.is_none());
    assert_eq!((facts.uidl, facts.top), (Some(true), Some(true)));
    assert_eq!(facts.pipelining, Some(true));
    assert_eq!(facts.expire.as_deref(), Some("31"));
    assert_eq!(facts.login_delay, Some(0));
    assert_eq!(facts.implementation.as_deref(), Some("a model"));
    let has = |lines: &Option<Vec<String>>, tag: &str| {
        lines.as_deref().expect("lines").iter().any(|l| l == tag)
    };
    assert!(has(&facts.before_login, "UIDL") && has(&facts.after_login, "PIPELINING"));
    assert_eq!(model.count("RETR") + model.count("DELE"), 0);
    assert_eq!(model.count("QUIT"), 1);
    assert_eq!(told.outcome.summary.listed, 2);
}

#[test]
fn without_a_login_it_stops_before_it() {
    let (model, mut direct) = model(Setup::default());
    direct.account.access.secret = None;
    let told = direct.probe(false).well();
    let facts = facts(&told);
    assert!(!facts.logged_in && facts.after_login.is_none());
    assert_eq!(
        (facts.uidl, facts.top, facts.pipelining),
        (None, None, None)
    );
    assert_eq!(facts.mechanism, Some("PLAIN"));
    assert_eq!(model.lines(), ["CAPA", "QUIT"]);
}

#[test]
fn what_is_known_is_told_even_if_the_login_fails() {
    let (model, mut direct) = model(Setup::default());
    direct.account.access.auth = Auth::CramMd5;
    let told = direct.probe(true).ends(69);
    assert_eq!(facts(&told).mechanism, Some("CRAM-MD5"));
    assert!(!facts(&told).logged_in);
    assert_eq!(model.count("AUTH"), 1);
}

#[test]
fn the_certificate_is_told_with_its_pin() {
    for tls in [Tls::Implicit, Tls::Starttls] {
        let (_model, mut direct) = model(Setup {
            tls: tls(Identity::GOOD),
            ..Setup::default()
        });
        direct.account.access.tls_mode = match tls(Identity::GOOD) {
            Tls::Starttls(_) => TlsMode::StartTls,
            _ => TlsMode::Implicit,
        };
        direct.account.access.tls.ca = Some(certs::ca());
        direct.account.access.tls.name = Some("localhost".to_owned());
        let told = direct.probe(true).well();
        let tls = facts(&told).tls.as_ref().expect("TLS");
        assert_eq!((&tls.pin, &tls.refused), (&Identity::GOOD.pin(), &None));
        assert!(tls.names.iter().any(|name| name == "localhost"));
        assert!(tls.not_after.as_deref() > Some("2026-11"));
    }
}

/// A certificate that is refused, and what `probe` says of it.
struct Refused {
    identity: Identity,
    trusting: bool,
    pin: Option<Identity>,
    reason: &'static str,
    subject: &'static str,
    issuer: &'static str,
    names: &'static [&'static str],
}

impl Refused {
    const LOCAL: &[&str] = &["localhost", "127.0.0.1", "::1"];

    const UNTRUSTED: Self = Self {
        identity: Identity::SELF_SIGNED,
        trusting: false,
        pin: None,
        reason: "self-signed certificate",
        subject: "localhost",
        issuer: "localhost",
        names: Self::LOCAL,
    };

    const MISNAMED: Self = Self {
        identity: Identity::OTHER_NAME,
        trusting: true,
        pin: None,
        reason: "IP address mismatch",
        subject: certs::OTHER_NAME,
        issuer: "retr test CA",
        names: &[certs::OTHER_NAME],
    };

    const NOT_PINNED: Self = Self {
        identity: Identity::GOOD,
        trusting: true,
        pin: Some(Identity::EXPIRED),
        reason: "it is not the pinned one",
        subject: "localhost",
        issuer: "retr test CA",
        names: Self::LOCAL,
    };

    /// `probe` on a server that shows it.
    fn probe(&self, mailbox: &Mailbox, scheme: &str) -> Program {
        let url = format!("{scheme}://alice@127.0.0.1:{}", mailbox.model.port());
        let mut program = mailbox.sandbox.retr(["probe", &url]);
        if self.trusting {
            program = program.args(["--tls-ca".into(), certs::ca()]);
        }
        if let Some(pinned) = self.pin {
            program = program.args(["--tls-pin", &pinned.pin()]);
        }
        program
    }
}

#[test]
fn a_refused_certificate_is_shown_with_the_reason() {
    for refused in [Refused::UNTRUSTED, Refused::MISNAMED, Refused::NOT_PINNED] {
        for (tls, scheme) in [
            (Tls::Implicit as fn(_) -> _, "pop3s"),
            (Tls::Starttls, "pop3"),
        ] {
            let setup = Setup {
                tls: tls(refused.identity),
                ..Setup::default()
            };
            let mailbox = Mailbox::on(setup, &small(1, 1));
            let (port, pin) = (mailbox.model.port(), refused.identity.pin());
            let output = refused.probe(&mailbox, scheme).run_to(79);
            let Refused {
                reason,
                subject,
                issuer,
                names,
                ..
            } = refused;
            assert_eq!(
                output.stdout_text(),
                format!(
                    "server          127.0.0.1 port {port}\n\
                     encryption      TLS, the certificate is refused: {reason}\n\
                     certificate     {subject}, issued by {issuer}\n\
                     valid           2020-01-01T00:00:00Z to 2120-01-01T00:00:00Z\n\
                     names           {}\n\
                     pin             {pin}\n",
                    names.join(" ")
                )
            );
            let at = format!("port {port}: the TLS handshake failed\ncaused by: ");
            let error = output.stderr_text();
            assert!(error.contains(&at) && error.contains(&pin), "{error}");
            let output = refused.probe(&mailbox, scheme).args(["--json"]).run_to(79);
            let told = output.event("probed");
            assert_eq!(
                told["tls"],
                json!({
                    "refused": reason,
                    "pin": pin,
                    "subject": subject,
                    "issuer": issuer,
                    "not_before": "2020-01-01T00:00:00Z",
                    "not_after": "2120-01-01T00:00:00Z",
                    "names": names,
                })
            );
            assert_eq!(
                (&told["port"], &told["mechanism"]),
                (&json!(port), &json!(null))
            );
            assert_eq!(output.event("error")["code"], 79);
            // Nobody was told more than that TLS is to begin.
            let mut lines = mailbox.model.lines();
            lines.retain(|line| line != "STLS");
            assert_eq!(lines, [""; 0]);
        }
    }
}

#[test]
fn a_refused_certificate_that_could_not_be_looked_at_is_not_told() {
    let (model, mut direct) = model(Setup {
        tls: Tls::Starttls(Identity::SELF_SIGNED),
        ..Setup::default()
    });
    direct.account.access.tls_mode = TlsMode::StartTls;
    let times = AtomicU32::new(0);
    model.on_command(move |_| match times.fetch_add(1, Ordering::Relaxed) {
        0 => Act::Serve,
        _ => Act::say("-ERR not now"),
    });
    let told = direct.probe(false).ends(79);
    assert!(told.error().ends_with("self-signed certificate"));
    assert_eq!(told.events, []);
    assert_eq!(model.count("STLS"), 2);
}

#[test]
fn a_server_that_has_next_to_nothing_is_told_as_it_is() {
    let server = Scripted::play_text(
        "S: +OK\nC: CAPA\nS: -ERR\nC: USER alice\nS: +OK\nC: PASS sesame\nS: +OK\n\
         C: CAPA\nS: -ERR\nC: UIDL\nS: -ERR\nC: LIST\nS: +OK\nS: 2 120\nS: .\n\
         C: TOP 2 0\nS: -ERR\nC: QUIT\nS: +OK\n",
    );
    let told = Direct::to(server.port()).probe(true).well();
    let facts = facts(&told);
    assert_eq!((facts.uidl, facts.top), (Some(false), Some(false)));
    assert_eq!(facts.pipelining, Some(false));
    assert_eq!(facts.mechanism, Some("USER/PASS"));
    assert_eq!(facts.before_login.as_deref(), Some(&[][..]));
    assert_eq!((&facts.expire, facts.login_delay), (&None, None));
}

#[test]
fn a_server_that_hangs_up_on_capa_is_probed_without_it() {
    let (model, direct) = model(Setup::default());
    model.on_command(|line| match line.text.as_str() {
        "CAPA" => Act::Close,
        _ => Act::Serve,
    });
    let told = direct.probe(false).well();
    assert_eq!(facts(&told).before_login, None);
}
