//! What `probe` found out, for people: one fact a line, aligned.

use std::fmt::Write;

use crate::base::{Probed, ProbedTls, escape, sanitized};

/// Columns of the words before the facts.
const LABEL: usize = 14;

pub(super) fn probed(probed: &Probed) -> String {
    let mut facts = Facts(String::new());
    facts.add("server", &format!("{} port {}", probed.host, probed.port));
    match &probed.tls {
        Some(tls) if tls.refused.is_some() => certificate(&mut facts, tls),
        _ => answers(&mut facts, probed),
    }
    facts.0
}

/// What a server says to whom trusts it.
fn answers(facts: &mut Facts, probed: &Probed) {
    let none = match probed.tls {
        Some(_) => "(not kept if it came before STARTTLS)",
        None => "(without a word)",
    };
    facts.add("greeting", or(&sanitized(probed.greeting.as_bytes()), none));
    if let Some(implementation) = &probed.implementation {
        facts.add("implementation", &sanitized(implementation.as_bytes()));
    }
    match &probed.tls {
        Some(tls) => certificate(facts, tls),
        None => facts.add("encryption", "none"),
    }
    facts.add("before login", &capabilities(&probed.before_login));
    if probed.logged_in {
        facts.add("after login", &capabilities(&probed.after_login));
    }
    let mechanisms = probed.mechanisms.join(" ");
    facts.add("mechanisms", or(&mechanisms, "none announced"));
    if let Some(mechanism) = probed.mechanism {
        let how = match probed.logged_in {
            true => "by",
            false => "would be tried by",
        };
        facts.add("login", &format!("{how} {mechanism}"));
    }
    let unique_ids = match probed.uidl {
        None => "UIDL is not tried before the login",
        Some(true) => "UIDL works: fetch takes what is new",
        Some(false) => "UIDL is refused: fetch needs --no-uidl and --delete",
    };
    facts.add("unique ids", unique_ids);
    let headers = match probed.top {
        None => "TOP was not tried: that takes a login and a message",
        Some(true) => "TOP works: list shows sender and subject",
        Some(false) => "TOP is refused: list needs --no-headers, fetch has no --skip and --filter",
    };
    facts.add("headers", headers);
    let pipelining = match probed.pipelining {
        None => "known after the login only",
        Some(true) => "many commands at a time",
        Some(false) => "one command at a time",
    };
    facts.add("pipelining", pipelining);
    facts.add("expiry", &expiry(probed.expire.as_deref()));
    let delay = probed.login_delay.filter(|delay| *delay > 0);
    let delay = delay.map(|delay| format!("{delay} s between two logins (LOGIN-DELAY)"));
    facts.add("login delay", delay.as_deref().unwrap_or("none announced"));
    let utf8 = match probed.utf8 {
        true => "UTF8 is announced: it is asked for before the login",
        false => "UTF8 is not announced",
    };
    facts.add("utf-8", utf8);
}

struct Facts(String);

impl Facts {
    fn add(&mut self, label: &str, fact: &str) {
        let _ = writeln!(self.0, "{label:LABEL$}  {}", escape(fact));
    }
}

fn or<'t>(text: &'t str, otherwise: &'t str) -> &'t str {
    if text.is_empty() { otherwise } else { text }
}

fn certificate(facts: &mut Facts, tls: &ProbedTls) {
    let unknown = "(no name)";
    let subject = tls.subject.as_deref().unwrap_or(unknown);
    let issuer = tls.issuer.as_deref().unwrap_or(unknown);
    let protection = match &tls.refused {
        None => "TLS, the certificate is accepted",
        Some(reason) => &format!("TLS, the certificate is refused: {reason}"),
    };
    facts.add("encryption", protection);
    facts.add("certificate", &format!("{subject}, issued by {issuer}"));
    let time = |time: &Option<String>| time.clone().unwrap_or_else(|| "?".to_owned());
    let valid = format!("{} to {}", time(&tls.not_before), time(&tls.not_after));
    facts.add("valid", &valid);
    facts.add("names", or(&tls.names.join(" "), "none"));
    facts.add("pin", &tls.pin);
}

fn capabilities(lines: &Option<Vec<String>>) -> String {
    match lines.as_deref() {
        None => "CAPA was not answered".to_owned(),
        Some([]) => "no capabilities are told".to_owned(),
        Some(lines) => lines.join(", "),
    }
}

fn expiry(expire: Option<&str>) -> String {
    match expire {
        None => "nothing announced".to_owned(),
        Some("NEVER") => "messages stay (EXPIRE NEVER)".to_owned(),
        Some("0") => "whatever was retrieved may be deleted at once (EXPIRE 0)".to_owned(),
        Some(days) => format!("messages are deleted after {days} days (EXPIRE)"),
    }
}
