//! `show`: messages made readable, or as they are.

use std::io::Write;

use crate::base::{Cancel, Entry, Event, Observer, Shown, Summary};
use crate::message;
use crate::proto::Status;
use crate::session::{Leave, Request, Session, Work};

use super::select::{Wanted, select};
use super::server::collect;
use super::{Account, Connector, Context, Error, Outcome, listing};

/// Octets of a message that are made readable; the rest is left out.
const MAX_READABLE: usize = 32 * 1024 * 1024;

/// How to show a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Decoded header fields, text and a list of attachments.
    Readable,
    /// The same of the header and this many lines (TOP).
    Lines(u32),
    /// The header as it is (TOP), LF line ends.
    Headers,
    /// The message as it is, LF line ends.
    Raw,
}

/// One `show` of one account.
#[derive(Clone, Debug)]
pub struct ShowJob {
    /// Whose mail.
    pub account: Account,
    /// Which messages.
    pub wanted: Vec<Wanted>,
    /// How.
    pub view: View,
}

/// Announces [`Event::Shown`] for each message, or writes it to `out`.
pub fn show(
    job: &ShowJob,
    out: &mut dyn Write,
    cancel: &Cancel,
    observer: &dyn Observer,
) -> Outcome {
    let context = Context::new(&job.account, cancel, observer);
    context.online(|connector, summary| run(job, out, connector, cancel, observer, summary))
}

fn run(
    job: &ShowJob,
    out: &mut dyn Write,
    connector: &mut Connector<'_>,
    cancel: &Cancel,
    observer: &dyn Observer,
    summary: &mut Summary,
) -> Result<(), Error> {
    let mut session = connector.open()?;
    let listing = listing::read(&mut session)?.listing;
    summary.listed = listing.len() as u64;
    let entries = select(&listing, &job.wanted)?;
    let wanted = entries.len() as u64;
    let mut printer = Printer { out, cancel, observer, entries: entries.into_iter(), summary };
    match job.view {
        View::Readable => {
            printer.readable(&mut session, None, |e| Request::Retrieve(e.number, e.size()))?
        }
        // One more tells whether there is more.
        View::Lines(lines) => printer.readable(&mut session, Some(lines), |e| {
            Request::Top(e.number, lines.saturating_add(1))
        })?,
        View::Headers => printer.pour(&mut session, |e| Request::Top(e.number, 0))?,
        View::Raw => printer.pour(&mut session, |e| Request::Retrieve(e.number, e.size()))?,
    }
    let failed = summary.failed;
    // A server that may delete whatever was retrieved (RFC 2449 §6.7, EXPIRE
    // 0) forgets a session that does not QUIT: looking deletes nothing.
    let leave =
        if session.facts().capabilities.expires_at_once() { Leave::Abandon } else { Leave::Quit };
    session.leave(leave)?;
    Error::partial(failed, wanted)
}

/// Messages that are coming in, in the order asked.
struct Printer<'s> {
    out: &'s mut dyn Write,
    cancel: &'s Cancel,
    observer: &'s dyn Observer,
    entries: std::vec::IntoIter<Entry>,
    summary: &'s mut Summary,
}

impl Printer<'_> {
    fn readable(
        &mut self,
        session: &mut Session<'_>,
        lines: Option<u32>,
        request: impl Fn(&Entry) -> Request,
    ) -> Result<(), Error> {
        let requests = self.entries.as_slice().iter().map(request).collect();
        collect(session, requests, MAX_READABLE, |_, content| {
            match content {
                Err(status) => self.fail(&status),
                Ok(content) => {
                    self.summary.bytes += content.len() as u64;
                    if let Some(entry) = self.entries.next() {
                        let cut = lines.and_then(|lines| line_beyond(content, lines));
                        let content = &content[..cut.unwrap_or(content.len())];
                        let readable = message::readable(content, self.cancel)?;
                        self.observer.notice(&Event::Shown(Box::new(Shown {
                            number: entry.number,
                            uid: entry.uid,
                            headers: readable.headers,
                            text: readable.text,
                            attachments: readable.attachments,
                            cut_after: lines.filter(|_| cut.is_some()),
                        })));
                    }
                }
            }
            Ok(())
        })
    }

    /// Pours messages into `out` as they come in; nothing is held.
    fn pour(
        &mut self,
        session: &mut Session<'_>,
        request: impl Fn(&Entry) -> Request,
    ) -> Result<(), Error> {
        let requests: Vec<Request> = self.entries.as_slice().iter().map(request).collect();
        let mut copy = RawCopy { requests: requests.into_iter(), printer: self };
        session.transfer(&mut copy).map_err(Error::from)
    }

    fn fail(&mut self, status: &Status) {
        self.summary.failed += 1;
        if let Some(Entry { number, uid, .. }) = self.entries.next() {
            let error = status.sanitized();
            self.observer.fail(number, uid, error);
        }
    }
}

/// Where the line begins that is one more of the body than these.
fn line_beyond(content: &[u8], lines: u32) -> Option<usize> {
    let body = memchr::memmem::find(content, b"\n\n")? + 2;
    let ends = memchr::memchr_iter(b'\n', &content[body..]).map(|end| body + end + 1);
    let beyond = std::iter::once(body).chain(ends).nth(lines as usize)?;
    (beyond < content.len()).then_some(beyond)
}

struct RawCopy<'p, 's> {
    requests: std::vec::IntoIter<Request>,
    printer: &'p mut Printer<'s>,
}

impl Work for RawCopy<'_, '_> {
    type Error = Error;

    fn next(&mut self) -> Result<Option<Request>, Error> {
        Ok(self.requests.next())
    }

    fn data(&mut self, _: &Request, piece: &[u8]) -> Result<(), Error> {
        self.printer.summary.bytes += piece.len() as u64;
        self.printer.out.write_all(piece).map_err(Error::Output)
    }

    fn done(&mut self, _: &Request, _: u64) -> Result<(), Error> {
        self.printer.entries.next();
        self.printer.out.flush().map_err(Error::Output)
    }

    fn refused(&mut self, _: &Request, status: Status) -> Result<(), Error> {
        self.printer.fail(&status);
        Ok(())
    }
}
