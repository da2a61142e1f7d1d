//! Events as JSON, one object a line. `schema.json` beside this file is the
//! promise that these types keep.

mod ledger;

pub(super) use ledger::{proof, verdict};

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use self::ledger::LedgerFields;
use crate::base::{
    Address, Attachment, Event, Failure, Headers, MessageNumber, Place, Probed, SessionFacts,
    Summary, Uid, is_unsafe,
};

/// Version of the format; it grows when a field changes its meaning or goes.
const VERSION: u8 = 1;

#[derive(Serialize)]
struct Line<'a> {
    v: u8,
    event: &'static str,
    account: Option<&'a str>,
    #[serde(flatten)]
    body: Body<'a>,
}

/// One event, as a line with its end.
pub(super) fn line(account: Option<&str>, body: Body<'_>) -> Vec<u8> {
    let line = Line {
        v: VERSION,
        event: body.name(),
        account: account.filter(|name| !name.is_empty()),
        body,
    };
    let mut out = Vec::with_capacity(512);
    let mut serializer = Serializer::with_formatter(&mut out, Safe);
    // Into memory, and of types that have only string keys: it cannot fail.
    // If it ever does, no half line goes out.
    match line.serialize(&mut serializer) {
        Ok(()) => out.push(b'\n'),
        Err(_) => out.clear(),
    }
    out
}

/// The fields of an event.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Body<'a> {
    Session {
        host: &'a str,
        port: u16,
        tls: bool,
        greeting: &'a str,
        capabilities: &'a [String],
        listed: u64,
        new: u64,
    },
    Message {
        #[serde(flatten)]
        which: Which,
        size: u64,
        sha256: String,
        #[serde(flatten)]
        place: PlaceFields,
        #[serde(flatten)]
        headers: HeaderFields<'a>,
    },
    Skipped {
        #[serde(flatten)]
        which: Which,
        size: Option<u64>,
        reason: &'a str,
    },
    Planned {
        #[serde(flatten)]
        which: Which,
        size: Option<u64>,
        action: &'a str,
        then_delete: bool,
        reason: &'a str,
    },
    Deleted(Which),
    Failed {
        #[serde(flatten)]
        which: Which,
        error: &'a str,
    },
    Warning {
        code: &'a str,
        text: &'a str,
    },
    Error {
        code: u8,
        class: &'a str,
        text: String,
        hint: Option<&'a str>,
        retryable: bool,
    },
    Listed {
        #[serde(flatten)]
        which: Which,
        size: Option<u64>,
        new: bool,
        date: Option<&'a str>,
        from: Option<Vec<AddressFields<'a>>>,
        subject: Option<&'a str>,
    },
    Shown {
        #[serde(flatten)]
        which: Which,
        #[serde(flatten)]
        headers: HeaderFields<'a>,
        text: &'a str,
        attachments: Vec<AttachmentFields<'a>>,
    },
    Stat {
        messages: u64,
        octets: u64,
    },
    Ledger(LedgerFields<'a>),
    Probed(ProbedFields<'a>),
    Summary {
        listed: u64,
        new: u64,
        stored: u64,
        skipped: u64,
        failed: u64,
        deleted: u64,
        bytes: u64,
        elapsed_ms: u64,
        exit: u8,
    },
    /// A summary of a command that came to no account.
    Exit {
        exit: u8,
    },
}

/// Which message.
#[derive(Serialize)]
pub(super) struct Which {
    number: u32,
    uid: String,
}

impl Which {
    fn new(number: MessageNumber, uid: &Uid) -> Self {
        Self {
            number: number.get(),
            uid: uid.to_string(),
        }
    }
}

/// Where a message is. Bytes of a path that are no UTF-8 are replaced.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum PlaceFields {
    Maildir {
        maildir: String,
    },
    Mbox {
        mbox: String,
        offset: u64,
        length: u64,
    },
}

impl From<&Place> for PlaceFields {
    fn from(place: &Place) -> Self {
        match place {
            Place::Maildir(path) => Self::Maildir {
                maildir: path.to_string_lossy().into_owned(),
            },
            Place::Mbox {
                path,
                offset,
                length,
            } => Self::Mbox {
                mbox: path.to_string_lossy().into_owned(),
                offset: *offset,
                length: *length,
            },
        }
    }
}

#[derive(Serialize)]
pub(super) struct HeaderFields<'a> {
    message_id: Option<&'a str>,
    date: Option<&'a str>,
    from: Vec<AddressFields<'a>>,
    to: Vec<AddressFields<'a>>,
    subject: Option<&'a str>,
}

impl<'a> From<&'a Headers> for HeaderFields<'a> {
    fn from(headers: &'a Headers) -> Self {
        Self {
            message_id: headers.message_id.as_deref(),
            date: headers.date.as_deref(),
            from: addresses(&headers.from),
            to: addresses(&headers.to),
            subject: headers.subject.as_deref(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct AddressFields<'a> {
    name: &'a str,
    address: &'a str,
}

fn addresses(list: &[Address]) -> Vec<AddressFields<'_>> {
    list.iter()
        .map(|Address { name, address }| AddressFields { name, address })
        .collect()
}

#[derive(Serialize)]
pub(super) struct AttachmentFields<'a> {
    name: Option<&'a str>,
    content_type: &'a str,
    size: u64,
}

fn attachments(list: &[Attachment]) -> Vec<AttachmentFields<'_>> {
    list.iter()
        .map(|attachment| AttachmentFields {
            name: attachment.name.as_deref(),
            content_type: &attachment.content_type,
            size: attachment.size,
        })
        .collect()
}

#[derive(Serialize)]
pub(super) struct ProbedFields<'a> {
    host: &'a str,
    port: u16,
    greeting: &'a str,
    implementation: Option<&'a str>,
    tls: Option<TlsFields<'a>>,
    before_login: Option<&'a [String]>,
    after_login: Option<&'a [String]>,
    mechanisms: &'a [String],
    mechanism: Option<&'a str>,
    logged_in: bool,
    uidl: Option<bool>,
    top: Option<bool>,
    pipelining: Option<bool>,
    expire: Option<&'a str>,
    login_delay: Option<u64>,
    utf8: bool,
}

#[derive(Serialize)]
struct TlsFields<'a> {
    refused: Option<&'a str>,
    pin: &'a str,
    subject: Option<&'a str>,
    issuer: Option<&'a str>,
    not_before: Option<&'a str>,
    not_after: Option<&'a str>,
    names: &'a [String],
}

impl<'a> From<&'a Probed> for ProbedFields<'a> {
    fn from(probed: &'a Probed) -> Self {
        let tls = probed.tls.as_ref().map(|tls| TlsFields {
            refused: tls.refused.as_deref(),
            pin: &tls.pin,
            subject: tls.subject.as_deref(),
            issuer: tls.issuer.as_deref(),
            not_before: tls.not_before.as_deref(),
            not_after: tls.not_after.as_deref(),
            names: &tls.names,
        });
        Self {
            host: &probed.host,
            port: probed.port,
            greeting: &probed.greeting,
            implementation: probed.implementation.as_deref(),
            tls,
            before_login: probed.before_login.as_deref(),
            after_login: probed.after_login.as_deref(),
            mechanisms: &probed.mechanisms,
            mechanism: probed.mechanism,
            logged_in: probed.logged_in,
            uidl: probed.uidl,
            top: probed.top,
            pipelining: probed.pipelining,
            expire: probed.expire.as_deref(),
            login_delay: probed.login_delay,
            utf8: probed.utf8,
        }
    }
}

impl<'a> Body<'a> {
    /// What an event is in JSON; `None` for those that are only talk.
    pub(super) fn of(event: &'a Event) -> Option<Self> {
        Some(match event {
            Event::Session(facts) => Self::session(facts),
            Event::Message(message) => Body::Message {
                which: Which::new(message.number, &message.uid),
                size: message.size,
                sha256: message.sha256.to_string(),
                place: (&message.place).into(),
                headers: (&message.headers).into(),
            },
            Event::Skipped(skipped) => Body::Skipped {
                which: Which::new(skipped.number, &skipped.uid),
                size: skipped.size,
                reason: skipped.reason,
            },
            Event::Planned {
                number,
                uid,
                size,
                action,
                then_delete,
                reason,
            } => Body::Planned {
                which: Which::new(*number, uid),
                size: *size,
                action,
                then_delete: *then_delete,
                reason,
            },
            Event::Deleted(deletion) => Body::Deleted(Which::new(deletion.number, &deletion.uid)),
            Event::Failed(failed) => Body::Failed {
                which: Which::new(failed.number, &failed.uid),
                error: &failed.error,
            },
            Event::Warning(warning) => Body::Warning {
                code: warning.code.word(),
                text: &warning.text,
            },
            Event::Error(failure) => Self::failure(failure),
            Event::Listed(listed) => {
                let headers = listed.headers.as_ref();
                Body::Listed {
                    which: Which::new(listed.number, &listed.uid),
                    size: listed.size,
                    new: listed.new,
                    date: headers.and_then(|h| h.date.as_deref()),
                    from: headers.map(|h| addresses(&h.from)),
                    subject: headers.and_then(|h| h.subject.as_deref()),
                }
            }
            Event::Shown(shown) => Body::Shown {
                which: Which::new(shown.number, &shown.uid),
                headers: (&shown.headers).into(),
                text: &shown.text,
                attachments: attachments(&shown.attachments),
            },
            Event::Stat { messages, octets } => Body::Stat {
                messages: *messages,
                octets: *octets,
            },
            Event::Probed(probed) => Body::Probed((&**probed).into()),
            Event::Summary(summary) => Self::summary(summary),
            Event::Known(_) | Event::Ledger(_) | Event::Verified(_) | Event::Verification(_) => {
                Self::Ledger(LedgerFields::of(event)?)
            }
            Event::Transfer { .. }
            | Event::Received { .. }
            | Event::Arrived
            | Event::Note(_)
            | Event::Dialogue(_) => return None,
        })
    }

    fn session(facts: &'a SessionFacts) -> Self {
        Body::Session {
            host: &facts.host,
            port: facts.port,
            tls: facts.tls,
            greeting: &facts.greeting,
            capabilities: &facts.capabilities,
            listed: facts.listed,
            new: facts.new,
        }
    }

    /// What failed and why, as one text.
    pub(super) fn failure(failure: &'a Failure) -> Self {
        let mut text = failure.what.clone();
        for cause in &failure.causes {
            text.push_str(": ");
            text.push_str(cause);
        }
        Body::Error {
            code: failure.class.code(),
            class: failure.class.name(),
            text,
            hint: failure.hint.as_deref(),
            retryable: failure.retryable,
        }
    }

    pub(super) fn summary(summary: &Summary) -> Self {
        let Summary {
            listed,
            new,
            stored,
            skipped,
            failed,
            deleted,
            bytes,
            elapsed_ms,
            exit,
        } = *summary;
        Body::Summary {
            listed,
            new,
            stored,
            skipped,
            failed,
            deleted,
            bytes,
            elapsed_ms,
            exit,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Body::Session { .. } => "session",
            Body::Message { .. } => "message",
            Body::Skipped { .. } => "skipped",
            Body::Planned { .. } => "planned",
            Body::Deleted(_) => "deleted",
            Body::Failed { .. } => "failed",
            Body::Warning { .. } => "warning",
            Body::Error { .. } => "error",
            Body::Listed { .. } => "listed",
            Body::Shown { .. } => "shown",
            Body::Stat { .. } => "stat",
            Body::Ledger(fields) => fields.name(),
            Body::Probed(_) => "probed",
            Body::Summary { .. } | Body::Exit { .. } => "summary",
        }
    }
}

/// Compact JSON in which nothing can drive a terminal or reorder a line: what
/// JSON itself would leave as it is comes as `\u....` too.
struct Safe;

impl Formatter for Safe {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        let mut rest = fragment;
        while let Some(at) = rest.find(is_unsafe) {
            writer.write_all(&rest.as_bytes()[..at])?;
            let mut units = [0; 2];
            let mut tail = rest[at..].chars();
            for unit in tail
                .next()
                .iter()
                .flat_map(|c| c.encode_utf16(&mut units).to_vec())
            {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = tail.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}
