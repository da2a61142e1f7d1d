//! Commands as bytes, and as text without their secrets.

use zeroize::Zeroizing;

use super::{Error, Expect};
use crate::base::{MessageNumber, Secret, sanitized};

/// Longest command line that every server with CAPA takes, in octets with its
/// line end (RFC 2449 §4).
pub const MAX_COMMAND: usize = 255;

/// One command of the client.
#[derive(Clone, Copy, Debug)]
pub enum Command<'a> {
    /// CAPA (RFC 2449 §5).
    Capa,
    /// STLS (RFC 2595 §4).
    Stls,
    /// USER.
    User(&'a str),
    /// PASS. Blanks are part of the password.
    Pass(&'a Secret),
    /// APOP with the digest in hexadecimal.
    Apop {
        /// User name.
        user: &'a str,
        /// Digest.
        digest: &'a Secret,
    },
    /// AUTH, with the initial response in base64 if there is one.
    Auth {
        /// Mechanism.
        mechanism: &'a str,
        /// Initial response, already in base64.
        initial: Option<&'a Secret>,
    },
    /// An answer to a challenge, already in base64.
    Respond(&'a Secret),
    /// `*`: ends the exchange (RFC 5034 §4).
    CancelAuth,
    /// UTF8 (RFC 6856 §2).
    Utf8,
    /// STAT.
    Stat,
    /// LIST of everything.
    List,
    /// UIDL of everything.
    Uidl,
    /// RETR.
    Retr(MessageNumber),
    /// TOP: the header and this many lines.
    Top(MessageNumber, u32),
    /// DELE.
    Dele(MessageNumber),
    /// NOOP.
    Noop,
    /// QUIT.
    Quit,
}

impl Command<'_> {
    /// What kind of reply it has.
    pub fn expect(&self) -> Expect {
        match self {
            Command::Capa | Command::List | Command::Uidl => Expect::Listing,
            Command::Retr(_) | Command::Top(..) => Expect::Message,
            Command::Auth { .. } | Command::Respond(_) => Expect::Challenge,
            _ => Expect::Line,
        }
    }

    /// Appends the command's line. Fails, and appends nothing, if an argument
    /// holds an octet that would end the line or begin another command.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        let mut line = Zeroizing::new(Vec::with_capacity(64));
        match self {
            Command::Pass(secret) => {
                argument("the password", secret.expose())?;
                line.extend_from_slice(b"PASS ");
                line.extend_from_slice(secret.expose());
            }
            Command::Apop { user, digest } => {
                argument("the user name", user.as_bytes())?;
                line.extend_from_slice(format!("APOP {user} ").as_bytes());
                line.extend_from_slice(digest.expose());
            }
            Command::Auth { mechanism, initial } => {
                line.extend_from_slice(format!("AUTH {mechanism}").as_bytes());
                if let Some(initial) = initial {
                    line.push(b' ');
                    line.extend_from_slice(initial.expose());
                }
            }
            Command::Respond(response) => line.extend_from_slice(response.expose()),
            Command::User(user) => {
                argument("the user name", user.as_bytes())?;
                line.extend_from_slice(format!("USER {user}").as_bytes());
            }
            plain => line.extend_from_slice(plain.masked().as_bytes()),
        }
        line.extend_from_slice(b"\r\n");
        out.extend_from_slice(&line);
        Ok(())
    }

    /// The command as it may be shown: whatever is secret is `****`.
    pub fn masked(&self) -> String {
        match self {
            Command::Capa => "CAPA".into(),
            Command::Stls => "STLS".into(),
            Command::User(user) => format!("USER {}", sanitized(user.as_bytes())),
            Command::Pass(_) => "PASS ****".into(),
            Command::Apop { user, .. } => format!("APOP {} ****", sanitized(user.as_bytes())),
            Command::Auth { mechanism, initial: None } => format!("AUTH {mechanism}"),
            Command::Auth { mechanism, .. } => format!("AUTH {mechanism} ****"),
            Command::Respond(_) => "****".into(),
            Command::CancelAuth => "*".into(),
            Command::Utf8 => "UTF8".into(),
            Command::Stat => "STAT".into(),
            Command::List => "LIST".into(),
            Command::Uidl => "UIDL".into(),
            Command::Retr(number) => format!("RETR {number}"),
            Command::Top(number, lines) => format!("TOP {number} {lines}"),
            Command::Dele(number) => format!("DELE {number}"),
            Command::Noop => "NOOP".into(),
            Command::Quit => "QUIT".into(),
        }
    }
}

fn argument(what: &'static str, bytes: &[u8]) -> Result<(), Error> {
    if bytes.iter().any(|&b| b < 0x20 || b == 0x7f) {
        return Err(Error::BadArgument { what });
    }
    Ok(())
}
