//! mpop's config file: one setting a line, in accounts that may inherit.

use std::collections::HashMap;

use super::draft::{Draft, Drafts, without_shell};
use crate::base::shown;

/// Reads it.
pub(super) fn read(text: &str) -> Drafts {
    let mut drafts = Drafts::default();
    let mut defaults = Settings::default();
    let mut known: HashMap<String, Settings> = HashMap::new();
    let mut order: Vec<String> = Vec::new();
    // The section that the lines belong to; none: the defaults.
    let mut current: Option<String> = None;
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (command, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        let argument = unquoted(rest.trim());
        match command {
            "defaults" => current = None,
            "account" => {
                let (name, bases) = rest.split_once(':').unwrap_or((rest, ""));
                let name = unquoted(name.trim()).to_owned();
                let mut settings = defaults.clone();
                for base in bases.split(',').map(|base| unquoted(base.trim())) {
                    if let Some(base) = known.get(base) {
                        settings.extend(base);
                    }
                }
                if known.insert(name.clone(), settings).is_none() {
                    order.push(name.clone());
                }
                current = Some(name);
            }
            _ => {
                let settings = match &current {
                    None => &mut defaults,
                    Some(name) => known.entry(name.clone()).or_default(),
                };
                settings.put(command, argument);
            }
        }
    }
    for name in order {
        let Some(settings) = known.get(&name) else {
            continue;
        };
        // `account default : work` only names what is there already.
        let is_alias = |other: &String| *other != name && known.get(other) == Some(settings);
        if name == "default" && known.keys().any(is_alias) {
            drafts.notes.push(
                "mpop's default account is another one's second name; name it when fetching".into(),
            );
            continue;
        }
        drafts.accounts.push(account(&name, settings));
    }
    drafts
}

fn unquoted(argument: &str) -> &str {
    argument
        .strip_prefix('"')
        .and_then(|inner| inner.strip_suffix('"'))
        .unwrap_or(argument)
}

/// The settings of an account, each command once.
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

    /// Whether a switch is on; it is also without an argument.
    fn is_on(&self, command: &str, otherwise: bool) -> bool {
        match self.get(command) {
            Some(argument) => argument.is_empty() || argument == "on",
            None => otherwise,
        }
    }
}

fn account(name: &str, settings: &Settings) -> Draft {
    let mut draft = Draft::new(name);
    for (command, argument) in &settings.0 {
        setting(&mut draft, command, argument, settings);
    }
    let tls = match (
        settings.is_on("tls", false),
        settings.is_on("tls_starttls", true),
    ) {
        (true, true) => "starttls",
        (true, false) => "implicit",
        (false, _) => {
            draft.note("without TLS a password goes out only to this machine itself; better: tls = \"implicit\"");
            "none"
        }
    };
    draft.set("tls", tls);
    if !settings.is_on("keep", false) {
        draft.set("delete", true);
    }
    if !settings.is_on("only_new", true) {
        draft.set("all", true);
    }
    let uidls = settings
        .get("uidls_file")
        .unwrap_or("~/.mpop_uidls/%U_at_%H");
    let uidls = uidls
        .replace("%U", draft.text("user").unwrap_or_default())
        .replace("%H", draft.text("host").unwrap_or_default());
    draft.note(format!(
        "so that nothing is fetched again: retr state import --from mpop {} {}",
        shown(uidls.as_bytes()),
        shell_words::quote(name)
    ));
    draft
}

fn setting(draft: &mut Draft, command: &str, argument: &str, settings: &Settings) {
    let is_off = argument.is_empty() || argument == "off";
    match command {
        "host" => draft.set("host", argument),
        "port" => match argument.parse::<u16>() {
            Ok(port) => draft.set("port", port),
            Err(_) => draft.unknown(command),
        },
        "user" => draft.set("user", argument),
        "passwordeval" if !is_off => draft.set("password_command", without_shell(argument)),
        "password" => draft.note(PASSWORD),
        "auth" => match argument {
            "" | "on" => {}
            "plain" | "user" | "apop" | "login" | "cram-md5" | "scram-sha-1" | "scram-sha-256"
            | "oauthbearer" | "xoauth2" | "external" => {
                draft.set("auth", argument);
            }
            _ => draft.note(format!(
                "auth {}: retr has no such mechanism",
                shown(argument.as_bytes())
            )),
        },
        "timeout" if !is_off => draft.set("timeout", format!("{argument}s")),
        "timeout" => draft.note("timeout off: every wait has a limit here"),
        "pipelining" => draft.set("pipelining", argument),
        "source_ip" if !is_off => draft.set("bind", argument),
        "socket" if !is_off => draft.set_path("socket", argument),
        "proxy_host" if !is_off => {
            let port = settings.get("proxy_port").filter(|port| !port.is_empty());
            let port = port.unwrap_or("1080");
            draft.set("proxy", format!("socks5://{argument}:{port}"));
        }
        "tls_trust_file" if !is_off && argument != "system" => draft.set_path("tls_ca", argument),
        "tls_host_override" if !is_off => draft.set("tls_name", argument),
        "tls_fingerprint" if !is_off => {
            let hex: String = argument.chars().filter(|c| *c != ':').collect();
            if hex.len() == 64 {
                draft.set(
                    "tls_pin",
                    vec![format!("sha256:{}", hex.to_ascii_lowercase())],
                );
                draft.set("tls_pin_only", true);
            } else {
                draft.note("tls_fingerprint: only SHA-256 is taken; `retr probe` prints it");
            }
        }
        "tls_certcheck" if !settings.is_on(command, true) => {
            draft.note("tls_certcheck off: pin the certificate instead, with tls_pin and tls_pin_only; `retr probe` prints the pin");
        }
        "tls_cert_file" | "tls_key_file" if !is_off => draft.note(
            "tls_client takes certificate and key in one PEM file: cat CERTIFICATE KEY > FILE",
        ),
        "delivery" => match argument.split_once([' ', '\t']) {
            Some(("maildir", path)) => draft.set_path("maildir", unquoted(path.trim())),
            Some(("mbox", path)) => draft.set_path("mbox", unquoted(path.trim())),
            _ => draft.note("delivery: retr delivers into a Maildir or an mbox only"),
        },
        "skipsize" if !is_off => match size(argument) {
            Some(size) => draft.set("max_size", size),
            None => draft.unknown(command),
        },
        "killsize" if !is_off => {
            draft.note("killsize: nothing is deleted that was not stored");
        }
        "filter" if !is_off => draft.note("filter: retr filters nothing"),
        // Looked at elsewhere, or of no concern where they say the default.
        "tls" | "tls_starttls" | "tls_certcheck" | "keep" | "only_new" | "uidls_file"
        | "proxy_port" | "received_header" => {}
        _ if is_off => {}
        _ => draft.unknown(command),
    }
}

/// What stands in place of a password.
pub(super) const PASSWORD: &str =
    "the password is not carried over: store it where a command can print it, see password_command";

/// mpop's `k` and `m` are kibibytes and mebibytes.
fn size(argument: &str) -> Option<String> {
    let end = argument
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(argument.len());
    let (number, unit) = argument.split_at(end);
    let unit = match unit {
        "" => "",
        "k" | "K" => "KiB",
        "m" | "M" => "MiB",
        _ => return None,
    };
    (!number.is_empty()).then(|| format!("{number}{unit}"))
}
