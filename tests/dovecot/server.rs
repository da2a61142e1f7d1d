//! Dovecot with a configuration, ports, certificate and mail store of its
//! own, all of it in one temporary folder.

use std::collections::HashSet;
use std::fs::{self, Permissions};
use std::io::{self, Read, Write};
use std::iter;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, getgid, getuid, kill_process};

use crate::support::mail::Mail;
use crate::support::model::certs;

/// The password of every user.
pub(crate) const PASSWORD: &str = "correct horse";

/// Owner of the mail: nobody, who is no user of the server itself.
const MAIL_UID: u32 = 65534;

/// Longest wait for the server to start, to stop, or to write its log.
const PATIENCE: Duration = Duration::from_secs(20);

/// Starts with other ports before it is given up.
const PORT_TRIES: usize = 5;

/// A running Dovecot. Dropping it stops it and removes its folder.
pub(crate) struct Dovecot {
    root: tempfile::TempDir,
    master: Child,
    /// Plain, and by STLS encrypted.
    pub(crate) pop3: u16,
    /// Encrypted from the first octet.
    pub(crate) pop3s: u16,
}

impl Dovecot {
    /// Starts it with these users, whose maildrops are empty.
    pub(crate) fn start(users: &[&str]) -> Self {
        Self::start_asking(users, |_| String::new())
    }

    /// The same, and it also takes messages by LMTP, this many for each user.
    pub(crate) fn start_with_lmtp(users: &[&str], messages: usize) -> Self {
        Self::start_asking(users, |_| take_messages(messages))
    }

    /// The same, and it stores no message twice that says by a field which it
    /// is.
    pub(crate) fn start_with_sieve(users: &[&str]) -> Self {
        Self::start_asking(users, |root| take_messages(100) + &discard_doubles(root))
    }

    /// The same, and it also takes access tokens, which it has introspected
    /// there.
    pub(crate) fn start_with_tokens(users: &[&str], endpoint: SocketAddr) -> Self {
        Self::start_asking(users, |root| take_tokens(root, endpoint))
    }

    fn start_asking(users: &[&str], more: impl FnOnce(&Path) -> String) -> Self {
        let root = tempfile::Builder::new()
            .prefix("retr-dovecot-")
            .permissions(Permissions::from_mode(0o755))
            .tempdir_in("/tmp")
            .expect("temporary folder");
        make_mail_store(root.path(), users);
        let more = more(root.path());
        let config = root.path().join("dovecot.conf");
        // It takes numbers only, and another program may have taken a port
        // before it binds: then others are tried.
        for _ in 0..PORT_TRIES {
            let (pop3, pop3s) = free_ports();
            let text = configuration(root.path(), pop3, pop3s) + &more;
            fs::write(&config, text).expect("configuration");
            let mut master = run(&config);
            match wait_until_it_greets(&mut master, pop3) {
                Ok(()) => {
                    return Self { root, master, pop3, pop3s };
                }
                Err(complaint) => {
                    let log = read_log(root.path());
                    let taken = format!("{complaint}{log}").contains("Address already in use");
                    assert!(taken, "Dovecot does not start: {complaint}\n{log}");
                    let _ = fs::remove_file(root.path().join("dovecot.log"));
                }
            }
        }
        panic!("Dovecot found its ports taken {PORT_TRIES} times");
    }

    /// Where it takes messages by LMTP.
    pub(crate) fn lmtp(&self) -> PathBuf {
        self.root.path().join("run/lmtp")
    }

    /// Its own configuration, for its own programs.
    pub(crate) fn config(&self) -> PathBuf {
        self.root.path().join("dovecot.conf")
    }

    /// Delivers a message, in LF form, as a delivery agent does.
    pub(crate) fn deliver(&self, user: &str, name: &str, message: &[u8]) {
        let maildir = self.maildir(user);
        let draft = maildir.join("tmp").join(name);
        fs::write(&draft, message).expect("message");
        give_to_mail_user(&draft);
        fs::rename(&draft, maildir.join("new").join(name)).expect("delivery");
    }

    /// Delivers messages to a user, as of a second.
    pub(crate) fn deliver_all(&self, user: &str, second: u32, mails: &[Mail]) {
        for (at, mail) in mails.iter().enumerate() {
            self.deliver(user, &format!("{second}.{at}.test"), &mail.stored);
        }
    }

    /// The messages on the server as they lie in its files, sorted. A session
    /// that has just ended may still move them about; then it looks again.
    pub(crate) fn files(&self, user: &str) -> Vec<Vec<u8>> {
        loop {
            match self.look_at_files(user) {
                Ok(mut files) => {
                    files.sort();
                    return files;
                }
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::NotFound),
            }
        }
    }

    fn look_at_files(&self, user: &str) -> io::Result<Vec<Vec<u8>>> {
        let mut files = Vec::new();
        let mut names = HashSet::new();
        for sub in ["new", "cur"] {
            for entry in fs::read_dir(self.maildir(user).join(sub))? {
                let path = entry?.path();
                let name = path.file_name().expect("name").to_string_lossy();
                // Seen in both folders: moved while we looked.
                if names.insert(name.split(':').next().map(str::to_owned)) {
                    files.push(fs::read(path)?);
                }
            }
        }
        Ok(files)
    }

    /// Waits until the log says this, which the server writes behind its
    /// clients' backs.
    pub(crate) fn wait_for_log(&self, text: &str) {
        let log = || read_log(self.root.path());
        let found = becomes_true(|| log().contains(text));
        assert!(found, "`{text}` is not in the log:\n{}", log());
    }

    fn maildir(&self, user: &str) -> PathBuf {
        self.root.path().join("mail").join(user)
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.master), Signal::TERM);
        let master = &mut self.master;
        if !becomes_true(|| !matches!(master.try_wait(), Ok(None))) {
            let _ = self.master.kill();
            let _ = self.master.wait();
        }
    }
}

fn run(config: &Path) -> Child {
    Command::new("dovecot")
        .args([Path::new("-F"), Path::new("-c"), config])
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("dovecot is installed (tests/run does that)")
}

/// Returns its complaint if it ends instead, or never greets.
fn wait_until_it_greets(master: &mut Child, port: u16) -> Result<(), String> {
    let has_ended = |master: &mut Child| master.try_wait().expect("its status").is_some();
    let waited = becomes_true(|| has_ended(master) || greets(port));
    if waited && !has_ended(master) {
        return Ok(());
    }
    let _ = master.kill();
    let _ = master.wait();
    let mut complaint = String::new();
    if let Some(stderr) = &mut master.stderr {
        let _ = stderr.read_to_string(&mut complaint);
    }
    Err(complaint)
}

fn read_log(root: &Path) -> String {
    fs::read_to_string(root.join("dovecot.log")).unwrap_or_default()
}

/// Asks again and again, for a limited time.
fn becomes_true(mut condition: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        if condition() {
            return true;
        }
        thread::sleep(Duration::from_millis(20));
    }
    false
}

fn greets(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else {
        return false;
    };
    let mut greeting = [0; 3];
    let _ = stream.set_read_timeout(Some(PATIENCE));
    let greeted = stream.read_exact(&mut greeting).is_ok() && &greeting == b"+OK";
    let _ = stream.write_all(b"QUIT\r\n");
    greeted
}

/// Two ports that are free now, above those of the system's own servers.
fn free_ports() -> (u16, u16) {
    let mut held: Vec<TcpListener> = Vec::new();
    let mut ports = iter::repeat_with(|| {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        held.push(listener);
        port
    })
    .take(100)
    .filter(|&port| port >= 20_000);
    let mut next = || ports.next().expect("a free port above 20000");
    (next(), next())
}

fn make_mail_store(root: &Path, users: &[&str]) {
    let mut passwords = String::new();
    let mail = root.join("mail");
    fs::create_dir(&mail).expect("folder");
    give_to_mail_user(&mail);
    for user in users {
        passwords.push_str(&format!("{user}:{{PLAIN}}{PASSWORD}\n"));
        let maildir = mail.join(user);
        for name in ["", "new", "cur", "tmp"] {
            let folder = maildir.join(name);
            fs::create_dir(&folder).expect("folder");
            give_to_mail_user(&folder);
        }
    }
    fs::write(root.join("users"), passwords).expect("users");
}

fn give_to_mail_user(path: &Path) {
    if getuid().is_root() {
        chown(path, Some(MAIL_UID), Some(MAIL_UID)).expect("chown");
    }
}

/// Dovecot 2.3. As root it keeps its own unprivileged users; otherwise all
/// of it runs as the user who runs the tests.
fn configuration(root: &Path, pop3: u16, pop3s: u16) -> String {
    let root = root.display();
    let (uid, gid, users) = if getuid().is_root() {
        (MAIL_UID, MAIL_UID, String::new())
    } else {
        let (name, group) = (own_name("-un"), own_name("-gn"));
        let users = format!(
            "default_internal_user = {name}\ndefault_login_user = {name}\n\
             default_internal_group = {group}\nservice pop3-login {{\n  chroot =\n}}\n\
             service anvil {{\n  chroot =\n}}\n"
        );
        (getuid().as_raw(), getgid().as_raw(), users)
    };
    let text = include_str!("dovecot.conf")
        .replace("@root@", &root.to_string())
        .replace("@certs@", &certs::path("").to_string_lossy())
        .replace("@uid@", &uid.to_string())
        .replace("@gid@", &gid.to_string())
        .replace("@pop3@", &pop3.to_string())
        .replace("@pop3s@", &pop3s.to_string());
    text + &users
}

/// What the configuration needs to take messages.
fn take_messages(most: usize) -> String {
    format!(
        "protocols = pop3 lmtp
mail_plugins = quota
plugin {{
  quota = maildir:all
  quota_rule = *:messages={most}
}}
service lmtp {{
  unix_listener lmtp {{
    mode = 0666
  }}
}}
"
    )
}

/// What the configuration needs to discard what came before.
fn discard_doubles(root: &Path) -> String {
    let script = root.join("doubles.sieve");
    let text = "require \"duplicate\";\nif duplicate :header \"X-Retr-Id\" { discard; }\n";
    fs::write(&script, text).expect("a script");
    format!(
        "protocol lmtp {{
  mail_plugins = $mail_plugins sieve
}}
protocol lda {{
  mail_plugins = $mail_plugins sieve
}}
plugin {{
  sieve = file:{}
}}
",
        script.display()
    )
}

/// Has tokens introspected at this endpoint; answers what the configuration
/// needs for it.
fn take_tokens(root: &Path, endpoint: SocketAddr) -> String {
    let path = root.join("tokens.conf");
    let text = format!(
        "introspection_url = http://{endpoint}/introspect
introspection_mode = auth
force_introspection = yes
active_attribute = active
active_value = true
"
    );
    fs::write(&path, text).expect("configuration");
    format!(
        "auth_mechanisms = $auth_mechanisms xoauth2 oauthbearer
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {}
}}
",
        path.display()
    )
}

/// The name of the user or group that runs the tests.
fn own_name(option: &str) -> String {
    let output = Command::new("id").arg(option).output().expect("id");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
