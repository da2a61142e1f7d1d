//! POP3, and LMTP, without any I/O: commands become bytes, bytes become events.
//!
//! Nothing here fails for lack of bytes: the answer is then [`Step::More`].
//! However a server's bytes are cut into pieces, the events are the same.
//!
//! ```text
//!  greeting ──► AUTHORIZATION ──► TRANSACTION ──► UPDATE
//!               CAPA STLS USER    UIDL LIST STAT   (QUIT's answer)
//!               PASS APOP AUTH    RETR TOP DELE
//! ```

pub mod apop;
mod block;
mod capa;
mod command;
mod error;
mod lines;
mod listing;
pub mod lmtp;
mod replies;
pub mod sasl;
mod status;

pub use block::{Block, Decoded};
pub use capa::{Capabilities, Expiry, MAX_CAPA};
pub use command::{Command, MAX_COMMAND};
pub use error::Error;
pub use lines::{Lines, MAX_LINE};
pub use listing::{ListLine, MAX_SIZE, UidlLine, list_line, stat_text, uidl_line};
pub use replies::{Expect, Replies, Step};
pub use status::{Code, Status};

#[cfg(test)]
mod tests;
