//! Fetches from a server whose wire misbehaves, by a seed: a reply too many or
//! too few at any place, early or late, whole messages and words too many,
//! sizes that lie, unique ids that are shared, used again or new each time,
//! cuts, silence; and the run is killed in between, or the power goes. At the
//! end the server behaves. What must hold in each of these worlds:
//!
//! - every message that ever was on the server is in the store, octet for
//!   octet, or still on the server;
//! - nothing is stored that the server did not send as a message, and nothing
//!   twice while its ids are honest;
//! - 0 only if all is stored, and as much deleted as was claimed;
//! - the runs at the end come to 0 and find nothing left to do.
//!
//! No client can tell one mail from another of the same size if the server
//! sends the wrong one in the right place. So faults that cancel each other out
//! come only where the listed sizes could tell ([`world::Habits::is_telling`]).

mod dice;
mod server;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use world::World;

/// Worlds at once: most of their time they wait for a silent server.
const THREADS: u64 = 16;

/// Plays the worlds of these seeds. Fails with the story of the first ones that
/// went wrong, each with its seed.
fn search(first: u64, count: u64) {
    let next = AtomicU64::new(first);
    let failures: Mutex<Vec<(u64, String)>> = Mutex::default();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed - first >= count {
                        return;
                    }
                    let world = World::new(seed);
                    let story = world.story();
                    let played = catch_unwind(AssertUnwindSafe(|| world.play()));
                    let failure = match played {
                        Ok(Ok(())) => continue,
                        Ok(Err(failure)) => failure,
                        Err(_) => "a panic".to_owned(),
                    };
                    let told = story.lock().unwrap_or_else(PoisonError::into_inner).join("\n");
                    let mut failures = failures.lock().expect("unpoisoned");
                    failures.push((seed, format!("{told}\nseed {seed}: {failure}\n")));
                }
            });
        }
    });
    let mut failures = failures.into_inner().expect("unpoisoned");
    failures.sort();
    let seeds: Vec<u64> = failures.iter().map(|(seed, _)| *seed).collect();
    let stories: Vec<&str> = failures.iter().map(|(_, story)| story.as_str()).take(3).collect();
    assert!(
        seeds.is_empty(),
        "{}\n{} of {count} worlds went wrong: {seeds:?}",
        stories.join("\n"),
        seeds.len()
    );
}

#[test]
fn no_mail_is_lost_whatever_the_server_does() {
    search(1, 200);
}

/// The stage `adversary` of `tests/run`: as many worlds as RETR_WORLDS says,
/// from the seed RETR_SEED on. The usual seed is always the same, so that what
/// turns the stage red is a change and not chance; who searches gives others.
#[test]
#[ignore = "it takes minutes; tests/run does it"]
#[expect(clippy::print_stderr, reason = "the seed is to be seen")]
fn no_mail_is_lost_in_many_worlds() {
    let number = |name: &str| std::env::var(name).ok().map(|n| n.parse().expect("a number"));
    let first = number("RETR_SEED").unwrap_or(1);
    let count = number("RETR_WORLDS").unwrap_or(10_000);
    eprintln!("adversary: {count} worlds from RETR_SEED={first}");
    let since = Instant::now();
    search(first, count);
    eprintln!("adversary: {count} worlds in {:?}, none went wrong", since.elapsed());
}
