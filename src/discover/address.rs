//! A mail address, as far as finding its server needs it.

/// A mail address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The whole of it.
    pub text: String,
    /// The part before the last `@`.
    pub local_part: String,
    /// The part after it, in lower case.
    pub domain: String,
}

impl Address {
    /// Splits an address; `Err` says why it is none.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (local_part, domain) = text.rsplit_once('@').ok_or("it has no `@`")?;
        if local_part.is_empty() || text.chars().any(|c| c.is_control() || c == ' ') {
            return Err("there is no plain name before its `@`");
        }
        if !domain.is_ascii() {
            return Err("write its domain in the ASCII form, xn--…");
        }
        let domain = domain.trim_end_matches('.').to_ascii_lowercase();
        if !is_host(&domain) {
            return Err("what stands behind its `@` is no domain");
        }
        Ok(Self {
            text: format!("{local_part}@{domain}"),
            local_part: local_part.to_owned(),
            domain,
        })
    }
}

/// Returns whether this can be the name of a host.
pub fn is_host(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && (label.bytes())
                .all(|octet| octet.is_ascii_alphanumeric() || octet == b'-' || octet == b'_')
    };
    name.len() <= 253 && name.split('.').all(is_label)
}

/// The domains above and including a host, the longest first, down to what
/// may belong to one owner.
pub(super) fn domains_of(host: &str) -> impl Iterator<Item = &str> {
    let starts = std::iter::once(0).chain(host.match_indices('.').map(|(at, _)| at + 1));
    starts.map(|at| &host[at..]).filter(|domain| !is_public(domain))
}

/// Returns whether anybody may register below this, by its form: `com`,
/// `co.uk`, `com.br`.
fn is_public(domain: &str) -> bool {
    match domain.split('.').collect::<Vec<_>>()[..] {
        [_] => true,
        [second, top] => top.len() == 2 && (second.len() <= 3 || second == "gouv"),
        _ => false,
    }
}

/// Returns whether a host is the domain's own.
pub(super) fn is_within(host: &str, domain: &str) -> bool {
    let above = host.strip_suffix(domain);
    above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
}
