//! What `probe` finds out, and what it leaves alone.

use retr::base::{Event, Probed};
use retr::session::{Auth, TlsMode};

use crate::support::certs::Identity;
use crate::support::direct::{Direct, Told};
use crate::support::mail::small;
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
    assert_eq!(facts.mechanism, "SCRAM-SHA-256");
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
    assert_eq!(facts.mechanism, "PLAIN");
    assert_eq!(model.lines(), ["CAPA", "QUIT"]);
}

#[test]
fn what_is_known_is_told_even_if_the_login_fails() {
    let (model, mut direct) = model(Setup::default());
    direct.account.access.auth = Auth::CramMd5;
    let told = direct.probe(true).ends(69);
    assert_eq!(facts(&told).mechanism, "CRAM-MD5");
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
        direct.account.access.tls.ca = Some(crate::support::certs::ca());
        direct.account.access.tls.name = Some("localhost".to_owned());
        let told = direct.probe(true).well();
        let tls = facts(&told).tls.as_ref().expect("TLS");
        assert_eq!(tls.pin.len(), "sha256:".len() + 64);
        assert!(tls.names.iter().any(|name| name == "localhost"));
        assert!(tls.not_after.as_deref() > Some("2026-11"));
    }
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
    assert_eq!(facts.mechanism, "USER/PASS");
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
