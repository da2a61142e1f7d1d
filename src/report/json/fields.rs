//! The parts that several lines have in common.

use serde::Serialize;

use crate::base::{Address, Attachment, Delivered, Headers, MessageNumber, Place, Probed, Uid};

/// Which message.
#[derive(Serialize)]
pub(in crate::report) struct Which {
    number: u32,
    uid: String,
}

impl Which {
    pub(super) fn new(number: MessageNumber, uid: &Uid) -> Self {
        Self {
            number: number.get(),
            uid: uid.to_string(),
        }
    }
}

/// Where a message is. Bytes of a path that are no UTF-8 are replaced.
#[derive(Serialize)]
#[serde(untagged)]
pub(in crate::report) enum PlaceFields {
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

/// Where a message went, as the ledger has it.
#[derive(Serialize)]
#[serde(untagged)]
pub(in crate::report) enum DeliveredFields<'a> {
    File { file: &'a str },
    Range { offset: u64, length: u64 },
}

impl<'a> From<&'a Delivered> for DeliveredFields<'a> {
    fn from(place: &'a Delivered) -> Self {
        match place {
            Delivered::File(file) => Self::File { file },
            Delivered::Range { offset, length } => Self::Range {
                offset: *offset,
                length: *length,
            },
        }
    }
}

#[derive(Serialize)]
pub(in crate::report) struct HeaderFields<'a> {
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
pub(in crate::report) struct AddressFields<'a> {
    name: &'a str,
    address: &'a str,
}

pub(super) fn addresses(list: &[Address]) -> Vec<AddressFields<'_>> {
    list.iter()
        .map(|Address { name, address }| AddressFields { name, address })
        .collect()
}

#[derive(Serialize)]
pub(in crate::report) struct AttachmentFields<'a> {
    name: Option<&'a str>,
    content_type: &'a str,
    size: u64,
}

pub(super) fn attachments(list: &[Attachment]) -> Vec<AttachmentFields<'_>> {
    list.iter()
        .map(|attachment| AttachmentFields {
            name: attachment.name.as_deref(),
            content_type: &attachment.content_type,
            size: attachment.size,
        })
        .collect()
}

#[derive(Serialize)]
pub(in crate::report) struct ProbedFields<'a> {
    host: &'a str,
    port: u16,
    greeting: &'a str,
    implementation: Option<&'a str>,
    tls: Option<TlsFields<'a>>,
    before_login: Option<&'a [String]>,
    after_login: Option<&'a [String]>,
    mechanisms: &'a [String],
    mechanism: &'a str,
    logged_in: bool,
    uidl: Option<bool>,
    top: Option<bool>,
    pipelining: Option<bool>,
    expire: Option<&'a str>,
    login_delay: Option<u64>,
    utf8: bool,
}

#[derive(Serialize)]
pub(in crate::report) struct TlsFields<'a> {
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
