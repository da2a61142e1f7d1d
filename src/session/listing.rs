//! UIDL, LIST and STAT.

use super::channel::Asked;
use super::session::{Sizes, UidList};
use super::{Error, Session, greeted, refusal};
use crate::base::{Class, Entry, Listing};
use crate::proto::{
    Command, Error as ProtoError, ListLine, MAX_SIZE, Status, UidlLine, list_line, stat_text,
    uidl_line,
};

/// Most lines of a listing that are taken: a maildrop of a million has to
/// work, and twice as many would take two thirds of a gigabyte of memory.
const MAX_LINES: usize = 1_000_000;

/// Most octets of a listing that are taken: a hundred for each line.
const MAX_OCTETS: usize = 100 * MAX_LINES;

// The sum of all sizes listed fits.
const _: () = assert!(MAX_LINES as u64 <= u64::MAX / MAX_SIZE);

/// Keeps a listing without end from filling the memory.
struct Limit {
    what: &'static str,
    lines: usize,
    octets: usize,
}

impl Limit {
    fn new(what: &'static str) -> Self {
        let (lines, octets) = (0, 0);
        Self { what, lines, octets }
    }

    fn take(&mut self, line: &[u8]) -> Result<(), ProtoError> {
        self.lines += 1;
        self.octets += line.len();
        let what = self.what;
        if self.lines > MAX_LINES {
            let (limit, unit) = (MAX_LINES, "lines");
            return Err(ProtoError::TooMuch { what, limit, unit });
        }
        if self.octets > MAX_OCTETS {
            let (limit, unit) = (MAX_OCTETS, "octets");
            return Err(ProtoError::TooMuch { what, limit, unit });
        }
        Ok(())
    }
}

impl Session<'_> {
    /// UIDL of everything (RFC 1939 §7).
    pub fn uidl(&mut self) -> Result<UidList, Error> {
        self.channel.queue(&Command::Uidl, Asked::Step("UIDL"))?;
        let list = self.read_uidl()?;
        self.checked(list, None)
    }

    /// The listing, unless it was refused or proves to be none. LIST that lists
    /// nothing, too, proves an empty maildrop as well as STAT does.
    fn checked(
        &mut self,
        list: Result<UidList, Status>,
        sizes: Option<&Sizes>,
    ) -> Result<UidList, Error> {
        match list {
            Ok(list) => {
                if list.is_empty() && !sizes.is_some_and(Vec::is_empty) {
                    self.check_empty("UIDL")?;
                }
                Ok(list)
            }
            Err(status) => Err(self.uidl_refused(&status)?),
        }
    }

    /// Refuses a listing of nothing unless STAT counts nothing, too. What had
    /// the shape of an empty listing may have been replies too many.
    pub fn check_empty(&mut self, command: &str) -> Result<(), Error> {
        let (messages, _) = self.stat()?;
        if messages == 0 {
            return Ok(());
        }
        let text = format!("{command} lists nothing where STAT counts {messages}");
        Err(self.unproven(text.as_bytes(), Class::Protocol))
    }

    /// LIST of everything; `None` if the server refuses. Sizes that are no
    /// numbers are `None`. A caller that asks for sizes retrieves next, mostly,
    /// so pipelining is settled in the same flight where that can be.
    pub fn list(&mut self) -> Result<Option<Sizes>, Error> {
        let settles = self.can_settle_on_the_way();
        if settles {
            greeted::ask_capabilities(&mut self.channel)?;
        }
        self.channel.queue(&Command::List, Asked::Step("LIST"))?;
        if settles {
            self.take_capabilities()?;
        }
        self.read_list()
    }

    /// Returns whether LIST can share a flight with UIDL: the server announced
    /// pipelining.
    pub fn lists_at_once(&self) -> bool {
        self.is_pipelined() || self.can_settle_on_the_way()
    }

    /// UIDL and LIST of everything, in one flight where that is known to work,
    /// and pipelining is settled in it, too. Where it is not, an empty maildrop
    /// is not asked for sizes.
    pub fn uidl_and_list(&mut self) -> Result<(UidList, Option<Sizes>), Error> {
        if !self.lists_at_once() {
            let uids = self.uidl()?;
            let sizes = if uids.is_empty() { None } else { self.list()? };
            return Ok((uids, sizes));
        }
        let settles = self.can_settle_on_the_way();
        self.channel.queue(&Command::Uidl, Asked::Step("UIDL"))?;
        if settles {
            greeted::ask_capabilities(&mut self.channel)?;
        }
        self.channel.queue(&Command::List, Asked::Step("LIST"))?;
        let uids = self.read_uidl()?;
        if settles {
            self.take_capabilities()?;
        }
        let sizes = self.read_list()?;
        Ok((self.checked(uids, sizes.as_ref())?, sizes))
    }

    /// STAT: messages, and octets if the server can count them.
    pub fn stat(&mut self) -> Result<(u64, Option<u64>), Error> {
        let asked = Asked::Step("STAT");
        let status = self.channel.ask(&Command::Stat, asked)?;
        if !status.ok {
            return Err(refusal::error(&self.channel, asked, &status, Class::Protocol));
        }
        stat_text(&status.text).map_err(|source| self.channel.proto(source))
    }

    /// The listing, or the refusal. A block without a line that names a message
    /// is another reply, and no listing of an empty maildrop.
    fn read_uidl(&mut self) -> Result<Result<UidList, Status>, Error> {
        let mut limit = Limit::new("UIDL listing");
        let mut entries = Vec::new();
        let mut list = UidList::default();
        let mut first_nonsense = None;
        let status = self.channel.block(&mut |line| {
            limit.take(line)?;
            match uidl_line(line) {
                UidlLine::Message(number, uid) => entries.push(Entry::new(number, uid, None)),
                UidlLine::WithoutUid(number) => list.without_uid.push(number),
                UidlLine::Nonsense => {
                    list.nonsense += 1;
                    first_nonsense.get_or_insert_with(|| line.to_vec());
                }
            }
            Ok(())
        })?;
        if !status.ok {
            return Ok(Err(status));
        }
        let lines = entries.len();
        list.listing = Listing::new(entries);
        list.nonsense += (lines - list.listing.len()) as u64;
        if let Some(text) = first_nonsense
            && list.is_empty()
        {
            return Err(self.unproven(&text, Class::Protocol));
        }
        list.without_uid.sort_unstable();
        list.without_uid.dedup();
        Ok(Ok(list))
    }

    fn read_list(&mut self) -> Result<Option<Sizes>, Error> {
        let mut limit = Limit::new("LIST listing");
        let mut sizes = Sizes::new();
        let status = self.channel.block(&mut |line| {
            limit.take(line)?;
            if let ListLine::Message(number, size) = list_line(line) {
                sizes.push((number, size));
            }
            Ok(())
        })?;
        Ok(status.ok.then_some(sizes))
    }

    /// What a refusal of UIDL means. Hints may be out of date, so the server
    /// is asked first whether it has UIDL at all.
    fn uidl_refused(&mut self, status: &Status) -> Result<Error, Error> {
        if self.is_hearsay() {
            self.ask_capabilities()?;
        }
        Ok(match refusal::class(status, Class::Unavailable) {
            Class::Unavailable => Error::UidlRefused {
                at: self.channel.at(),
                text: self.channel.sanitized(&status.text),
                announced: self.facts.capabilities.has("UIDL"),
            },
            _ => refusal::error(&self.channel, Asked::Step("UIDL"), status, Class::Unavailable),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Case 91.
    // Fault 72.
    #[test]
    fn a_listing_without_end_is_cut_off() {
        let mut limit = Limit::new("UIDL listing");
        assert!((0..MAX_LINES).all(|_| limit.take(b"1 abc").is_ok()));
        let error = limit.take(b"1 abc").expect_err("too much");
        let expected = "the server's UIDL listing is longer than 1000000 lines";
        assert_eq!(error.to_string(), expected);
        let mut limit = Limit::new("LIST listing");
        let line = vec![b'x'; 64 * 1024];
        let taken = (0..MAX_LINES).take_while(|_| limit.take(&line).is_ok()).count();
        assert_eq!(taken, MAX_OCTETS / line.len());
    }
}
