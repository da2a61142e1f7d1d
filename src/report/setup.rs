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
        let renewal = match facts.renewable {
            true => "renewed by itself",
            false => "not renewed: somebody has to sign in again",
        };
        text.push_str(&format!(
            "obtained   {}\nends       {}\nthen       {renewal}\n",
            facts.obtained.as_deref().unwrap_or("not told"),
            facts.expires.as_deref().unwrap_or("not told"),
        ));
    }
    text
}

/// What was found, from where, and what the provider wants.
pub(super) fn found(found: &FoundServer) -> Vec<String> {
    let tls = match found.tls {
        "implicit" => "TLS",
        _ => "STARTTLS",
    };
    let verified = if found.verified { "its certificate is valid" } else { "not connected to" };
    let server = format!(
        "server {} port {} ({tls}), user {}, {}; {verified}",
        found.host, found.port, found.user, found.origin
    );
    [Some(server), found.wants.clone()].into_iter().flatten().collect()
}

/// What was written, and what comes next.
pub(super) fn added(added: &AddedAccount) -> Vec<String> {
    let password = added.password.as_ref();
    let config = added.config.as_ref();
    let lines = [
        password.map(|place| format!("password: {place}")),
        config.map(|path| format!("account added to {path}")),
        Some(format!("next: {}", added.next)),
    ];
    lines.into_iter().flatten().collect()
}
