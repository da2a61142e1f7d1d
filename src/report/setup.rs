//! What setting an account up tells people.

use crate::base::{AddedAccount, FoundServer, SignIn, TokenFacts, escape};

/// What somebody has to do now. A URL is not cut.
pub(super) fn sign_in(sign_in: &SignIn) -> String {
    let SignIn { url, code, minutes } = sign_in;
    match code {
        Some(code) => format!("open {url} and enter the code {code} (within {minutes} minutes)"),
        None => format!("open this page to sign in (within {minutes} minutes): {url}"),
    }
}

/// One fact a line.
pub(super) fn token(facts: &TokenFacts) -> String {
    let stored = if facts.stored { "stored" } else { "none" };
    let mut text = format!(
        "provider   {}\nscope      {}\ntoken      {stored}\n",
        escape(&facts.provider),
        escape(&facts.scope),
    );
    if facts.stored {
        let time = |time: &Option<String>| time.as_deref().unwrap_or("not told").to_owned();
        text.push_str(&format!("obtained   {}\n", time(&facts.obtained)));
        text.push_str(&format!("ends       {}\n", time(&facts.expires)));
        let renewal = if facts.renewable {
            "renewed by itself"
        } else {
            "not renewed: somebody has to sign in again"
        };
        text.push_str(&format!("then       {renewal}\n"));
    }
    text
}

/// What was found, from where, and what the provider wants.
pub(super) fn found(found: &FoundServer) -> Vec<String> {
    let FoundServer {
        host,
        port,
        tls,
        user,
        origin,
        ..
    } = found;
    let tls = match *tls {
        "implicit" => "TLS",
        _ => "STARTTLS",
    };
    let verified = if found.verified {
        "; its certificate is valid"
    } else {
        "; not connected to"
    };
    let mut lines = vec![format!(
        "server {host} port {port} ({tls}), user {user}, {origin}{verified}"
    )];
    lines.extend(found.wants.clone());
    lines
}

/// What was written, and what comes next.
pub(super) fn added(added: &AddedAccount) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(
        added
            .password
            .as_ref()
            .map(|place| format!("password: {place}")),
    );
    lines.extend(
        added
            .config
            .as_ref()
            .map(|path| format!("account added to {path}")),
    );
    lines.push(format!("next: {}", added.next));
    lines
}
