//! Events as JSON, one object a line. `schema.json` one folder up is the
//! promise that these types keep.

mod fields;

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::units;
use crate::base::{
    Event, Failure, KnownBy, KnownMessage, LedgerChange, SessionFacts, Summary, Verdict,
    Verification, is_unsafe,
};
use fields::{
    AddressFields, AttachmentFields, DeliveredFields, HeaderFields, PlaceFields, ProbedFields,
    Which, addresses, attachments,
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
    Probed(ProbedFields<'a>),
    Known {
        uid: String,
        proof: &'static str,
        first_seen: Option<String>,
        size: Option<u64>,
        sha256: Option<String>,
        #[serde(flatten)]
        place: Option<DeliveredFields<'a>>,
        deleted: bool,
        gone_since: Option<String>,
    },
    Forgotten {
        uid: String,
    },
    Marked {
        listed: u64,
        marked: u64,
    },
    Imported {
        read: u64,
        imported: u64,
    },
    Repaired {
        ledger: String,
        kept: u64,
        lost: u64,
    },
    Verified {
        uid: String,
        verdict: &'static str,
        sha256: Option<String>,
        #[serde(flatten)]
        place: Option<PlaceFields>,
    },
    Verification {
        stored: u64,
        intact: u64,
        missing: u64,
        altered: u64,
        not_here: Option<u64>,
    },
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
                reason,
            } => Body::Planned {
                which: Which::new(*number, uid),
                size: *size,
                action,
                reason,
            },
            Event::Deleted(deletion) => Body::Deleted(Which::new(deletion.number, &deletion.uid)),
            Event::Failed(failed) => Body::Failed {
                which: Which::new(failed.number, &failed.uid),
                error: &failed.error,
            },
            Event::Warning(warning) => Body::Warning {
                code: warning.code,
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
            Event::Known(message) => Self::known(message),
            Event::Ledger(change) => Self::change(change),
            Event::Verified(verified) => Body::Verified {
                uid: verified.uid.to_string(),
                verdict: verdict(verified.verdict),
                sha256: verified.sha256.map(|hash| hash.to_string()),
                place: verified.place.as_ref().map(Into::into),
            },
            Event::Verification(counts) => {
                let Verification {
                    stored,
                    intact,
                    missing,
                    altered,
                    not_here,
                } = *counts;
                Body::Verification {
                    stored,
                    intact,
                    missing,
                    altered,
                    not_here,
                }
            }
            Event::Summary(summary) => Self::summary(summary),
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

    fn known(message: &'a KnownMessage) -> Self {
        let (proof, sha256, place) = match &message.proof {
            KnownBy::Stored { sha256, place } => ("stored", Some(sha256), Some(place)),
            KnownBy::Marked => ("marked", None, None),
            KnownBy::Imported => ("imported", None, None),
        };
        Body::Known {
            uid: message.uid.to_string(),
            proof,
            first_seen: units::time(message.first_seen),
            size: message.size,
            sha256: sha256.map(ToString::to_string),
            place: place.map(Into::into),
            deleted: message.deleted,
            gone_since: message.gone_since.and_then(units::time),
        }
    }

    fn change(change: &LedgerChange) -> Self {
        match change {
            LedgerChange::Forgotten(uid) => Body::Forgotten {
                uid: uid.to_string(),
            },
            LedgerChange::Marked { listed, marked } => Body::Marked {
                listed: *listed,
                marked: *marked,
            },
            LedgerChange::Imported { read, imported } => Body::Imported {
                read: *read,
                imported: *imported,
            },
            LedgerChange::Repaired { path, kept, lost } => Body::Repaired {
                ledger: path.to_string_lossy().into_owned(),
                kept: *kept,
                lost: *lost,
            },
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
            retryable: failure.class.is_retryable(),
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
            Body::Probed(_) => "probed",
            Body::Known { .. } => "known",
            Body::Forgotten { .. } => "forgotten",
            Body::Marked { .. } => "marked",
            Body::Imported { .. } => "imported",
            Body::Repaired { .. } => "repaired",
            Body::Verified { .. } => "verified",
            Body::Verification { .. } => "verification",
            Body::Summary { .. } | Body::Exit { .. } => "summary",
        }
    }
}

/// A verdict as scripts see it.
pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Intact => "intact",
        Verdict::Missing => "missing",
        Verdict::Altered => "altered",
        Verdict::NotHere => "not-here",
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
