//! The power goes at every call of the disk, and what was not synced survives
//! or not.

use super::*;

/// Runs with the power cut at each call in turn. Returns how many images of
/// the disk there were; many calls change nothing, and leave the same one.
fn cut_power_everywhere(way: (Kind, Disposal), count: usize, dice: u64) -> usize {
    let (kind, disposal) = way;
    let all = mails(count);
    let whole = disk();
    run_well(&whole, &job(&Peer::start(all.clone()), kind, disposal));
    let (mut images, mut ends) = (0, Ends::default());
    for at in 1..=whole.calls() {
        let disk = disk();
        disk.cut_power_at(at);
        let peer = Peer::start(all.clone());
        oracle::watch(&peer, &disk, kind, &all);
        let outcome = run(&disk, &job(&peer, kind, disposal));
        assert_ne!(outcome.summary.exit, 0, "at call {at} of {}", whole.calls());
        let left = peer.maildrop();
        let some = (0..dice).map(|n| Survives::Some(at << 8 | n));
        for survives in [Survives::Nothing, Survives::Everything]
            .into_iter()
            .chain(some)
        {
            images += 1;
            ends.check(&disk.after_crash(survives), way, &left, &all);
        }
    }
    images
}

// Fault 113.
#[test]
fn no_power_cut_loses_or_doubles_one_message() {
    for way in WAYS {
        assert!(cut_power_everywhere(way, 1, 2) > 100);
    }
}

/// A batch of which one part is published, and another is not.
#[test]
fn no_power_cut_loses_or_doubles_three_messages() {
    for way in WAYS {
        assert!(cut_power_everywhere(way, 3, 1) > 100);
    }
}

/// A second cut, in the run that recovers from the first.
#[test]
fn a_power_cut_while_recovering_is_recovered_from() {
    let all = mails(2);
    for (kind, disposal) in WAYS {
        let whole = disk();
        run_well(&whole, &job(&Peer::start(all.clone()), kind, disposal));
        for at in (1..=whole.calls()).step_by(3) {
            let disk = disk();
            disk.cut_power_at(at);
            let peer = Peer::start(all.clone());
            run(&disk, &job(&peer, kind, disposal));
            for again in 0..4 {
                let image = disk.after_crash(Survives::Some(at << 8 | again));
                image.set_now(1_700_000_301);
                image.cut_power_at(5 + (at * 7 + again * 13) % whole.calls());
                let peer = Peer::start(peer.maildrop());
                oracle::watch(&peer, &image, kind, &all);
                run(&image, &job(&peer, kind, disposal));
                let image = image.after_crash(Survives::Some(again));
                assert_none_lost(&image, kind, &peer.maildrop(), &all);
                assert_recovers(&image, (kind, disposal), peer.maildrop(), &all);
            }
        }
    }
}

/// What a kill leaves is seen, but no more durable than it was.
#[test]
fn no_kill_loses_or_doubles_anything_even_if_the_power_goes_later() {
    let all = mails(2);
    for way in WAYS {
        let (kind, disposal) = way;
        let whole = disk();
        run_well(&whole, &job(&Peer::start(all.clone()), kind, disposal));
        let mut ends = Ends::default();
        for at in 1..=whole.calls() {
            let disk = disk();
            disk.cut_power_at(at);
            let peer = Peer::start(all.clone());
            run(&disk, &job(&peer, kind, disposal));
            let killed = disk.after_kill();
            if !ends.is_new(&killed, &peer.maildrop()) {
                continue;
            }
            assert_none_lost(&killed, kind, &peer.maildrop(), &all);
            // A dotlock that a killed program left names nobody.
            assert_recovers(&killed, way, peer.maildrop(), &all);
            if disposal == Disposal::Keep {
                assert_idle(&killed, way, all.clone());
            }
        }
    }
}

/// Every write is short.
// Fault 30.
#[test]
fn short_writes_change_nothing() {
    let all = mails(3);
    for way in WAYS {
        let disk = disk();
        disk.write_at_most(3);
        assert_recovers(&disk, way, all.clone(), &all);
    }
}
