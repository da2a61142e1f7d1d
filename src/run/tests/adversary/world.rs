//! What a world is made of, and whether it ends well.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::super::{Kind, STATE, disk, job_at, told};
use super::dice::Dice;
use super::server::{Adversary, EXTRAS, Fault, Letter, Mishap, Story};
use crate::base::{Cancel, Silent};
use crate::disk::crash::{CrashDisk, Survives};
use crate::plan::Disposal;
use crate::run::fetch::fetch_on;
use crate::run::{FetchJob, Outcome};

/// What a server is like in all its sessions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Habits {
    pub(super) ids: Ids,
    pub(super) sizes: Sizes,
    /// All messages are of one size.
    pub(super) uniform: bool,
    pub(super) pipelines: bool,
    /// DELE needs no QUIT.
    pub(super) deletes_at_once: bool,
    /// Each reply begins with an empty line.
    pub(super) has_blank_lines: bool,
    /// Lines of messages end with LF.
    pub(super) has_bare_lf: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ids {
    Honest,
    /// Messages share them.
    Shared,
    /// A new message has that of one that is gone.
    Reused,
    /// Others in each session.
    New,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sizes {
    Right,
    /// Always the same wrong ones.
    Wrong,
    Vary,
    Refused,
}

impl Habits {
    fn new(dice: &mut Dice) -> Self {
        Self {
            ids: match dice.throw(6) {
                3 => Ids::Shared,
                4 => Ids::Reused,
                5 => Ids::New,
                _ => Ids::Honest,
            },
            sizes: match dice.throw(6) {
                3 => Sizes::Wrong,
                4 => Sizes::Vary,
                5 => Sizes::Refused,
                _ => Sizes::Right,
            },
            uniform: dice.one_in(2),
            pipelines: dice.one_in(2),
            deletes_at_once: dice.one_in(6),
            has_blank_lines: dice.one_in(12),
            has_bare_lf: dice.one_in(12),
        }
    }

    /// The same, of a server that does everything right, but for what it lists
    /// as sizes.
    fn behaving(self, sizes: Sizes) -> Self {
        Self {
            ids: match self.ids {
                Ids::New => Ids::Honest,
                ids => ids,
            },
            sizes,
            deletes_at_once: false,
            has_blank_lines: false,
            has_bare_lf: false,
            ..self
        }
    }

    /// Returns whether the listed sizes tell one message from the other.
    pub(super) fn is_telling(self) -> bool {
        self.sizes == Sizes::Right && !self.uniform && !self.has_bare_lf
    }
}

/// Texts of bodies.
const BODIES: [&str; 6] = [
    "body\n",
    "From the start\n.\n..two dots\nthe end\n",
    "+OK\n-ERR no\n.\n",
    ">From here\n\n\n",
    "\n\n",
    "",
];

/// The same of messages that go out unstuffed. What is behind some looks
/// like a reply, and one has another size than listed; the first tells.
const UNSTUFFED: [&str; 5] = [
    "before\n.\nbehind\n",
    "before\n.\n421 behind\n",
    "before\n.\n-ERR behind\n",
    "before\n.\n+OK behind\n",
    "..two dots\n",
];

pub(super) struct World {
    dice: Dice,
    kind: Kind,
    habits: Habits,
    server: Adversary,
    disk: CrashDisk,
    story: Story,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let kind = dice.pick(&[Kind::Maildir, Kind::Mbox]);
        let habits = Habits::new(&mut dice);
        let story = Story::default();
        let server = Adversary::start(habits, Dice::new(!seed), Arc::clone(&story));
        let world = Self { dice, kind, habits, server, disk: disk(), story };
        world.tell(format!("{kind:?} {habits:?}"));
        world
    }

    pub(super) fn story(&self) -> Story {
        Arc::clone(&self.story)
    }

    fn tell(&self, text: String) {
        self.story.lock().expect("unpoisoned").push(text);
    }

    /// Plays it to its end. An error says what is wrong.
    pub(super) fn play(mut self) -> Result<(), String> {
        let mails = match self.dice.throw(20) {
            0 => 24,
            n => n % 7,
        };
        (0..mails).for_each(|_| self.post());
        for _ in 0..1 + self.dice.throw(4) {
            self.misbehave()?;
        }
        self.behave()
    }

    /// A new message comes to the server.
    fn post(&mut self) {
        let present = self.server.present();
        let letters = self.server.state().letters.clone();
        let at = letters.len();
        let is_first = self.server.state().sessions == 0;
        let uids: Vec<_> = present.iter().map(|on| &letters[*on].uid).collect();
        let is_gone = |at: &usize| !uids.contains(&&letters[*at].uid);
        let mut letter =
            Letter { uid: format!("u{at}"), text: self.text(at), unstuffed: false, altered: None };
        match self.habits.ids {
            // One that comes for one that goes can be told by its size only.
            Ids::Shared
                if (is_first || self.habits.is_telling()) && at > 0 && self.dice.one_in(2) =>
            {
                let other = &letters[self.dice.throw(at)];
                letter.uid.clone_from(&other.uid);
                if is_first && self.dice.one_in(4) {
                    return self.server.add(other.clone());
                }
            }
            Ids::Reused if self.habits.is_telling() => {
                let gone: Vec<usize> = (0..at).filter(is_gone).collect();
                if !gone.is_empty() {
                    letter.uid.clone_from(&letters[self.dice.pick(&gone)].uid);
                }
            }
            _ => {}
        }
        if self.dice.one_in(15) {
            let bodies = match (self.habits.is_telling(), self.is_known()) {
                (true, true) => &[0, 1, 2, 3][..],
                (true, false) => &[0, 1],
                (false, _) => &[0, 1, 4],
            };
            let body = UNSTUFFED[self.dice.pick(bodies)];
            letter.text = self.padded(at, body);
            letter = letter.unchanged();
        }
        self.server.add(letter);
    }

    fn text(&mut self, at: usize) -> Vec<u8> {
        let body = self.dice.pick(&BODIES);
        self.padded(at, body)
    }

    /// A text that is like no other, and of a size like all others or none.
    fn padded(&self, at: usize, body: &str) -> Vec<u8> {
        let mut text = format!("Subject: {at:03}\n\n{body}");
        let octets = text.len() + text.lines().count();
        let wanted = 150 + if self.habits.uniform { 0 } else { 7 * at };
        let _ = writeln!(text, "{}", "x".repeat(wanted - octets - 2));
        text.into_bytes()
    }

    /// Returns whether it is remembered that the server lists right sizes.
    fn is_known(&self) -> bool {
        let files = self.disk.files(STATE);
        let is_told = |path: &PathBuf| {
            let content = self.disk.content(path).unwrap_or_default();
            memchr::memmem::find(&content, b"right-sizes").is_some()
        };
        files.iter().any(is_told)
    }

    fn mishaps(&mut self, messages: usize) -> Vec<Mishap> {
        let count = self.dice.pick(&[0, 1, 1, 1, 2, 2, 3]);
        let is_free = self.habits.is_telling() && self.is_known();
        let is_mixed = is_free && count > 1;
        let is_more = self.dice.one_in(2);
        let mishaps = (0..count).map(|_| {
            let verbs =
                ["RETR", "RETR", "RETR", "STAT", "DELE", "QUIT", "PASS", "UIDL", "LIST", "CAPA"];
            // Without sizes they tell nothing.
            let verb = self.dice.pick(&verbs[..if is_mixed { 6 } else { 10 }]);
            let nth = match verb {
                "RETR" | "DELE" => self.dice.throw(messages + 1),
                "STAT" => self.dice.throw(3),
                "CAPA" => self.dice.throw(2),
                _ => 0,
            };
            let has_stat = is_free || count == 1;
            (verb, nth, self.fault(verb, is_free, is_more, has_stat))
        });
        let mut mishaps: Vec<Mishap> = mishaps.collect();
        // Twice the same wrong message in its place is that message.
        let mut has_wrong = false;
        mishaps.retain(|(.., fault)| {
            let is_wrong = matches!(fault, Fault::Swapped | Fault::Within);
            !(is_wrong && std::mem::replace(&mut has_wrong, true))
        });
        // What comes behind the last proof is taken for the answer to QUIT.
        let is_behind = |(.., fault): &Mishap| matches!(fault, Fault::Extra(_, false, true));
        if mishaps.iter().any(is_behind) {
            mishaps.retain(|(verb, ..)| *verb != "QUIT");
        }
        mishaps
    }

    fn fault(&mut self, verb: &str, is_free: bool, is_more: bool, has_stat: bool) -> Fault {
        let dice = &mut self.dice;
        match dice.throw(if verb == "RETR" && is_free { 14 } else { 12 }) {
            0 => Fault::Refused,
            1 => Fault::Cut(dice.throw(1000)),
            2 => Fault::Closed,
            3 => Fault::Silent,
            4 => Fault::LastWords,
            5 if verb == "QUIT" => Fault::Lie,
            12 => Fault::Within,
            13 => Fault::Swapped,
            _ if is_more || is_free && dice.one_in(2) => {
                let what = dice.pick(&EXTRAS[..if has_stat { 8 } else { 7 }]);
                Fault::Extra(what, dice.one_in(2), dice.one_in(2))
            }
            _ => dice.pick(&[Fault::Unheard, Fault::Unanswered, Fault::Endless]),
        }
    }

    fn job(&mut self, disposal: Disposal) -> FetchJob {
        let mut job = job_at("alice", self.server.port(), self.kind, disposal);
        job.policy.accept_uid_reset = self.habits.ids == Ids::New;
        job
    }

    fn run(&mut self, job: &FetchJob) -> Outcome {
        self.tell(format!("== run, {:?}", job.policy.disposal));
        let outcome = fetch_on(Arc::new(self.disk.clone()), job, &Cancel::new(), &Silent);
        let error = outcome.error.as_ref().map(|error| told(error));
        self.tell(format!("== {:?} {error:?}", outcome.summary));
        outcome
    }

    /// A run with whatever goes wrong.
    fn misbehave(&mut self) -> Result<(), String> {
        if self.dice.one_in(3) {
            self.post();
        }
        let before = self.server.present();
        let mishaps = (0..3).map(|_| self.mishaps(before.len())).collect();
        self.server.state().mishaps = mishaps;
        let disposal = self.dice.pick(&[
            Disposal::Keep,
            Disposal::Delete,
            Disposal::Delete,
            Disposal::DeleteAfter(Duration::ZERO),
            Disposal::DeleteAfter(Duration::from_secs(1)),
        ]);
        let mut job = self.job(disposal);
        job.account.access.timeout = Duration::from_millis(40);
        job.account.access.deadline = Duration::from_millis(600);
        let is_ended = self.dice.one_in(4);
        if is_ended {
            let at = self.disk.calls() + 1 + self.dice.throw(300) as u64;
            self.disk.cut_power_at(at);
        }
        let outcome = self.run(&job);
        let dice = self.dice.throw(1 << 20) as u64;
        self.disk = if is_ended && self.dice.one_in(2) {
            self.disk.after_crash(Survives::Some(dice))
        } else {
            self.disk.after_kill()
        };
        let sessions = self.server.state().sessions as i64;
        self.disk.set_now(1_700_000_000 + 1000 * sessions);
        self.check(&before, &outcome)
    }

    /// The runs at the end.
    fn behave(&mut self) -> Result<(), String> {
        self.tell("== from now on the server behaves".to_owned());
        let is_honest = self.habits.sizes == Sizes::Right
            && !self.habits.has_bare_lf
            && matches!(self.habits.ids, Ids::Honest | Ids::Reused);
        let sizes = self.dice.pick(&[Sizes::Right, self.habits.sizes]);
        let is_same = {
            let mut state = self.server.state();
            let was_stuffed = state.letters.iter().all(|letter| !letter.unstuffed);
            state.habits = state.habits.behaving(sizes);
            state.mishaps.clear();
            let letters = state.letters.iter_mut();
            letters.for_each(|letter| letter.unstuffed = false);
            was_stuffed && matches!(self.habits.ids, Ids::Honest | Ids::Reused)
        };
        let disposal = self.dice.pick(&[Disposal::Keep, Disposal::Delete]);
        let job = self.job(disposal);
        for round in 0..3 {
            let before = self.server.present();
            self.server.state().retrieved = 0;
            let outcome = self.run(&job);
            self.check(&before, &outcome)?;
            let retrieved = self.server.state().retrieved;
            if outcome.summary.exit != 0 {
                return Err(format!("exit {} of a clean run", outcome.summary.exit));
            }
            // A size that differs this time has a message compared once more.
            // It is stored only if it came otherwise before.
            let is_quiet = sizes != Sizes::Vary;
            let is_settled = is_quiet || is_same;
            let stored = outcome.summary.stored;
            if is_settled && round > 0 && stored > 0 || is_quiet && round > 1 && retrieved > 0 {
                let did = format!("{retrieved} came, {stored} stored");
                return Err(format!("clean run {round}: {did}"));
            }
        }
        let left = self.server.present().len();
        if is_honest && disposal == Disposal::Delete && left > 0 {
            return Err(format!("{left} left on the server"));
        }
        Ok(())
    }

    /// What must hold after every run.
    fn check(&self, before: &[usize], outcome: &Outcome) -> Result<(), String> {
        let mut here: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
        for message in self.kind.read(&self.disk) {
            *here.entry(message).or_default() += 1;
        }
        let present = self.server.present();
        let state = self.server.state();
        let letters = &state.letters;
        let is_here = |at: &usize| {
            let letter = &letters[*at];
            let mut forms = std::iter::once(&letter.text).chain(&letter.altered);
            forms.any(|text| here.contains_key(text))
        };
        for (text, count) in &here {
            let is_it =
                |letter: &&Letter| letter.text == *text || letter.altered.as_ref() == Some(text);
            let sent = letters.iter().filter(is_it).count();
            let shown = text.escape_ascii();
            if sent == 0 {
                return Err(format!("no message of the server's: {shown}"));
            }
            let is_honest = matches!(self.habits.ids, Ids::Honest | Ids::Reused);
            if is_honest && *count > sent {
                return Err(format!("stored {count} times: {shown}"));
            }
        }
        let is_safe = |at: &usize| is_here(at) || present.contains(at);
        if let Some(lost) = (0..letters.len()).find(|at| !is_safe(at)) {
            return Err(format!("LOST: message {lost}"));
        }
        if outcome.summary.exit == 0
            && let Some(missing) = before.iter().find(|at| !is_here(at))
        {
            return Err(format!("exit 0, and message {missing} is not stored"));
        }
        let gone = before.iter().filter(|at| !present.contains(at)).count() as u64;
        if outcome.summary.deleted > gone && !state.has_lied {
            let claimed = outcome.summary.deleted;
            return Err(format!("{claimed} deletions claimed, and {gone} done"));
        }
        Ok(())
    }
}
