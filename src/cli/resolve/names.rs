//! Names of hosts and users as they can be.

use super::config_failure;
use crate::base::{Failure, sanitized};

/// Refuses a control character in a name: the server could take it for the end
/// of a command.
pub(super) fn check_name(key: &str, name: &str, described: &str) -> Result<(), Failure> {
    if name.chars().any(char::is_control) {
        return Err(config_failure(described, &format!("has a control character in its {key}")));
    }
    let parts = (key == "host").then(|| name.split_once(':')).flatten();
    // An address of IPv6 has more colons.
    if let Some((host, port)) = parts
        && !port.is_empty()
        && port.bytes().all(|byte| byte.is_ascii_digit())
    {
        let host = sanitized(host.as_bytes());
        let what = format!("has a port inside its host: `{host}:{port}`");
        return Err(config_failure(described, &what)
            .hint(format!("the port belongs in `port`: host = \"{host}\" and port = {port}")));
    }
    if key == "host" && (name.is_empty() || name.contains([' ', '/', '@'])) {
        let name = sanitized(name.as_bytes());
        return Err(config_failure(described, &format!("has `{name}` as its host"))
            .hint("a host is a name such as pop.example.com, or an address"));
    }
    Ok(())
}
