use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use proptest::prelude::*;

use super::*;
use crate::disk::Open;
use crate::ledger::codec::Codec;
use crate::ledger::read::{Damage, LedgerFile, first_line, load};
use crate::ledger::record::{Bad, FORMAT, Record};
use crate::ledger::rewrite::{live_lines, rewrite};
use crate::plan::{Change, RuleId};

fn any_uid() -> impl Strategy<Value = Uid> {
    let odd = prop::collection::vec(any::<u8>(), 1..40);
    prop_oneof![Just(b"u".to_vec()), Just(b"v".to_vec()), odd]
        .prop_map(|bytes| Uid::new(&bytes).expect("valid"))
}

fn any_target() -> impl Strategy<Value = Arc<TargetName>> {
    let address = prop::collection::vec(any::<u8>(), 0..40);
    let few = prop::sample::select(vec![b"/m".to_vec(), b"/n".to_vec()]);
    let scheme = prop::sample::select(vec!["maildir", "mbox", "mda"]);
    (scheme, prop_oneof![few, address]).prop_map(|(scheme, address)| {
        Arc::new(TargetName { scheme: scheme.into(), address: OsString::from_vec(address) })
    })
}

fn any_stored() -> impl Strategy<Value = Stored> {
    let words = prop::collection::vec("[ -~äß]{0,40}", 0..4);
    let receipt = (any_target(), words).prop_map(|(target, words)| Receipt { target, words });
    let size = prop::option::of(0..u64::MAX);
    let hash = any::<[u8; 32]>().prop_map(Hash);
    (any_uid(), 0..4u32, size, hash, any::<u64>(), receipt).prop_map(
        |(uid, ordinal, size, hash, first_seen, receipt)| Stored {
            uid,
            ordinal,
            size,
            hash,
            first_seen,
            receipt,
        },
    )
}

fn any_change() -> impl Strategy<Value = Change> {
    let left = any::<[u8; 8]>().prop_map(|rule| Origin::Left(RuleId(rule)));
    let origin = prop_oneof![Just(Origin::Marked), Just(Origin::Imported), left];
    let size = || prop::option::of(0..u64::MAX);
    prop_oneof![
        (any_uid(), 0..4u32, size()).prop_map(|(uid, ordinal, size)| Change::Again {
            uid,
            ordinal,
            size
        }),
        (any_uid(), 0..4u32, origin, size(), any::<u64>()).prop_map(
            |(uid, ordinal, origin, size, first_seen)| Change::Marked {
                uid,
                ordinal,
                origin,
                size,
                first_seen
            }
        ),
        any_uid().prop_map(Change::Deleted),
        (any::<(u64, u64)>(), size()).prop_map(|((sessions, now), messages)| Change::Listed {
            sessions,
            now,
            messages
        }),
        (any_uid(), any::<(u64, u64)>())
            .prop_map(|(uid, (since, at_session))| Change::Gone(uid, Gone { since, at_session })),
        any_uid().prop_map(Change::Back),
        (any_uid(), 0..4u32).prop_map(|(uid, count)| Change::Wanted(uid, count)),
        (any_uid(), 0..4u32).prop_map(|(uid, count)| Change::Renewed(uid, count)),
        any_uid().prop_map(Change::Risky),
        any_uid().prop_map(Change::Forgotten),
    ]
}

fn any_record() -> impl Strategy<Value = Record> {
    let intent = prop::collection::vec(any_stored(), 0..4).prop_map(|mut messages| {
        messages.sort_by_key(|m: &Stored| (m.uid.clone(), m.ordinal));
        messages.dedup_by_key(|m| (m.uid.clone(), m.ordinal));
        let note = super::note(&messages);
        Intent { note, messages }
    });
    prop_oneof![
        1 => proptest::option::of(any::<u64>()).prop_map(Record::Open),
        1 => Just(Record::Close),
        1 => intent.prop_map(Record::Intent),
        1 => (0..5usize).prop_map(Record::Settled),
        6 => any_stored().prop_map(Record::Stored),
        2 => any_stored().prop_map(Record::Found),
        9 => any_change().prop_map(Record::Change),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn every_record_is_read_as_it_was_written(record in any_record()) {
        let mut text = Vec::new();
        let count = Codec::default().write(&record, &mut text);
        prop_assert!(text.iter().all(|b| b.is_ascii_graphic() || matches!(b, b' ' | b'\n')));
        prop_assert_eq!(text.pop(), Some(b'\n'));
        let mut lines: Vec<&[u8]> = text.split(|octet| *octet == b'\n').collect();
        prop_assert_eq!(lines.len() as u64, count);
        let mut codec = Codec::default();
        let last = lines.pop().expect("a line");
        for target in lines {
            prop_assert_eq!(codec.parse(target), Ok(Record::Target));
        }
        prop_assert_eq!(codec.parse(last), Ok(record));
    }

    #[test]
    fn a_rewritten_ledger_says_the_same(records in prop::collection::vec(any_record(), 0..40)) {
        let state = State::new();
        state.make_dir();
        let mut text = first_line(FORMAT, state.account.as_str()).into_bytes();
        let mut codec = Codec::default();
        for record in &records {
            codec.write(record, &mut text);
        }
        state.write(&text);
        let (seen, stored) = (state.peek().expect("reads"), state.stored());
        let account = state.account.as_str();
        let read = || {
            let file = LedgerFile::open(&state.path(), Open::Read, &*state.disk).expect("opens");
            let loaded = load(&file, account, Damage::Refuse, &*state.disk).expect("loads");
            (loaded, file)
        };
        let (loaded, file) = read();
        rewrite(&state.dir(), account, &loaded, Some(&file), &*state.disk).expect("rewrites");
        let lines = state.bytes().iter().filter(|b| **b == b'\n').count() as u64;
        prop_assert!(lines <= live_lines(&loaded) + 1, "{lines} lines");
        prop_assert_eq!(state.peek().expect("reads"), seen);
        prop_assert_eq!(state.stored(), stored);
        let (again, _) = read();
        prop_assert_eq!(again.open, loaded.open);
        prop_assert_eq!(again.unsettled, loaded.unsettled);
    }

    #[test]
    fn garbage_is_never_read_as_a_record(line in prop::collection::vec(any::<u8>(), 0..60)) {
        prop_assert_eq!(Codec::default().parse(&line), Err(Bad::Checksum));
    }

    #[test]
    fn whatever_stands_in_a_ledger_is_read_refused_or_repaired(
        records in prop::collection::vec(any_record(), 0..8),
        noise in prop::collection::vec(any::<u8>(), 0..40),
        at in any::<prop::sample::Index>(),
        replaced in any::<bool>(),
    ) {
        let state = State::new();
        state.make_dir();
        let mut text = first_line(FORMAT, state.account.as_str()).into_bytes();
        let first = text.len();
        let mut codec = Codec::default();
        for record in &records {
            codec.write(record, &mut text);
        }
        let at = first + at.index(text.len() - first + 1);
        let end = if replaced { (at + noise.len()).min(text.len()) } else { at };
        text.splice(at..end, noise);
        state.write(&text);
        let before = state.peek();
        repair_all(&state.lock().expect("free"), &state.disk).expect("it can be");
        let seen = state.peek().expect("it was repaired");
        if let Ok(before) = before {
            prop_assert_eq!(&before, &seen);
        }
        let ledger = state.open();
        prop_assert_eq!(ledger.seen(), &seen);
    }
}
