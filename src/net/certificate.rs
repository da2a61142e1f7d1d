//! What a certificate says of itself: for people to read, and whom it is for.
//! The library has verified it before; nothing here makes a certificate good.

use std::fmt;
use std::net::IpAddr;

use crate::base::sanitized;

/// Most names of a certificate that are told.
const MAX_NAMES: usize = 100;

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT: u8 = 0x06;
const OCTETS: u8 = 0x04;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const BMP_STRING: u8 = 0x1e;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
const DNS_NAME: u8 = 0x82;
const IP_ADDRESS: u8 = 0x87;

/// 2.5.4.3, commonName.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// 2.5.29.17, subjectAltName.
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];

/// Some fields of a certificate (RFC 5280 §4.1). The text is safe to print.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateFacts {
    /// Common name of the subject.
    pub subject: Option<String>,
    /// Common name of the issuer.
    pub issuer: Option<String>,
    /// Not valid before, in RFC 3339.
    pub not_before: Option<String>,
    /// Not valid after, in RFC 3339.
    pub not_after: Option<String>,
    /// DNS names and IP addresses it is for.
    pub names: Vec<String>,
}

impl CertificateFacts {
    /// Reads a certificate in DER; `None` if it is not built like one.
    pub fn read(der: &[u8]) -> Option<Self> {
        let Fields { issuer, mut validity, subject, extensions } = Fields::of(der)?;
        Some(Self {
            subject: common_name(subject),
            issuer: common_name(issuer),
            not_before: validity.next().and_then(time),
            not_after: validity.next().and_then(time),
            names: extensions
                .and_then(alternative_names)
                .map(|names| names.take(MAX_NAMES).map(|name| name.to_string()).collect())
                .unwrap_or_default(),
        })
    }
}

/// Returns whether one of a certificate's alternative names is this host
/// (RFC 9525 §6): an address by its octets; a name without regard to case, and
/// with `*` as its first label for any one label.
pub(super) fn is_for(der: &[u8], host: &str) -> bool {
    let Some(fields) = Fields::of(der) else {
        return false;
    };
    let address = host.parse::<IpAddr>().ok();
    let domain = host.split_once('.').filter(|(label, _)| !label.is_empty());
    let is_this = |name| match (name, address) {
        (AlternativeName::Address(name), Some(address)) => name == address,
        (AlternativeName::Dns(name), None) => match name.strip_prefix(b"*.") {
            Some(below) => {
                domain.is_some_and(|(_, domain)| below.eq_ignore_ascii_case(domain.as_bytes()))
            }
            None => !host.starts_with('.') && name.eq_ignore_ascii_case(host.as_bytes()),
        },
        _ => false,
    };
    let names = fields.extensions.and_then(alternative_names);
    names.is_some_and(|mut names| names.any(is_this))
}

/// A name of the extension subjectAltName.
#[derive(Clone, Copy, Debug)]
enum AlternativeName<'d> {
    Dns(&'d [u8]),
    Address(IpAddr),
}

impl fmt::Display for AlternativeName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AlternativeName::Dns(name) => f.write_str(&sanitized(name)),
            AlternativeName::Address(address) => address.fmt(f),
        }
    }
}

/// What is used of a certificate (RFC 5280 §4.1).
struct Fields<'d> {
    issuer: &'d [u8],
    validity: Der<'d>,
    subject: &'d [u8],
    extensions: Option<&'d [u8]>,
}

impl<'d> Fields<'d> {
    fn of(der: &'d [u8]) -> Option<Self> {
        let mut certificate = Der(Der(der).expect(SEQUENCE)?);
        let mut fields = Der(certificate.expect(SEQUENCE)?);
        if fields.peek() == Some(VERSION) {
            fields.next()?;
        }
        let (_serial, _algorithm) = (fields.next()?, fields.next()?);
        let issuer = fields.expect(SEQUENCE)?;
        let validity = Der(fields.expect(SEQUENCE)?);
        let subject = fields.expect(SEQUENCE)?;
        let _key = fields.next()?;
        let extensions = std::iter::from_fn(|| fields.next())
            .find(|(tag, _)| *tag == EXTENSIONS)
            .map(|(_, content)| content);
        Some(Self { issuer, validity, subject, extensions })
    }
}

/// The values of a DER encoding, one after the other.
struct Der<'d>(&'d [u8]);

impl<'d> Der<'d> {
    fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The next value: its tag and its content.
    fn next(&mut self) -> Option<(u8, &'d [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x84 => {
                let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                let length = octets.iter().fold(0, |sum, o| sum << 8 | usize::from(*o));
                (length, rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    /// The content of the next value, if it has this tag.
    fn expect(&mut self, wanted: u8) -> Option<&'d [u8]> {
        let (tag, content) = self.next()?;
        (tag == wanted).then_some(content)
    }
}

/// The last, most particular, common name of a Name.
fn common_name(name: &[u8]) -> Option<String> {
    let mut sets = Der(name);
    let mut found = None;
    while let Some(set) = sets.expect(SET) {
        let mut attributes = Der(set);
        while let Some(attribute) = attributes.expect(SEQUENCE) {
            let mut attribute = Der(attribute);
            if attribute.expect(OBJECT)? == COMMON_NAME {
                found = attribute.next().map(text);
            }
        }
    }
    found
}

fn text((tag, content): (u8, &[u8])) -> String {
    if tag != BMP_STRING {
        return sanitized(content);
    }
    let units = content.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    let text: String =
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    sanitized(text.as_bytes())
}

/// UTCTime or GeneralizedTime, as RFC 5280 §4.1.2.5 allows them.
fn time((tag, content): (u8, &[u8])) -> Option<String> {
    let digits = std::str::from_utf8(content).ok()?.strip_suffix('Z')?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (century, digits) = match (tag, digits.len()) {
        (UTC_TIME, 12) if digits < "50" => ("20", digits),
        (UTC_TIME, 12) => ("19", digits),
        (GENERALIZED_TIME, 14) => digits.split_at(2),
        _ => return None,
    };
    let part = |at: usize| &digits[at..at + 2];
    Some(format!(
        "{century}{}-{}-{}T{}:{}:{}Z",
        part(0),
        part(2),
        part(4),
        part(6),
        part(8),
        part(10)
    ))
}

/// DNS names and addresses of the extension subjectAltName.
fn alternative_names(extensions: &[u8]) -> Option<impl Iterator<Item = AlternativeName<'_>>> {
    let mut extensions = Der(Der(extensions).expect(SEQUENCE)?);
    loop {
        let mut extension = Der(extensions.expect(SEQUENCE)?);
        if extension.expect(OBJECT)? != SUBJECT_ALT_NAME {
            continue;
        }
        // Between the two there may be a BOOLEAN, "critical".
        let (_, value) = std::iter::from_fn(|| extension.next()).find(|(tag, _)| *tag == OCTETS)?;
        let mut names = Der(Der(value).expect(SEQUENCE)?);
        let names = std::iter::from_fn(move || names.next());
        return Some(names.filter_map(|(tag, content)| match tag {
            DNS_NAME => Some(AlternativeName::Dns(content)),
            IP_ADDRESS => address(content).map(AlternativeName::Address),
            _ => None,
        }));
    }
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    let v6 = || <[u8; 16]>::try_from(octets).map(IpAddr::from);
    v4.or_else(|_| v6()).ok()
}
