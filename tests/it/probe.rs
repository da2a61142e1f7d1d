//! What `probe` finds out, and what it leaves alone.

use std::sync::atomic::{AtomicU32, Ordering};

use retr::base::{Event, Probed};
use retr::session::{Auth, TlsMode};
use serde_json::json;

use crate::support::direct::{Direct, Told};
use crate::support::mail::small;
use crate::support::mailbox::Mailbox;
use crate::support::model::certs::{self, Identity};
use crate::support::model::{Act, Setup, Tls};
use crate::support::scripted::Scripted;
use crate::support::table::table;

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
    let setup = Setup::default()
        .capabilities(&["EXPIRE 31 USER", "LOGIN-DELAY 0", "UTF8 USER", "IMPLEMENTATION a model"])
        .mechanisms(&["PLAIN", "SCRAM-SHA-256"]);
    let (model, direct) = Direct::on(setup, 2);
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
    let (model, mut direct) = Direct::on(Setup::default(), 2);
    direct.account.access.secret = None;
    let told = direct.probe(false).well();
    let facts = facts(&told);
    assert!(!facts.logged_in && facts.after_login.is_none());
    assert_eq!([facts.uidl, facts.top, facts.pipelining], [None; 3]);
    assert_eq!(facts.mechanism, Some("PLAIN"));
    assert_eq!(model.lines(), ["CAPA", "QUIT"]);
}

#[test]
fn what_is_known_is_told_even_if_the_login_fails() {
    let (model, mut direct) = Direct::on(Setup::default(), 2);
    direct.account.access.auth = Auth::CramMd5;
    let told = direct.probe(true).ends(69);
    assert_eq!(facts(&told).mechanism, Some("CRAM-MD5"));
    assert!(!facts(&told).logged_in);
    assert_eq!(model.count("AUTH"), 1);
}

#[test]
fn the_certificate_is_told_with_its_pin() {
    let good = Identity::GOOD;
    for (tls, mode) in
        [(Tls::Implicit(good), TlsMode::Implicit), (Tls::Starttls(good), TlsMode::StartTls)]
    {
        let (_model, mut direct) = Direct::on(Setup::default().tls(tls), 2);
        direct.account.access.tls_mode = mode;
        direct.account.access.tls.ca = Some(certs::ca());
        direct.account.access.tls.name = Some("localhost".to_owned());
        let told = direct.probe(true).well();
        let tls = facts(&told).tls.as_ref().expect("TLS");
        assert_eq!((&tls.pin, &tls.refused), (&good.pin(), &None));
        assert!(tls.names.iter().any(|name| name == "localhost"));
        assert!(tls.not_after.as_deref() > Some("2026-11"));
    }
}

/// Each with what `probe` is told, and what it says then.
#[test]
fn a_refused_certificate_is_shown_with_the_reason() {
    for [identity, reason, subject, issuer, names, options] in table(
        "
        self-signed | self-signed certificate   | localhost | localhost | localhost 127.0.0.1 ::1 |
        wrong-name  | IP address mismatch       | other.example.org | retr test CA | other.example.org | $CA
        good        | it is not the pinned one  | localhost | retr test CA | localhost 127.0.0.1 ::1 | $CA --tls-pin $PIN",
    ) {
        let options = options.replace("$CA", &format!("--tls-ca {}", certs::ca().display()));
        let options = options.replace("$PIN", &Identity::EXPIRED.pin());
        let identity = Identity(identity);
        let (implicit, starttls) = (Tls::Implicit(identity), Tls::Starttls(identity));
        for (tls, scheme) in [(implicit, "pop3s"), (starttls, "pop3")] {
            let mailbox = Mailbox::on(Setup::default().tls(tls), &small(1, 1));
            let (port, pin) = (mailbox.model.port(), identity.pin());
            let probe = |how: &str| {
                let url = format!("{scheme}://alice@127.0.0.1:{port}");
                let probe = format!("probe {url} {options} {how}");
                mailbox.typed(&probe).run_to(79)
            };
            let output = probe("");
            assert_eq!(
                output.stdout_text(),
                format!(
                    "server          127.0.0.1 port {port}\n\
                     encryption      TLS, the certificate is refused: {reason}\n\
                     certificate     {subject}, issued by {issuer}\n\
                     valid           2020-01-01T00:00:00Z to 2120-01-01T00:00:00Z\n\
                     names           {names}\n\
                     pin             {pin}\n"
                )
            );
            output.says(format!(
                "port {port}: the TLS handshake failed\ncaused by: "
            ));
            output.says(&pin);
            let output = probe("--json");
            let names: Vec<&str> = names.split(' ').collect();
            let tls = json!({"refused": reason, "pin": pin, "subject": subject, "issuer": issuer,
                "not_before": "2020-01-01T00:00:00Z", "not_after": "2120-01-01T00:00:00Z",
                "names": names});
            output.has(
                "probed",
                json!({"tls": tls, "port": port, "mechanism": null}),
            );
            output.has("error", json!({"code": 79}));
            // Nobody was told more than that TLS is to begin.
            let said = mailbox.model.lines();
            assert!(said.iter().all(|line| line == "STLS"), "{said:?}");
        }
    }
}

#[test]
fn a_refused_certificate_that_could_not_be_looked_at_is_not_told() {
    let (model, mut direct) =
        Direct::on(Setup::default().tls(Tls::Starttls(Identity::SELF_SIGNED)), 2);
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
    let (model, direct) = Direct::on(Setup::default(), 2);
    model.at("CAPA", Act::Close);
    let told = direct.probe(false).well();
    assert_eq!(facts(&told).before_login, None);
}

#[test]
fn it_goes_as_far_as_what_it_is_given() {
    let mailbox = Mailbox::with(&small(3, 1));
    let url = format!("pop3://127.0.0.1:{}", mailbox.model.port());
    let nobody = mailbox.typed("probe --json --tls none").arg(&url);
    nobody.run_to(0).has("probed", json!({"logged_in": false}));
    assert_eq!(mailbox.model.count("AUTH") + mailbox.model.count("USER"), 0);
    let alice = mailbox.command("probe --json").run_to(0);
    alice.has("probed", json!({"logged_in": true}));
    assert_eq!(mailbox.model.count("RETR"), 0);
    let table = mailbox.command("probe").run_to(0).stdout_text();
    let first = "server          127.0.0.1 port ";
    assert!(table.starts_with(first), "{table}");
}
