//! getmail's config file: sections of `key = value` lines, one account.

use super::draft::{Draft, Drafts};
use super::mpop::PASSWORD;
use crate::base::shown;

/// Reads it. `name` is what the account is called; there is none if the file
/// names no server.
pub(super) fn read(text: &str, name: &str) -> Drafts {
    let settings = settings(text);
    let mut draft = Draft::new(name);
    let get = |section: &str, key: &str| {
        let found = settings
            .iter()
            .find(|s| s.section == section && s.key == key);
        found.map(|setting| setting.value.as_str())
    };
    if get("retriever", "server").is_none() {
        return Drafts::default();
    }
    let kind = get("retriever", "type").unwrap_or_default();
    let tls = if kind.contains("SSL") {
        "implicit"
    } else {
        draft.note("without TLS a password goes out only to this machine itself; better: tls = \"implicit\"");
        "none"
    };
    draft.set("tls", tls);
    if !kind.contains("POP3") {
        draft.note(format!(
            "type {}: retr speaks POP3 only",
            shown(kind.as_bytes())
        ));
    }
    if kind.starts_with("BrokenUIDL") {
        draft.note("a server without unique ids is fetched by no_uidl = true with delete = true");
    }
    if kind.starts_with("Multidrop") {
        draft.note("multidrop: all mail goes into one place");
    }
    if is_on(get("retriever", "use_apop")) {
        draft.set("auth", "apop");
    }
    if is_on(get("retriever", "use_xoauth2")) {
        draft.set("auth", "xoauth2");
    }
    for setting in &settings {
        match setting.section.as_str() {
            "retriever" => retriever(&mut draft, &setting.key, &setting.value),
            "options" => option(&mut draft, &setting.key, &setting.value),
            "destination" => {}
            section => draft.note(format!(
                "[{}]: retr filters nothing",
                shown(section.as_bytes())
            )),
        }
    }
    destination(
        &mut draft,
        get("destination", "type"),
        get("destination", "path"),
    );
    let keeps_all = get("options", "read_all").is_none_or(|value| is_on(Some(value)));
    if keeps_all && !draft.has("delete") && !draft.has("delete_after") {
        draft.note("read_all: what was fetched once is not fetched again here");
    }
    let oldmail = format!(
        "oldmail-{}-{}-{}",
        draft.text("host").unwrap_or_default(),
        get("retriever", "port").unwrap_or(if tls == "implicit" { "995" } else { "110" }),
        draft.text("user").unwrap_or_default()
    );
    draft.note(format!(
        "so that nothing is fetched again: retr state import --from getmail {} {}",
        shown(format!("~/.config/getmail/{oldmail}").as_bytes()),
        shell_words::quote(name)
    ));
    Drafts {
        accounts: vec![draft],
        notes: Vec::new(),
    }
}

struct Setting {
    section: String,
    key: String,
    value: String,
}

/// As Python's ConfigParser reads them: keys in any case, `=` or `:`, values
/// that go on in indented lines.
fn settings(text: &str) -> Vec<Setting> {
    let mut found: Vec<Setting> = Vec::new();
    let mut section = String::new();
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with([' ', '\t'])
            && let Some(last) = found.last_mut().filter(|last| last.section == section)
        {
            last.value.push(' ');
            last.value.push_str(trimmed);
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
            continue;
        }
        let (key, value) = trimmed.split_once(['=', ':']).unwrap_or((trimmed, ""));
        found.push(Setting {
            section: section.clone(),
            key: key.trim().to_ascii_lowercase(),
            value: value.trim().to_owned(),
        });
    }
    found
}

fn is_on(value: Option<&str>) -> bool {
    value.is_some_and(|value| {
        matches!(
            value.to_ascii_lowercase().as_str(),
            "1" | "true" | "yes" | "on"
        )
    })
}

fn retriever(draft: &mut Draft, key: &str, value: &str) {
    match key {
        "server" => draft.set("host", value),
        "port" => match value.parse::<u16>() {
            Ok(port) => draft.set("port", port),
            Err(_) => draft.unknown(key),
        },
        "username" => draft.set("user", value),
        "password" => draft.note(PASSWORD),
        "password_command" => match tuple(value) {
            Some(words) => draft.set("password_command", shell_words::join(words)),
            None => draft.unknown(key),
        },
        "timeout" => draft.set("timeout", format!("{value}s")),
        "ca_certs" => draft.set("tls_ca", value),
        "certfile" | "keyfile" => draft.note(
            "tls_client takes certificate and key in one PEM file: cat CERTIFICATE KEY > FILE",
        ),
        "ssl_fingerprints" => draft.note(
            "ssl_fingerprints: pin the certificate with tls_pin; `retr probe` prints the pin",
        ),
        "ssl_cert_hostname" => draft.set("tls_name", value),
        "type" | "use_apop" | "use_xoauth2" => {}
        _ => draft.unknown(key),
    }
}

fn option(draft: &mut Draft, key: &str, value: &str) {
    let is_zero = value == "0";
    match key {
        "delete" if is_on(Some(value)) => {
            draft.unset("delete_after");
            draft.set("delete", true);
        }
        "delete_after" if !is_zero && !draft.has("delete") => {
            draft.set("delete_after", format!("{value}d"));
        }
        "max_message_size" if !is_zero => draft.set("max_size", value),
        "max_messages_per_session" if !is_zero => match value.parse::<u64>() {
            Ok(count) => draft.set("max_messages", count),
            Err(_) => draft.unknown(key),
        },
        "max_bytes_per_session" if !is_zero => draft.set("max_bytes", value),
        "delete_bigger_than" if !is_zero => {
            draft.note("delete_bigger_than: deletion does not go by size");
        }
        "message_log" | "message_log_syslog" | "message_log_verbose" => {
            draft.note("message_log: --json or -v tell each message");
        }
        "delivered_to" | "received" if is_on(Some(value)) => {
            draft.note(format!("{key}: no header is added"));
        }
        "delete"
        | "delete_after"
        | "max_message_size"
        | "max_messages_per_session"
        | "max_bytes_per_session"
        | "delete_bigger_than"
        | "verbose"
        | "read_all"
        | "delivered_to"
        | "received"
        | "to_oldmail_on_each_mail" => {}
        _ => draft.unknown(key),
    }
}

fn destination(draft: &mut Draft, kind: Option<&str>, path: Option<&str>) {
    match (kind, path) {
        (Some("Maildir"), Some(path)) => {
            let bare = path.trim_end_matches('/');
            draft.set("maildir", if bare.is_empty() { path } else { bare });
        }
        (Some("Mboxrd"), Some(path)) => draft.set("mbox", path),
        (kind, _) => draft.note(format!(
            "destination {}: retr delivers into a Maildir or an mbox only",
            shown(kind.unwrap_or("of no type").as_bytes())
        )),
    }
}

/// The words of a Python tuple of strings: `("pass", "show", "mail")`.
fn tuple(value: &str) -> Option<Vec<String>> {
    let inner = value.trim().strip_prefix('(')?.strip_suffix(')')?;
    let mut words = Vec::new();
    let mut rest = inner.trim_start();
    while let Some(quote) = rest.chars().next() {
        if quote != '"' && quote != '\'' {
            return None;
        }
        let mut word = String::new();
        let mut chars = rest[1..].char_indices();
        let end = loop {
            match chars.next()? {
                (at, c) if c == quote => break at + 2,
                (_, '\\') => word.push(chars.next()?.1),
                (_, c) => word.push(c),
            }
        };
        words.push(word);
        rest = rest[end..].trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
    (!words.is_empty()).then_some(words)
}
