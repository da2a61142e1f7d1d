//! The program in a sandbox of its own: nothing of the caller's environment
//! reaches it, and whatever it leaves behind goes with the sandbox.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use rustix::fs::{StatVfsMountFlags, statvfs};
use rustix::process::{Pid, Signal, kill_process};

use super::output::Output;

/// Where files are in memory, if there is such a place.
const MEMORY: &str = "/dev/shm";

/// A run that takes longer hangs: it is killed and the test fails.
const LIMIT: Duration = Duration::from_secs(60);

/// Returns whether a program is there; if not, a line says what is not tested.
pub(crate) fn has(program: &str) -> bool {
    let folders = ["/usr/local/bin", "/usr/bin", "/bin"];
    let found = folders.iter().any(|dir| Path::new(dir).join(program).exists());
    if !found {
        // Not by the macro, whose lines only a failed test shows.
        let _ = writeln!(
            std::io::stderr(),
            "{program} is not installed: the tests with it were not run"
        );
    }
    found
}

/// The bits of a file's mode.
pub(crate) fn mode(path: &Path) -> u32 {
    let facts = fs::metadata(path).expect("it is there");
    facts.permissions().mode() & 0o7777
}

/// Gives a file this mode.
pub(crate) fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("changed");
}

/// Folders that only one test uses.
pub(crate) struct Sandbox {
    root: tempfile::TempDir,
}

impl Sandbox {
    /// In memory, where the system has a place for that in which programs can
    /// be started: to sync costs nothing there, and the power is not cut here.
    pub(crate) fn new() -> Self {
        let no_programs = StatVfsMountFlags::NOEXEC;
        match statvfs(MEMORY) {
            Ok(found) if !found.f_flag.contains(no_programs) => Self::in_memory(),
            _ => Self::beneath(&std::env::temp_dir()),
        }
    }

    /// In memory, for tests that start nothing that lies in the sandbox.
    pub(crate) fn in_memory() -> Self {
        match Path::new(MEMORY) {
            memory if memory.is_dir() => Self::beneath(memory),
            _ => Self::beneath(&std::env::temp_dir()),
        }
    }

    /// In a given folder.
    pub(crate) fn beneath(folder: &Path) -> Self {
        let root = tempfile::Builder::new()
            .prefix("retr-test-")
            .tempdir_in(folder)
            .expect("temporary folder");
        for name in ["home", "config", "state", "cache", "data", "run", "tmp"] {
            fs::create_dir(root.path().join(name)).expect("folder in the sandbox");
        }
        Self { root }
    }

    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    /// A path in the sandbox; nothing is created.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Writes a file, and the folders above it.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        let made = fs::create_dir_all(path.parent().expect("a folder"));
        made.and_then(|()| fs::write(&path, content)).expect("written");
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect(name)
    }

    /// Writes a file that only its owner can read.
    pub(crate) fn secret_file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.write(name, content);
        chmod(&path, 0o600);
        path
    }

    /// Writes a program that its owner can start. Another process does the
    /// writing: one that this process starts meanwhile would hold the file open
    /// for writing, and whoever starts the program would be told that it is
    /// busy.
    pub(crate) fn program(&self, name: &str, content: impl Into<Vec<u8>>) -> PathBuf {
        let path = self.path(name);
        let mut writer = Command::new("/bin/sh")
            .args(["-c", "umask 077 && cat >\"$0\" && chmod 755 \"$0\""])
            .arg(&path)
            .stdin(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut input = writer.stdin.take().expect("its input");
        input.write_all(&content.into()).expect("taken");
        drop(input);
        assert!(writer.wait().expect("ended").success(), "{path:?}");
        path
    }

    /// Writes the config file, which only its owner can write, whatever the
    /// umask. `$S` in it becomes the sandbox's path.
    pub(crate) fn config(&self, text: &str) {
        let text = text.replace("$S", self.root().to_str().expect("UTF-8"));
        self.secret_file("config/retr/config.toml", &text);
        chmod(&self.path("config/retr"), 0o755);
    }

    /// The program, with this sandbox as its whole world.
    pub(crate) fn retr<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Program {
        self.command(env!("CARGO_BIN_EXE_retr")).args(args)
    }

    /// The program by a line that is typed, which is split as a shell does it.
    pub(crate) fn typed(&self, line: &str) -> Program {
        self.retr(shell_words::split(line).expect("words"))
    }

    /// A shell that finds the program as `retr`.
    pub(crate) fn shell(&self, script: &str) -> Program {
        let folder = self.path("bin");
        if fs::create_dir(&folder).is_ok() {
            let link = folder.join("retr");
            symlink(env!("CARGO_BIN_EXE_retr"), link).expect("a link");
        }
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", folder.display());
        let shell = self.command("/bin/sh").env("PATH", path);
        shell.args(["-c", script])
    }

    /// Any program, with this sandbox as its whole world.
    pub(crate) fn command(&self, program: &str) -> Program {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.path("home"))
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("XDG_STATE_HOME", self.path("state"))
            .env("XDG_CACHE_HOME", self.path("cache"))
            .env("XDG_DATA_HOME", self.path("data"))
            .env("XDG_RUNTIME_DIR", self.path("run"))
            .env("TMPDIR", self.path("tmp"))
            .env("PATH", "/usr/bin:/bin")
            // The system's roots prove nothing here, and take long to read.
            .env("SSL_CERT_FILE", "/dev/null")
            .env("SSL_CERT_DIR", self.path("tmp"))
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC")
            .env("COLUMNS", "100")
            .current_dir(self.root())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Program { command, root: self.root().to_owned() }
    }
}

/// A run of the program that has not started.
#[must_use]
pub(crate) struct Program {
    command: Command,
    root: PathBuf,
}

impl Program {
    pub(crate) fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.command.args(args);
        self
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// As another user, which only root can.
    pub(crate) fn user(mut self, user: u32) -> Self {
        self.command.uid(user).gid(user);
        self
    }

    pub(crate) fn stdin(mut self, stdin: impl Into<Stdio>) -> Self {
        self.command.stdin(stdin);
        self
    }

    pub(crate) fn stdout(mut self, stdout: impl Into<Stdio>) -> Self {
        self.command.stdout(stdout);
        self
    }

    pub(crate) fn stderr(mut self, stderr: impl Into<Stdio>) -> Self {
        self.command.stderr(stderr);
        self
    }

    pub(crate) fn start(mut self) -> Running {
        Running { child: self.command.spawn().expect("the program starts"), root: self.root }
    }

    pub(crate) fn run(self) -> Output {
        self.start().finish()
    }

    /// Runs, and fails the test unless the exit code is this one.
    #[track_caller]
    pub(crate) fn run_to(self, code: i32) -> Output {
        let output = self.run();
        assert_eq!(output.code(), Some(code), "{output}");
        output
    }

    /// The same, and stderr has to have this.
    #[track_caller]
    pub(crate) fn tells(self, code: i32, text: impl AsRef<str>) -> Output {
        let output = self.run_to(code);
        output.says(text);
        output
    }
}

/// A run that goes on.
#[must_use]
pub(crate) struct Running {
    child: Child,
    root: PathBuf,
}

impl Running {
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("the program still runs");
    }

    /// Waits for the end.
    pub(crate) fn finish(self) -> Output {
        let pid = self.pid();
        let (ended, end) = mpsc::channel::<()>();
        let watch = thread::spawn(move || {
            let hangs = end.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout);
            if hangs {
                let _ = kill_process(pid, Signal::KILL);
            }
            hangs
        });
        let output = self.child.wait_with_output().expect("the program ends");
        drop(ended);
        let output = Output::new(output, &self.root);
        let hung = watch.join().expect("the watch does not panic");
        assert!(!hung, "the program hung for {LIMIT:?}\n{output}");
        output
    }

    #[track_caller]
    pub(crate) fn ends_with(self, code: i32) -> Output {
        let output = self.finish();
        assert_eq!(output.code(), Some(code), "{output}");
        output
    }

    /// Sends a signal, and fails the test unless the run dies of it.
    #[track_caller]
    pub(crate) fn dies_of(self, signal: Signal) -> Output {
        self.signal(signal);
        let output = self.finish();
        assert_eq!(output.signal(), Some(signal.as_raw()), "{output}");
        output
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}
