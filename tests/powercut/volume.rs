//! A file system of its own in an image file, whose power can be cut.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A mounted file system; unmounted and gone when dropped.
pub(crate) struct Volume {
    folder: tempfile::TempDir,
    mounted: bool,
}

/// The file systems that can be cut off from their disk.
pub(crate) const KINDS: [&str; 2] = ["ext4", "xfs"];

impl Volume {
    /// Why there can be none on this machine; `None` if there can.
    pub(crate) fn missing() -> Option<String> {
        if !rustix::process::geteuid().is_root() {
            return Some("only root can mount".into());
        }
        let programs = ["mkfs.ext4", "mkfs.xfs", "xfs_io", "mount", "umount"];
        let lacks = |program: &&&str| run(program, &["-V"]).is_err_and(|e| is_missing(&e));
        if let Some(program) = programs.iter().find(lacks) {
            return Some(format!("{program} is missing"));
        }
        // In a container there may be no loop devices, or no right to them.
        let made = Self::make("ext4").err();
        made.map(|error| format!("no image file can be mounted: {error}"))
    }

    /// A new file system.
    pub(crate) fn new(kind: &str) -> Self {
        Self::make(kind).expect("a mounted file system")
    }

    fn make(kind: &str) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("retr-volume-").tempdir()?;
        let image = folder.path().join("image");
        std::fs::File::create(&image)?.set_len(320 << 20)?;
        std::fs::create_dir(folder.path().join("mount"))?;
        run(&format!("mkfs.{kind}"), &["-q", &text(&image)])?;
        let mut volume = Self { folder, mounted: false };
        volume.mount()?;
        Ok(volume)
    }

    fn mount(&mut self) -> io::Result<()> {
        let image = text(&self.folder.path().join("image"));
        // The loop device goes with the mount.
        run("mount", &["-o", "loop", &image, &text(&self.root())])?;
        self.mounted = true;
        Ok(())
    }

    /// Where it is mounted.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("mount")
    }

    /// What cuts it off from its disk: from then on nothing gets there, and
    /// the journal's last part is not there either.
    pub(crate) fn switch(&self) -> Switch {
        Switch(self.root())
    }

    /// The machine starts again: what is on the disk is all there is.
    pub(crate) fn restart(&mut self) {
        run("umount", &[&text(&self.root())]).expect("unmounted");
        self.mounted = false;
        self.mount().expect("mounted again");
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        if self.mounted {
            let root = text(&self.root());
            if run("umount", &[&root]).is_err() {
                let _ = run("umount", &["-l", &root]);
            }
        }
    }
}

/// Cuts a volume's power.
#[derive(Clone, Debug)]
pub(crate) struct Switch(PathBuf);

impl Switch {
    /// `FS_IOC_SHUTDOWN` without a flush of the log.
    pub(crate) fn off(&self) {
        run("sh", &["-c", &self.command()]).expect("the power is off");
    }

    /// The same for a shell.
    pub(crate) fn command(&self) -> String {
        format!("PATH=$PATH:{SBIN} xfs_io -x -c shutdown {}", text(&self.0))
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn is_missing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

/// mkfs and mount are not in everybody's path.
const SBIN: &str = "/usr/sbin:/sbin";

fn run(program: &str, args: &[&str]) -> io::Result<()> {
    let path = format!("{}:{SBIN}", std::env::var("PATH").unwrap_or_default());
    let output =
        Command::new(program).args(args).env("PATH", path).stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("{program}: {stderr}")))
}
