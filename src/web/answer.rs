//! What comes back: a status, a few fields of the header, and a bounded body.

use httparse::{EMPTY_HEADER, Response, Status};

use crate::base::Secret;

/// Most octets of an answer, header and all.
pub const MAX_ANSWER: usize = 64 << 10;

/// Most fields of a header.
const MAX_FIELDS: usize = 100;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Status code (RFC 9110 §15).
    pub status: u16,
    /// The body. Tokens may be in it.
    pub body: Secret,
    /// Where the answer is said to be, of a redirection.
    pub location: Option<String>,
    /// Seconds after which to ask again, if they were told.
    pub retry_after: Option<u64>,
}

/// What can be said of the octets so far.
#[derive(Debug)]
pub enum Progress {
    /// More has to come.
    More,
    /// All of the answer is there.
    Whole(Answer),
    /// This is no HTTP.
    Nonsense,
}

/// Reads an answer from all octets so far; `ended` if no more will come.
pub fn read(octets: &[u8], ended: bool) -> Progress {
    let mut fields = [EMPTY_HEADER; MAX_FIELDS];
    let mut head = Response::new(&mut fields);
    let start = match head.parse(octets) {
        Ok(Status::Complete(start)) => start,
        Ok(Status::Partial) => return Progress::More,
        Err(_) => return Progress::Nonsense,
    };
    let status = head.code.unwrap_or_default();
    let rest = &octets[start..];
    if (100..200).contains(&status) {
        return read(rest, ended);
    }
    let field = |name: &str| {
        let found = (head.headers.iter()).find(|field| field.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(found.value).ok().map(str::trim)
    };
    // Where the body ends is said by RFC 9112 §6.3.
    let body = match (field("transfer-encoding"), field("content-length")) {
        (Some(coding), _) if coding.eq_ignore_ascii_case("chunked") => {
            // It ends with an empty line, as no part of it need do.
            if !rest.ends_with(b"\r\n\r\n") {
                return Progress::More;
            }
            match dechunk(rest) {
                Ok(body) => body,
                Err(httparse::InvalidChunkSize) => return Progress::Nonsense,
            }
        }
        (Some(_), _) => return Progress::Nonsense,
        (None, Some(length)) => match length.parse::<usize>() {
            Ok(length) => rest.get(..length).map(<[u8]>::to_vec),
            Err(_) => return Progress::Nonsense,
        },
        (None, None) if status == 204 || status == 304 => Some(Vec::new()),
        (None, None) => ended.then(|| rest.to_vec()),
    };
    match body {
        None => Progress::More,
        Some(body) => Progress::Whole(Answer {
            status,
            body: Secret::new(body),
            location: field("location").map(str::to_owned),
            retry_after: field("retry-after").and_then(|text| text.parse().ok()),
        }),
    }
}

/// Puts the chunks of a body together (RFC 9112 §7.1); `None` before the last.
fn dechunk(mut rest: &[u8]) -> Result<Option<Vec<u8>>, httparse::InvalidChunkSize> {
    let mut body = Vec::with_capacity(rest.len());
    loop {
        let (start, size) = match httparse::parse_chunk_size(rest)? {
            Status::Complete(chunk) => chunk,
            Status::Partial => return Ok(None),
        };
        if size == 0 {
            return Ok(Some(body));
        }
        let size = usize::try_from(size).map_err(|_| httparse::InvalidChunkSize)?;
        let Some(chunk) = rest[start..].get(..size) else {
            return Ok(None);
        };
        body.extend_from_slice(chunk);
        match &rest[start + size..] {
            [b'\r', b'\n', next @ ..] => rest = next,
            [] | [b'\r'] => return Ok(None),
            _ => return Err(httparse::InvalidChunkSize),
        }
    }
}
