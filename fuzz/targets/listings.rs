//! Lines of UIDL and LIST, and what STAT says.
#![no_main]

use libfuzzer_sys::fuzz_target;
use retr::base::Uid;
use retr::proto::{UidlLine, list_line, stat_text, uidl_line};

fuzz_target!(|line: &[u8]| {
    if let UidlLine::Message(number, uid) = uidl_line(line) {
        assert!(number.get() > 0);
        assert_eq!(Uid::decode(&uid.encode()), Some(uid));
    }
    let _ = list_line(line);
    let _ = stat_text(line);
});
