//! mpop's config file: one setting a line, in accounts that may inherit.

#[cfg(test)]
mod tests;

use std::time::Duration;

use super::command::without_shell;
use super::draft::{CLIENT, Draft, Drafts, PASSWORD, PLAINTEXT, UNCHECKED};
use crate::base::sanitized;
use crate::cli::args::{Pin, Span};
use crate::web::bracketed;

pub(super) fn read(text: &str) -> Drafts {
    let mut drafts = Drafts::default();
    let mut defaults = Settings::default();
    let mut sections: Vec<Section> = Vec::new();
    let mut is_default = true;
    for line in text.lines().map(trimmed) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (command, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        match (command, sections.last_mut()) {
            ("defaults", _) => is_default = true,
            ("account", _) => {
                is_default = false;
                let section = Section::new(unquoted(rest), &defaults, &sections);
                sections.push(section);
            }
            (_, Some(section)) if !is_default => section.own.put(command, unquoted(rest)),
            _ => defaults.put(command, unquoted(rest)),
        }
    }
    let accounts: Vec<(&str, Settings)> = sections.iter().map(Section::account).collect();
    for (name, settings) in &accounts {
        // `account default : work` only names what is there already.
        let mut others = accounts.iter().filter(|(other, _)| other != name);
        match others.find(|(_, other)| *name == "default" && other == settings) {
            Some((of, _)) => drafts.notes.say(format!(
                "mpop's default was {}; use `retr fetch {}`",
                sanitized(of.as_bytes()),
                shell_words::quote(of)
            )),
            None => drafts.accounts.push(draft(name, settings)),
        }
    }
    drafts
}

fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\r'])
}

fn unquoted(argument: &str) -> &str {
    let argument = trimmed(argument);
    argument.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(argument)
}

struct Section {
    name: String,
    /// The defaults where it begins.
    defaults: Settings,
    /// What it says, and those that it inherits from: others inherit that.
    own: Settings,
}

impl Section {
    /// `NAME : BASE,...`.
    fn new(heading: &str, defaults: &Settings, before: &[Self]) -> Self {
        let (name, bases) = heading.split_once(':').unwrap_or((heading, ""));
        let mut own = Settings::default();
        for base in bases.split(',').map(unquoted) {
            if let Some(base) = before.iter().find(|section| section.name == base) {
                own.extend(&base.own);
            }
        }
        Self { name: unquoted(name).to_owned(), defaults: defaults.clone(), own }
    }

    fn account(&self) -> (&str, Settings) {
        let mut settings = self.defaults.clone();
        settings.extend(&self.own);
        (&self.name, settings)
    }
}

/// Settings, each command once.
#[derive(Clone, Debug, Default, PartialEq)]
struct Settings(Vec<(String, String)>);

impl Settings {
    fn put(&mut self, command: &str, argument: &str) {
        self.0.retain(|(name, _)| name != command);
        self.0.push((command.to_owned(), argument.to_owned()));
    }

    fn extend(&mut self, other: &Self) {
        for (command, argument) in &other.0 {
            self.put(command, argument);
        }
    }

    fn get(&self, command: &str) -> Option<&str> {
        let found = self.0.iter().find(|(name, _)| name == command);
        found.map(|(_, argument)| argument.as_str())
    }

    /// Returns whether a switch is on; it is also without an argument.
    fn is_on(&self, command: &str, otherwise: bool) -> bool {
        match self.get(command) {
            Some("" | "on") => true,
            Some("off") => false,
            _ => otherwise,
        }
    }
}

fn draft(name: &str, settings: &Settings) -> Draft {
    let mut draft = Draft::new(name);
    for (command, argument) in &settings.0 {
        setting(&mut draft, command, argument, settings);
    }
    let tls = if !settings.is_on("tls", false) {
        "none"
    } else if settings.is_on("tls_starttls", true) {
        "starttls"
    } else {
        "implicit"
    };
    if tls == "none" {
        draft.notes.say(PLAINTEXT);
    }
    draft.set("tls", tls);
    match settings.get("keep") {
        None | Some("off") => draft.set("delete", true),
        Some("" | "on") => {}
        Some(duration) => match seconds(duration) {
            Some(0) => draft.set("delete", true),
            Some(seconds) => {
                let span = Span(Duration::from_secs(seconds));
                draft.set("delete_after", span.to_string());
            }
            None => draft.notes.left("keep", "it is no duration"),
        },
    }
    let uidls = settings
        .get("uidls_file")
        .unwrap_or("~/.mpop_uidls/%U_at_%H")
        .replace("%U", draft.text("user").unwrap_or_default())
        .replace("%H", draft.text("host").unwrap_or_default());
    draft.seen_in("mpop", &uidls);
    draft
}

/// The commands of mpop's manual.
fn setting(draft: &mut Draft, command: &str, argument: &str, settings: &Settings) {
    let notes = &mut draft.notes;
    match (command, argument) {
        ("tls_trust_file", "") | ("tls_certcheck", "off") => notes.left(command, UNCHECKED),
        ("only_new", "off") => draft.set("all", true),
        ("tls_trust_file", "system") | ("keep" | "uidls_file", _) => {}
        ("tls" | "tls_starttls" | "tls_certcheck" | "only_new" | "auth", "" | "on") => {}
        // Taken back.
        ("user" | "password" | "passwordeval" | "ntlmdomain" | "source_ip" | "socket", "")
        | ("proxy_host" | "proxy_port" | "filter" | "tls_crl_file" | "tls_fingerprint", "")
        | ("tls_key_file" | "tls_cert_file" | "tls_priorities" | "tls_host_override", "")
        | ("tls" | "tls_starttls" | "tls_force_sslv3" | "tls_min_dh_prime_bits", "" | "off")
        | ("killsize" | "skipsize" | "received_header", "off") => {}
        ("proxy_port", _) if settings.get("proxy_host").unwrap_or_default() != "" => {}
        ("host", _) => draft.set("host", argument),
        ("port", _) => draft.set_port(command, argument),
        ("user", _) => draft.set("user", argument),
        ("password", _) => notes.say(PASSWORD),
        ("passwordeval", _) => draft.set("password_command", without_shell(argument, &[])),
        ("auth", "scram-sha-1" | "scram-sha-256" | "cram-md5" | "oauthbearer" | "xoauth2")
        | ("auth", "plain" | "login" | "user" | "apop" | "external") => draft.set("auth", argument),
        ("auth", _) => notes.left(command, "retr has no such mechanism"),
        ("timeout", _) => draft.set_timeout(command, argument),
        ("pipelining", "") => draft.set("pipelining", "on"),
        ("pipelining", _) => draft.set("pipelining", argument),
        ("source_ip", _) => draft.set("bind", argument),
        ("socket", _) => draft.set_path("socket", argument),
        ("proxy_host", host) => {
            let port = settings.get("proxy_port").filter(|port| !port.is_empty());
            let port = port.unwrap_or("1080");
            draft.set("proxy", format!("socks5://{}:{port}", bracketed(host)));
        }
        ("tls_trust_file", _) => draft.set_path("tls_ca", argument),
        ("tls_host_override", _) => draft.set("tls_name", argument),
        ("tls_fingerprint", _) => match pin(argument) {
            Some(pin) => {
                draft.set("tls_pin", vec![pin]);
                draft.set("tls_pin_only", true);
            }
            None => notes.left(command, "only SHA-256 is taken; `retr probe` prints it"),
        },
        ("tls_cert_file" | "tls_key_file", _) => notes.left(command, CLIENT),
        ("delivery", _) => delivery(draft, argument),
        ("skipsize", _) => match size(argument) {
            Some(size) => draft.set("max_size", size),
            None => notes.left(command, "it is no size"),
        },
        ("killsize", _) => notes.left(command, "retr never deletes unstored mail"),
        ("received_header", _) => notes.left(command, "no header is added"),
        ("filter", _) => {
            draft.set("filter", without_shell(argument, &[]));
            draft.hint("mpop's filter exits 1 to delete a message and 2 to skip it: here 99 leaves it on the server, and all else fetches it");
        }
        ("eval", _) => notes.left(command, "write out what its command prints"),
        _ => notes.left(command, ""),
    }
}

fn delivery(draft: &mut Draft, argument: &str) {
    let (method, target) = argument.split_once([' ', '\t', ',']).unwrap_or((argument, ""));
    let target = unquoted(target);
    let notes = &mut draft.notes;
    match method {
        "maildir" => draft.place("a Maildir", "maildir", target),
        "mbox" => draft.place("an mbox", "mbox", target),
        "mda" => {
            let command = without_shell(target, &[("%F", "{sender}")]);
            draft.place("a command", "mda", &command);
        }
        "exchange" => notes.left("delivery exchange", "retr knows no pickup folders"),
        _ => notes.left("delivery", ""),
    }
}

/// A SHA-256 fingerprint as retr has it; `None` if it is no such one.
pub(super) fn pin(fingerprint: &str) -> Option<String> {
    let pin: Pin = format!("sha256:{fingerprint}").parse().ok()?;
    Some(pin.to_string())
}

/// Octets: mpop's `k` and `m` are kibibytes and mebibytes.
fn size(argument: &str) -> Option<String> {
    let end = argument.find(|c: char| !c.is_ascii_digit()).unwrap_or(argument.len());
    let (number, unit) = argument.split_at(end);
    let unit = match unit {
        "" => "",
        "k" | "K" => "KiB",
        "m" | "M" => "MiB",
        _ => return None,
    };
    (!number.is_empty()).then(|| format!("{number}{unit}"))
}

/// The seconds of mpop's duration, such as `1d12h` or `1d 11h 60m`.
fn seconds(duration: &str) -> Option<u64> {
    let mut sum = 0_u64;
    let mut rest = duration;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let factor = match rest.as_bytes()[end] {
            b'd' => 86_400,
            b'h' => 3_600,
            b'm' => 60,
            b's' => 1,
            _ => return None,
        };
        sum = sum.checked_add(rest[..end].parse::<u64>().ok()?.checked_mul(factor)?)?;
        rest = trimmed(&rest[end + 1..]);
    }
    Some(sum)
}
