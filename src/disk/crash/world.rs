//! The state behind a [`super::CrashDisk`]: what is seen and what is durable.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::io::Errno;

use super::super::{Kind, Stat};

/// What survives of the effects that were not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Survives {
    /// Nothing.
    Nothing,
    /// Everything.
    Everything,
    /// Each effect by a throw of dice that start with this seed.
    Some(u64),
}

/// Which calls a fault hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hits {
    /// Any.
    Any,
    /// Those that make something durable.
    Syncs,
    /// Those that write content.
    Writes,
}

impl Hits {
    pub(super) fn is(self, call: Call) -> bool {
        match self {
            Hits::Any => true,
            Hits::Syncs => call == Call::Sync,
            Hits::Writes => call == Call::Write,
        }
    }
}

/// An error to come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    /// The first call that it may hit, counted from 1.
    pub(crate) at: u64,
    /// Which calls.
    pub(crate) hits: Hits,
    /// Whether it stays after the first one.
    pub(crate) lasts: bool,
    /// What the call answers.
    pub(crate) error: Errno,
}

impl Fault {
    /// One that comes once.
    pub(crate) fn once(at: u64, hits: Hits, error: Errno) -> Self {
        Self { at, hits, lasts: false, error }
    }

    /// The same, and perhaps it stays.
    pub(crate) fn lasts(self, lasts: bool) -> Self {
        Self { lasts, ..self }
    }
}

pub(super) type Names = BTreeMap<PathBuf, u64>;

#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) dev: u64,
    // Copies of the disk share what neither of them changes.
    pub(super) nodes: HashMap<u64, Arc<Node>>,
    pub(super) names: Arc<Names>,
    pub(super) durable: Arc<Names>,
    pub(super) pending: Vec<Change>,
    pub(super) next: u64,
    pub(super) calls: Vec<Call>,
    pub(super) off: bool,
    pub(super) off_at: Option<u64>,
    pub(super) fault: Option<Fault>,
    pub(super) now: i64,
    pub(super) most: usize,
    pub(super) syncs_dirs: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) mode: u32,
    pub(super) seen: Vec<u8>,
    pub(super) durable: Vec<u8>,
    /// What was written before a sync failed: the pages look clean from then
    /// on, so no later sync writes them.
    pub(super) lost: Vec<Range<usize>>,
    pub(super) modified: i64,
    pub(super) flock: Option<u64>,
    pub(super) record_lock: Option<u64>,
}

/// How many octets are the same at the start of both.
fn common(a: &[u8], b: &[u8]) -> usize {
    if b.starts_with(a) {
        return a.len();
    }
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

impl Node {
    /// An empty one.
    pub(super) fn new(kind: Kind, mode: u32, modified: i64) -> Self {
        Self {
            kind,
            mode,
            seen: Vec::new(),
            durable: Vec::new(),
            lost: Vec::new(),
            modified,
            flock: None,
            record_lock: None,
        }
    }

    /// What a sync can write: what is seen, without what was lost.
    fn writable(&self) -> Vec<u8> {
        let mut content = self.seen.clone();
        for range in &self.lost {
            let end = range.end.min(content.len());
            content[range.start.min(end)..end].fill(0);
        }
        content
    }

    /// A sync that succeeds.
    pub(super) fn settle(&mut self) {
        self.durable = self.writable();
    }

    /// A sync that fails.
    pub(super) fn lose(&mut self) {
        let same = common(&self.durable, &self.seen);
        self.lost.push(same..self.seen.len());
    }

    /// What is written again is lost no more.
    pub(super) fn rewrite(&mut self, part: Range<usize>) {
        let lost = std::mem::take(&mut self.lost).into_iter();
        let rest = lost.flat_map(|range| {
            let before = range.start..range.end.min(part.start);
            [before, range.start.max(part.end)..range.end]
        });
        self.lost = rest.filter(|range| range.start < range.end).collect();
    }

    /// Cuts the file, and what was lost with it.
    pub(super) fn set_len(&mut self, len: usize) {
        self.seen.resize(len, 0);
        for range in &mut self.lost {
            range.end = range.end.min(len);
        }
        self.lost.retain(|range| range.start < range.end);
    }
}

/// A change of names that is not durable yet.
#[derive(Clone, Debug, Hash)]
pub(super) enum Change {
    Add { path: PathBuf, ino: u64 },
    Move { from: PathBuf, to: PathBuf, ino: u64 },
    Remove { path: PathBuf },
}

impl Change {
    fn paths(&self) -> Vec<&PathBuf> {
        match self {
            Change::Add { path, .. } | Change::Remove { path } => vec![path],
            Change::Move { from, to, .. } => vec![from, to],
        }
    }

    pub(super) fn apply(&self, names: &mut Names) {
        match self {
            Change::Add { path, ino } => {
                names.insert(path.clone(), *ino);
            }
            // With a folder goes what was in it.
            Change::Remove { path } => {
                let below = names.range(path.clone()..).map(|(name, _)| name);
                let gone = below.take_while(|name| name.starts_with(path));
                for name in gone.cloned().collect::<Vec<_>>() {
                    names.remove(&name);
                }
            }
            Change::Move { from, to, ino } => {
                if names.get(from) == Some(ino) {
                    names.remove(from);
                }
                names.insert(to.clone(), *ino);
            }
        }
    }
}

/// Throws of dice that are the same for the same seed (splitmix64).
pub(super) struct Dice(pub(super) Survives);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        let Survives::Some(state) = &mut self.0 else {
            return 0;
        };
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    pub(super) fn keeps(&mut self) -> bool {
        match self.0 {
            Survives::Nothing => false,
            Survives::Everything => true,
            Survives::Some(_) => self.throw(2) == 0,
        }
    }

    /// What is found of a file after a crash.
    pub(super) fn content(&mut self, node: &Node) -> Vec<u8> {
        let (durable, seen) = (&node.durable, &node.writable());
        let same = common(durable, seen);
        let upto = |dice: &mut Self| same + dice.throw((seen.len() - same) as u64 + 1) as usize;
        match self.0 {
            Survives::Nothing => durable.clone(),
            Survives::Everything => seen.clone(),
            Survives::Some(_) => match self.throw(4) {
                0 => durable.clone(),
                1 => seen.clone(),
                2 => seen[..upto(self)].to_vec(),
                _ => {
                    let mut content = seen[..upto(self)].to_vec();
                    content.resize(seen.len(), 0);
                    content
                }
            },
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Sync,
    Write,
    Other,
}

impl World {
    /// An empty disk.
    pub(super) fn new(dev: u64) -> Self {
        let names = Arc::new(Names::from([(PathBuf::from("/"), 1)]));
        Self {
            dev,
            nodes: HashMap::from([(1, Arc::new(Node::new(Kind::Dir, 0o755, 0)))]),
            names: names.clone(),
            durable: names,
            pending: Vec::new(),
            next: 1,
            calls: Vec::new(),
            off: false,
            off_at: None,
            fault: None,
            now: 1_700_000_000,
            most: usize::MAX,
            syncs_dirs: true,
        }
    }

    /// Counts a call; it may fail here.
    pub(super) fn call(&mut self, call: Call) -> io::Result<()> {
        self.calls.push(call);
        let count = self.calls.len() as u64;
        self.off |= self.off_at.is_some_and(|at| count >= at);
        if self.off {
            return Err(io::Error::other("the power is off"));
        }
        let Some(fault) = self.fault else {
            return Ok(());
        };
        if !fault.hits.is(call) || count < fault.at {
            return Ok(());
        }
        if !fault.lasts {
            self.fault = None;
        }
        Err(fault.error.into())
    }

    /// Makes the content of a file durable. A fault loses what is not.
    pub(super) fn sync(&mut self, ino: u64) -> io::Result<()> {
        let result = self.call(Call::Sync);
        let is_off = self.off;
        let node = self.file(ino)?;
        match result {
            Ok(()) => node.settle(),
            Err(_) if !is_off => node.lose(),
            Err(_) => {}
        }
        result
    }

    pub(super) fn find(&self, path: &Path) -> io::Result<u64> {
        self.names.get(path).copied().ok_or_else(|| Errno::NOENT.into())
    }

    pub(super) fn file(&mut self, ino: u64) -> io::Result<&mut Node> {
        let node = self.nodes.get_mut(&ino).ok_or(Errno::STALE)?;
        Ok(Arc::make_mut(node))
    }

    /// Returns whether a new name can be made there.
    pub(super) fn vacant(&self, path: &Path) -> io::Result<()> {
        let parent = path.parent().ok_or(Errno::INVAL)?;
        if self.nodes.get(&self.find(parent)?).map(|n| n.kind) != Some(Kind::Dir) {
            return Err(Errno::NOTDIR.into());
        }
        if self.names.contains_key(path) { Err(Errno::EXIST.into()) } else { Ok(()) }
    }

    pub(super) fn change(&mut self, change: Change) {
        change.apply(Arc::make_mut(&mut self.names));
        self.pending.push(change);
    }

    pub(super) fn add(&mut self, path: &Path, kind: Kind, mode: u32) -> io::Result<u64> {
        self.vacant(path)?;
        self.next += 1;
        let ino = self.next;
        let node = Node::new(kind, mode, self.now);
        self.nodes.insert(ino, Arc::new(node));
        let path = path.into();
        self.change(Change::Add { path, ino });
        Ok(ino)
    }

    pub(super) fn stat(&self, ino: u64) -> io::Result<Stat> {
        let node = self.nodes.get(&ino).ok_or(Errno::STALE)?;
        Ok(Stat {
            dev: self.dev,
            ino,
            len: node.seen.len() as u64,
            mode: node.mode,
            uid: rustix::process::geteuid().as_raw(),
            links: self.names.values().filter(|other| **other == ino).count() as u64,
            kind: node.kind,
            modified: node.modified,
        })
    }

    /// Makes the changes of names in a folder durable, with the earlier ones
    /// that they rest on.
    pub(super) fn settle(&mut self, dir: &Path) {
        let mut touched: HashSet<PathBuf> = HashSet::new();
        let mut due = vec![false; self.pending.len()];
        for (at, change) in self.pending.iter().enumerate().rev() {
            let paths = change.paths();
            due[at] =
                paths.iter().any(|path| path.parent() == Some(dir) || touched.contains(*path));
            if due[at] {
                touched.extend(paths.into_iter().cloned());
            }
        }
        for (change, due) in std::mem::take(&mut self.pending).into_iter().zip(due) {
            if due {
                change.apply(Arc::make_mut(&mut self.durable))
            } else {
                self.pending.push(change)
            }
        }
    }

    /// Takes away what a power cut takes.
    pub(super) fn crash(&mut self, survives: Survives) {
        let mut dice = Dice(survives);
        let mut names = Arc::clone(&self.durable);
        let pending = std::mem::take(&mut self.pending);
        if !pending.is_empty() {
            let mut kept = (*names).clone();
            for change in pending {
                if dice.keeps() {
                    change.apply(&mut kept);
                }
            }
            // What lies in a folder whose name is lost is lost. A folder comes
            // before what lies in it.
            let mut found = Names::new();
            for (path, ino) in kept {
                if path.parent().is_none_or(|above| found.contains_key(above)) {
                    found.insert(path, ino);
                }
            }
            names = Arc::new(found);
        }
        let mut kept: Vec<u64> = names.values().copied().collect();
        kept.sort_unstable();
        self.nodes.retain(|ino, _| kept.binary_search(ino).is_ok());
        for ino in kept {
            let Some(node) = self.nodes.get_mut(&ino) else {
                continue;
            };
            if node.seen != node.durable || !node.lost.is_empty() {
                let node = Arc::make_mut(node);
                node.seen = dice.content(node);
                node.durable = node.seen.clone();
                node.lost.clear();
            }
        }
        self.durable = names.clone();
        self.names = names;
    }

    /// The same for disks on which everything is the same.
    pub(super) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for names in [&self.names, &self.durable] {
            for (path, ino) in names.iter() {
                (path.as_os_str(), ino).hash(&mut hasher);
            }
        }
        self.pending.hash(&mut hasher);
        let mut nodes: Vec<_> = self.nodes.iter().collect();
        nodes.sort_unstable_by_key(|(ino, _)| **ino);
        for (ino, node) in nodes {
            (ino, node.mode, node.modified).hash(&mut hasher);
            (&node.seen, &node.durable, &node.lost).hash(&mut hasher);
        }
        hasher.finish()
    }

    /// A start of the machine or the program: nobody holds a lock, nothing
    /// fails.
    pub(super) fn restart(&mut self) {
        for node in self.nodes.values_mut() {
            if node.flock.is_some() || node.record_lock.is_some() {
                let node = Arc::make_mut(node);
                node.flock = None;
                node.record_lock = None;
            }
        }
        self.calls.clear();
        self.off = false;
        self.off_at = None;
        self.fault = None;
    }
}
