//! The format by which providers say where their servers are
//! (draft-ietf-mailmaint-autoconfig).

use roxmltree::{Document, Node, ParsingOptions};

use super::address::is_host;
use super::{Address, Candidate, Origin};
use crate::base::sanitized;
use crate::session::TlsMode;

/// Most elements of a document.
const MAX_NODES: u32 = 10_000;

/// The POP3 servers of a document, in its order, those with TLS from the first
/// octet first. What is no use is left out, and the reasons are told if
/// nothing is left.
pub fn read(octets: &[u8], address: &Address, origin: &Origin) -> Result<Vec<Candidate>, String> {
    let text = std::str::from_utf8(octets).map_err(|_| "it is not UTF-8".to_owned())?;
    let options = ParsingOptions { nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| {
        format!("it is not the XML that it should be: {}", sanitized(error.to_string().as_bytes()))
    })?;
    let is_pop3 = |node: &Node<'_, '_>| {
        node.has_tag_name("incomingServer")
            && (node.attribute("type")).is_some_and(|kind| kind.eq_ignore_ascii_case("pop3"))
    };
    let mut candidates = Vec::new();
    let mut reasons = Vec::new();
    for server in document.descendants().filter(is_pop3) {
        match candidate(&server, address, origin) {
            Ok(candidate) => candidates.push(candidate),
            Err(reason) => reasons.push(reason),
        }
    }
    candidates.sort_by_key(|candidate| candidate.tls == TlsMode::StartTls);
    if !candidates.is_empty() {
        return Ok(candidates);
    }
    let reason = reasons.into_iter().next();
    Err(reason.unwrap_or_else(|| "it names no POP3 server".to_owned()))
}

fn candidate(
    server: &Node<'_, '_>,
    address: &Address,
    origin: &Origin,
) -> Result<Candidate, String> {
    let text = |name: &str| {
        let child = server.children().find(|child| child.has_tag_name(name))?;
        Some(filled_in(child.text()?.trim(), address))
    };
    let host = text("hostname").unwrap_or_default().to_ascii_lowercase();
    if !is_host(&host) {
        return Err(format!(
            "it names the server \"{}\", which is no host",
            sanitized(host.as_bytes())
        ));
    }
    let socket = text("socketType").unwrap_or_default();
    let tls = match socket.to_ascii_uppercase().as_str() {
        "SSL" | "TLS" => TlsMode::Implicit,
        "STARTTLS" => TlsMode::StartTls,
        _ => return Err(format!("it names {host} without encryption")),
    };
    let port = text("port").and_then(|port| port.parse().ok()).filter(|port| *port != 0);
    let user = text("username").unwrap_or_else(|| address.text.clone());
    if user.is_empty() || user.len() > 1024 || user.chars().any(char::is_control) {
        return Err(format!("it names no usable user name for {host}"));
    }
    let mut methods = (server.children())
        .filter(|child| child.has_tag_name("authentication"))
        .filter_map(|child| child.text())
        .peekable();
    Ok(Candidate {
        origin: origin.clone(),
        provider: super::of_host(&host),
        host,
        port: port.unwrap_or(tls.usual_port()),
        tls,
        user,
        only_oauth2: methods.peek().is_some() && methods.all(|method| method.trim() == "OAuth2"),
    })
}

fn filled_in(text: &str, address: &Address) -> String {
    text.replace("%EMAILADDRESS%", &address.text)
        .replace("%EMAILLOCALPART%", &address.local_part)
        .replace("%EMAILDOMAIN%", &address.domain)
}
