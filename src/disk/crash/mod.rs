//! A file system in memory whose power can be cut, for tests.
//!
//! It keeps for every file, and for every name in a folder, what programs see
//! apart from what is on stable storage, as SQLite's crash tests and ALICE
//! (OSDI '14) do:
//! - [`File::sync`] makes the content of a file durable, not its name;
//! - [`Disk::sync_dir`] makes the names in one folder durable, and a rename
//!   whole, as a journal does;
//! - a sync that fails loses what it was to write: it stays visible until the
//!   power goes, and no later sync writes it;
//! - what was not synced may survive a crash or not, each effect by itself:
//!   names in any combination, content in full, up to some octet, or with
//!   zeros in the place of the rest.
//!
//! Every call counts. The power can go at call n, and call n can fail.

mod world;

pub(crate) use world::{Fault, Hits, Survives};

use std::ffi::OsString;
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::io::Errno;

use self::world::{Call, Change, World};
use super::{Disk, File, Kind, Open, Stat, Unsynced};

/// The file system. Clones are the same one.
#[derive(Clone, Debug)]
pub(crate) struct CrashDisk {
    world: Arc<Mutex<World>>,
}

impl CrashDisk {
    /// A disk with these folders, durable.
    pub(crate) fn new(folders: &[&str]) -> Self {
        static DEVICES: AtomicU64 = AtomicU64::new(1 << 32);
        let mut world = World::new(DEVICES.fetch_add(1, Ordering::Relaxed));
        for folder in folders {
            world.add(Path::new(folder), Kind::Dir, 0o700).expect("a vacant path");
        }
        world.durable = world.names.clone();
        world.pending.clear();
        Self { world: Arc::new(Mutex::new(world)) }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call, which may fail.
    fn called(&self, call: Call) -> io::Result<MutexGuard<'_, World>> {
        let mut world = self.world();
        world.call(call)?;
        Ok(world)
    }

    /// Calls so far.
    pub(crate) fn calls(&self) -> u64 {
        self.world().calls.len() as u64
    }

    /// The numbers of the calls so far that a fault of this kind can hit: one
    /// that begins at another call is one that begins at the next of these.
    pub(crate) fn calls_hit(&self, hits: Hits) -> Vec<u64> {
        let world = self.world();
        let hit = (1..).zip(&world.calls);
        let hit = hit.filter(|(_, call)| hits.is(**call));
        hit.map(|(number, _)| number).collect()
    }

    /// Cuts the power when the call of this number (from 1) is made: it and
    /// all that follow fail without an effect.
    pub(crate) fn cut_power_at(&self, call: u64) {
        self.world().off_at = Some(call);
    }

    /// Lets a call fail.
    pub(crate) fn fail(&self, fault: Fault) {
        self.world().fault = Some(fault);
    }

    /// Lets all calls succeed again.
    pub(crate) fn mend(&self) {
        self.world().fault = None;
    }

    /// Makes every write take at most this many octets.
    pub(crate) fn write_at_most(&self, octets: usize) {
        self.world().most = octets;
    }

    /// Makes it a file system that cannot sync folders.
    pub(crate) fn refuse_dir_syncs(&self) {
        self.world().syncs_dirs = false;
    }

    /// Sets the clock by which files are dated.
    pub(crate) fn set_now(&self, seconds: i64) {
        self.world().now = seconds;
    }

    /// The disk after a power cut now.
    pub(crate) fn after_crash(&self, survives: Survives) -> Self {
        let mut world = self.world().clone();
        world.crash(survives);
        world.restart();
        Self { world: Arc::new(Mutex::new(world)) }
    }

    /// The disk after the program was killed now: what it wrote is seen, but
    /// no more durable than it was.
    pub(crate) fn after_kill(&self) -> Self {
        let mut world = self.world().clone();
        world.restart();
        Self { world: Arc::new(Mutex::new(world)) }
    }

    /// The same for disks on which everything is the same.
    pub(crate) fn fingerprint(&self) -> u64 {
        self.world().fingerprint()
    }

    /// Somebody else's durable file. Not counted.
    pub(crate) fn put(&self, path: &str, content: &[u8]) {
        let mut world = self.world();
        let path = Path::new(path);
        let ino = match world.find(path) {
            Ok(ino) => ino,
            Err(_) => world.add(path, Kind::File, 0o600).expect("a vacant path"),
        };
        let now = world.now;
        let node = world.file(ino).expect("it was found");
        node.seen = content.to_vec();
        node.durable = content.to_vec();
        node.modified = now;
        world.settle(path.parent().expect("an absolute path"));
    }

    /// Somebody else renames a file. Not counted.
    pub(crate) fn shift(&self, from: &Path, to: &Path) {
        let mut world = self.world();
        let ino = world.find(from).expect("it is there");
        let (from, to) = (from.into(), to.into());
        world.change(Change::Move { from, to, ino });
    }

    /// What is in a file. Not counted.
    pub(crate) fn content(&self, path: impl AsRef<Path>) -> Option<Vec<u8>> {
        let world = self.world();
        let ino = world.names.get(path.as_ref())?;
        Some(world.nodes.get(ino)?.seen.clone())
    }

    /// The files below a folder. Not counted.
    pub(crate) fn files(&self, dir: &str) -> Vec<PathBuf> {
        let world = self.world();
        let is_file = |ino: &u64| world.nodes.get(ino).is_some_and(|n| n.kind == Kind::File);
        let below = world.names.iter().filter(|(path, _)| path.starts_with(dir));
        below.filter(|(_, ino)| is_file(ino)).map(|(path, _)| path.clone()).collect()
    }

    fn handle(&self, world: &mut World, ino: u64, writes: bool) -> Box<dyn File> {
        world.next += 1;
        Box::new(CrashFile { disk: self.clone(), id: world.next, ino, writes })
    }
}

impl Disk for CrashDisk {
    fn create_as(&self, path: &Path, mode: u32) -> io::Result<Box<dyn File>> {
        let mut world = self.called(Call::Other)?;
        let ino = world.add(path, Kind::File, mode)?;
        Ok(self.handle(&mut world, ino, true))
    }

    fn open(&self, path: &Path, how: Open) -> io::Result<Box<dyn File>> {
        let mut world = self.called(Call::Other)?;
        let ino = match world.find(path) {
            Err(_) if how == Open::AppendOrCreate => world.add(path, Kind::File, 0o600)?,
            found => found?,
        };
        match world.file(ino)?.kind {
            Kind::Link => Err(Errno::LOOP.into()),
            Kind::Dir if how != Open::Read => Err(Errno::ISDIR.into()),
            _ => Ok(self.handle(&mut world, ino, how != Open::Read)),
        }
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        let mut world = self.called(Call::Other)?;
        world.add(path, Kind::Dir, 0o700).map(|_| ())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut world = self.called(Call::Other)?;
        let ino = world.find(from)?;
        world.vacant(to)?;
        let (from, to) = (from.into(), to.into());
        world.change(Change::Move { from, to, ino });
        Ok(())
    }

    fn replace(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut world = self.called(Call::Other)?;
        let ino = world.find(from)?;
        match world.vacant(to) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let (from, to) = (from.into(), to.into());
        world.change(Change::Move { from, to, ino });
        Ok(())
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut world = self.called(Call::Other)?;
        let ino = world.find(from)?;
        world.vacant(to)?;
        let path = to.into();
        world.change(Change::Add { path, ino });
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut world = self.called(Call::Other)?;
        let ino = world.find(path)?;
        if world.file(ino)?.kind == Kind::Dir {
            return Err(Errno::ISDIR.into());
        }
        let path = path.into();
        world.change(Change::Remove { path });
        Ok(())
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        let mut world = self.called(Call::Other)?;
        let ino = world.find(path)?;
        if world.file(ino)?.kind != Kind::Dir {
            return Err(Errno::NOTDIR.into());
        }
        if world.names.keys().any(|name| name.parent() == Some(path)) {
            return Err(Errno::NOTEMPTY.into());
        }
        let path = path.into();
        world.change(Change::Remove { path });
        Ok(())
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        let world = self.called(Call::Other)?;
        world.stat(world.find(path)?)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<OsString>> {
        let world = self.called(Call::Other)?;
        world.find(dir)?;
        let within = world.names.keys().filter(|path| path.parent() == Some(dir));
        Ok(within.filter_map(|path| path.file_name().map(Into::into)).collect())
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<bool> {
        let mut world = self.called(Call::Sync)?;
        world.find(dir)?;
        if world.syncs_dirs {
            world.settle(dir);
        }
        Ok(world.syncs_dirs)
    }

    fn park(&self, path: &Path, _: Box<dyn File>) -> io::Result<Unsynced> {
        Ok(Unsynced::closed(path))
    }

    fn sync_files(&self, _: &Path, files: Vec<Unsynced>) -> io::Result<()> {
        files.iter().try_for_each(|file| {
            let mut world = self.world();
            let ino = world.find(file.path())?;
            world.sync(ino)
        })
    }
}

/// An open file of a [`CrashDisk`].
#[derive(Debug)]
struct CrashFile {
    disk: CrashDisk,
    id: u64,
    ino: u64,
    writes: bool,
}

impl Write for CrashFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut world = self.disk.called(Call::Write)?;
        if !self.writes {
            return Err(Errno::BADF.into());
        }
        let (now, most) = (world.now, world.most);
        let taken = &bytes[..bytes.len().min(most)];
        let node = world.file(self.ino)?;
        node.seen.extend_from_slice(taken);
        node.modified = now;
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl File for CrashFile {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut world = self.disk.called(Call::Other)?;
        let seen = &world.file(self.ino)?.seen;
        let rest = seen.get(offset as usize..).unwrap_or_default();
        let len = rest.len().min(buf.len());
        buf[..len].copy_from_slice(&rest[..len]);
        Ok(len)
    }

    fn handle(&self) -> io::Result<std::fs::File> {
        let content = self.disk.world().file(self.ino)?.seen.clone();
        let mut file = tempfile::tempfile()?;
        file.write_all(&content)?;
        io::Seek::rewind(&mut file)?;
        Ok(file)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.disk.world().sync(self.ino)
    }

    fn rewrite(&mut self, part: Range<u64>) -> io::Result<()> {
        let mut world = self.disk.called(Call::Write)?;
        let node = world.file(self.ino)?;
        node.rewrite(part.start as usize..part.end as usize);
        Ok(())
    }

    fn set_len(&mut self, len: u64) -> io::Result<()> {
        let mut world = self.disk.called(Call::Write)?;
        world.file(self.ino)?.set_len(len as usize);
        Ok(())
    }

    fn stat(&self) -> io::Result<Stat> {
        let world = self.disk.called(Call::Other)?;
        world.stat(self.ino)
    }

    fn try_flock(&self) -> io::Result<bool> {
        let mut world = self.disk.called(Call::Other)?;
        let node = world.file(self.ino)?;
        Ok(*node.flock.get_or_insert(self.id) == self.id)
    }

    fn try_record_lock(&self) -> io::Result<bool> {
        let mut world = self.disk.called(Call::Other)?;
        let node = world.file(self.ino)?;
        Ok(*node.record_lock.get_or_insert(self.id) == self.id)
    }
}

impl Drop for CrashFile {
    fn drop(&mut self) {
        let mut world = self.disk.world();
        if let Ok(node) = world.file(self.ino) {
            node.flock.take_if(|holder| *holder == self.id);
            node.record_lock.take_if(|holder| *holder == self.id);
        }
    }
}
