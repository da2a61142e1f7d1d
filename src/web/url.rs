//! Addresses on the web, and forms.

use std::fmt;
use std::net::IpAddr;

use zeroize::Zeroizing;

use super::Error;
use super::authority::{decode_percent, encode_percent, host_and_port};
use crate::base::sanitized;

/// An address: https anywhere, http on this machine only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    text: String,
    /// Host, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// Path and query.
    pub(super) target: String,
    pub(super) is_tls: bool,
}

impl Url {
    /// Reads an address (RFC 3986 §3). No user, no fragment.
    ///
    /// # Errors
    /// [`Error::BadUrl`], also for http to another machine.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let wrong = |why: String| Error::BadUrl { url: sanitized(text.as_bytes()), why };
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(wrong("it contains a space or what is not ASCII".into()));
        }
        let (scheme, rest) = (text.split_once("://"))
            .ok_or_else(|| wrong("it does not begin with https://".into()))?;
        let is_tls = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return Err(wrong("it does not begin with https://".into())),
        };
        if rest.contains('#') {
            return Err(wrong("it has a fragment".into()));
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        if authority.contains('@') {
            return Err(wrong("it has a user".into()));
        }
        let (host, port) = host_and_port(authority).map_err(wrong)?;
        if !is_tls && !is_loopback(&host) {
            return Err(wrong(
                "http is not encrypted, and this is another machine: write https://".into(),
            ));
        }
        Ok(Self {
            text: text.to_owned(),
            host,
            port: port.unwrap_or(if is_tls { 443 } else { 80 }),
            target: match target.strip_prefix('?') {
                Some(query) => format!("/?{query}"),
                None if target.is_empty() => "/".to_owned(),
                None => target.to_owned(),
            },
            is_tls,
        })
    }

    /// The host, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Another path of the same server; `path` has no `/` before it.
    pub fn join(&self, path: &str) -> Result<Self, Error> {
        let start = self.text.find("://").map_or(0, |at| at + "://".len());
        let end = self.text[start..].find(['/', '?']);
        let origin = &self.text[..end.map_or(self.text.len(), |end| start + end)];
        Self::parse(&format!("{origin}/{path}"))
    }

    /// The same address with more in its query.
    pub fn with_query(&self, fields: &[(&str, &str)]) -> String {
        let separator = if self.text.contains('?') { '&' } else { '?' };
        let fields: Vec<_> =
            (fields.iter()).map(|(name, value)| (*name, value.as_bytes())).collect();
        format!("{}{separator}{}", self.text, &*form(&fields))
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Returns whether what is sent there stays on this machine, whatever a name
/// server says.
fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || (host.parse::<IpAddr>()).is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Fields as a form sends them. Wiped when dropped, as secrets may be among
/// them.
pub fn form(fields: &[(&str, &[u8])]) -> Zeroizing<String> {
    // Room for all of it, so that growing leaves no copy of a secret.
    let room = (fields.iter()).map(|(name, value)| name.len() + 3 * value.len() + 2);
    let mut text = Zeroizing::new(String::with_capacity(room.sum()));
    for (name, value) in fields {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        text.push_str(&Zeroizing::new(encode_percent(value)));
    }
    text
}

/// The first value of a name in a query, decoded.
pub fn query_value(query: &str, name: &str) -> Option<String> {
    let mut fields = query.split('&').filter_map(|field| field.split_once('='));
    let (_, value) = fields.find(|(found, _)| *found == name)?;
    decode_percent(&value.replace('+', " "))
}
