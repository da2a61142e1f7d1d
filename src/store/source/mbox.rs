//! Messages of an mbox.

use std::cell::RefCell;

use super::{Aside, At, Each, Position, Source, SourceItem};
use crate::disk::File;
use crate::store::mbox::scan;
use crate::store::reread::check_unchanged;
use crate::store::{Error, Kept};

impl Source {
    /// The messages of an mbox, as any reader finds them.
    pub(super) fn mbox(
        &self,
        file: &dyn File,
        kept: &mut Kept,
        each: Each<'_>,
    ) -> Result<Aside, Error> {
        let path = &self.path;
        let facts = file.stat().map_err(Error::io("look at", path))?;
        kept.clear();
        let kept = RefCell::new(kept);
        let mut sink = |piece: &[u8]| {
            kept.borrow_mut().take(piece);
            Ok(())
        };
        let mut found = |reread, part: super::Part| {
            let name = format!("message at octet {}", part.offset);
            let place = Position(At::Part(part));
            let found = SourceItem::Message { place, reread, seconds: None };
            let flow = each(&name, found, &kept.borrow());
            kept.borrow_mut().clear();
            flow
        };
        let all = 0..facts.len;
        scan(file, all, path, &self.cancel, &mut sink, &mut found)?;
        let mut end = [0; 2];
        let at = facts.len.saturating_sub(2);
        file.fill(&mut end, at).map_err(Error::io("read", path))?;
        check_unchanged(file, path, &facts)?;
        Ok(Aside { torn: facts.len > 0 && end != *b"\n\n", ..Aside::default() })
    }
}
