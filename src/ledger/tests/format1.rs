//! Ledgers of the format of before, written by its last program.

use super::*;

fn state(ledger: &[u8], target: Option<&[u8]>) -> State {
    let mut state = State::new();
    state.account = AccountId::new("alice", "127.0.0.1");
    state.make_dir();
    state.write(ledger);
    let file = |name: &str| state.dir().join(name);
    if let Some(target) = target {
        fs::write(file("target"), target).expect("writes");
    }
    let written = [NAME, "target"].map(file);
    for name in written.iter().filter(|path| path.exists()) {
        let mode = fs::Permissions::from_mode(0o600);
        fs::set_permissions(name, mode).expect("changes");
    }
    state
}

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/fixtures/ledgers/", $name))
    };
}

/// A ledger, its file of facts, the target of its last message, and whether its
/// last session is open.
type Fixture = (&'static [u8], &'static [u8], Arc<TargetName>, bool);

fn fixtures() -> [Fixture; 3] {
    let mbox = || target("mbox", "/tmp/fx/alice-mbox/Mail");
    let maildir = target("maildir", "/tmp/fx/alice-maildir/Mail");
    [
        (fixture!("maildir.ledger"), fixture!("maildir.target"), maildir, false),
        (fixture!("mbox.ledger"), fixture!("mbox.target"), mbox(), false),
        (fixture!("unsettled.ledger"), fixture!("unsettled.target"), mbox(), true),
    ]
}

#[test]
fn a_ledger_of_before_is_taken_over_and_says_the_same() {
    for (ledger, facts, target, is_open) in fixtures() {
        let state = state(ledger, Some(facts));
        let (seen, stored) = (state.peek().expect("reads"), state.stored());
        assert_eq!(state.bytes(), ledger, "a look changes nothing");
        assert_eq!((seen.sessions() >= 4, seen.last_listed()), (true, None));
        let known = |name: &str| seen.get(&uid(name)).expect("known");
        let proofs = |name: &str| -> Vec<Proof> {
            known(name).copies().map(|(_, copy)| copy.proof()).collect()
        };
        assert_eq!(proofs("d"), [Proof::Said(Origin::Marked)]);
        assert_eq!(proofs("imported-1"), [Proof::Said(Origin::Imported)]);
        assert_eq!(known("a").current().count(), 1, "it came back, renewed");
        assert!(known("c").is_deleted() && known("c").gone().is_some());
        let uids: Vec<String> = stored.iter().map(|s| s.uid.to_string()).collect();
        assert_eq!(uids, ["a", "c", "a", "b,1%"]);
        for stored in &stored {
            assert_eq!(stored.receipt.target, target);
            let word = &stored.receipt.words[0];
            let in_maildir = target.scheme == "maildir";
            assert_eq!(word.starts_with("new/"), in_maildir, "{word}");
        }

        let ledger = state.open();
        assert_eq!(ledger.needs_rescan(), is_open);
        assert_eq!(ledger.last_target(), Some(&target));
        assert_eq!(ledger.publishers().len(), usize::from(is_open));
        let note = ledger.unsettled().cloned();
        assert_eq!(*ledger.seen(), seen);
        drop(ledger);
        assert!(state.bytes().starts_with(b"retr-ledger 2 "));
        assert!(!state.dir().join("target").exists());
        assert_eq!(state.stored(), stored);
        assert_eq!(state.open().unsettled(), note.as_ref(), "for good");
        let Some(note) = note else {
            assert!(!is_open);
            continue;
        };
        let small = super::target("mbox", "/tmp/fx/alice-mbox/small/box");
        assert_eq!(note.target, small);
        assert_eq!(note.words, ["2", "0"]);
        let first = &note.messages[0];
        assert_eq!(first.receipt.words, ["0", "90"]);
        assert!(first.words[0].starts_with("From a@example.org Sun Nov 29 "));
    }
}

/// Without the file of facts, or with one that is cut, only addresses are lost.
#[test]
fn without_its_file_of_facts_a_ledger_of_before_loses_addresses_only() {
    let (ledger, facts, target, _) = fixtures()[0].clone();
    let whole = state(ledger, Some(facts));
    for cut in [None, Some(&facts[..facts.len() - 3])] {
        let state = state(ledger, cut);
        drop(state.open());
        assert_eq!(state.peek().expect("reads"), whole.peek().expect("reads"));
        for (stored, known) in state.stored().into_iter().zip(whole.stored()) {
            assert_eq!(stored.receipt.words, known.receipt.words);
            assert_eq!(stored.receipt.target.scheme, target.scheme);
            assert_eq!(stored.receipt.target.address, "");
        }
    }
}

/// The power may go, or the program be killed, at any call of the take-over.
#[test]
fn a_take_over_that_is_cut_off_leaves_one_of_the_two() {
    let (ledger, facts, _, _) = fixtures()[0].clone();
    let account = AccountId::new("alice", "127.0.0.1");
    let dir = format!("/state/{}", account.as_str());
    let started = || {
        let disk = CrashDisk::new(&["/state", &dir]);
        disk.put(&format!("{dir}/{NAME}"), ledger);
        disk.put(&format!("{dir}/target"), facts);
        disk
    };
    let of = |disk: &CrashDisk| Memory::new(&account, disk);
    let expected = of(&started()).look().expect("reads");
    let act = |disk: &CrashDisk| drop(of(disk).try_open());
    cut_power_everywhere(started, act, |disk, call| {
        assert_eq!(of(disk).look().expect("reads"), expected, "call {call}");
        drop(of(disk).open());
        assert_eq!(of(disk).look().expect("reads"), expected, "call {call}");
    });
}
