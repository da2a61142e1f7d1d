//! The recipes of the man page, word for word. Where one needs a
//! program that is not installed, a line says so.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::env::{Program, Sandbox, has};
use crate::support::mail::{Mail, small};
use crate::support::mailbox::Mailbox;
use crate::support::model::{Act, Model, Setup};
use crate::support::store::Kind;

fn recipe(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/generate/recipes");
    fs::read_to_string(folder.join(name)).expect(name)
}

/// The mailbox as the account `work` of the config file.
fn work(mails: usize) -> Mailbox {
    let mailbox = Mailbox::with(&small(mails, 1));
    let config = format!(
        "[accounts.work]\nurl = \"{}\"\ntls = \"none\"\npassword_file = \"{}\"\nmaildir = \"{}\"\n",
        mailbox.url(),
        mailbox.sandbox.path("password").display(),
        mailbox.store().display()
    );
    mailbox.sandbox.config(&config);
    mailbox
}

#[test]
fn jq_reads_what_is_written() {
    if !has("jq") {
        return;
    }
    let mailbox = work(12);
    let run = |name: &str| {
        let output = mailbox.sandbox.shell(&recipe(name)).run_to(0);
        assert!(output.stderr.is_empty(), "{name}: {output}");
        output.stdout_text()
    };
    let senders = run("new-senders.sh");
    assert_eq!(senders.lines().count(), 12);
    assert!(
        senders.lines().all(|line| line.split('\t').count() == 3),
        "{senders}"
    );
    let largest = run("largest.sh");
    let sizes: Vec<u64> = largest
        .lines()
        .map(|line| {
            line.split('\t')
                .nth(1)
                .expect("a size")
                .parse()
                .expect("a number")
        })
        .collect();
    assert_eq!(sizes.len(), 10);
    assert!(sizes.is_sorted_by(|a, b| a >= b), "{largest}");
    let checked = run("sha256sum.sh");
    assert_eq!(
        checked
            .lines()
            .filter(|line| line.ends_with(": OK"))
            .count(),
        12
    );
    assert_eq!(run("exit-codes.sh"), "work\t0\t0\n");
    assert_eq!(run("subjects.sh"), "");
    mailbox.model.maildrop().add(&small(1, 99)[0]);
    assert_eq!(run("subjects.sh").lines().count(), 1);
}

#[test]
fn a_message_goes_into_a_file_as_it_is() {
    let mailbox = work(2);
    mailbox.sandbox.shell(&recipe("show-raw.sh")).run_to(0);
    let shown = fs::read(mailbox.sandbox.path("message.eml")).expect("a file");
    assert_eq!(shown, small(2, 1)[1].stored);
}

#[test]
fn a_backup_is_fetched_and_proved() {
    let mailbox = work(3);
    let output = mailbox.sandbox.shell(&recipe("backup.sh")).run_to(0);
    assert_eq!(
        output.to_string(),
        "3 stored, 3 intact, 0 missing, 0 altered, 0 on the server but not here\n"
    );
}

#[test]
fn mail_is_taken_out_and_put_back() {
    let mailbox = work(3);
    mailbox.fetch().run_to(0);
    mailbox.sandbox.shell(&recipe("restore.sh")).run_to(0);
    let restored = Kind::Maildir.read(&mailbox.sandbox.path("Restored"));
    assert_eq!(restored, mailbox.stored());
}

/// By its subject: found, and taken out.
#[test]
fn a_message_of_an_archive_is_found_and_taken_out() {
    let lines = recipe("find.sh");
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(readme).expect("the README");
    assert!(readme.contains(&lines), "it is in the README, too");
    let (find, take) = lines.trim_end().split_once('\n').expect("two lines");
    let mut mails = small(3, 1);
    mails.push(Mail::new("Subject: Your Invoice\r\n\r\nPay.\r\n"));
    let mailbox = Mailbox::with(&mails).kept_in(Kind::Archive);
    let home = mailbox.sandbox.path("home");
    fs::create_dir(home.join("Mail")).expect("folder");
    let archive = home.join("archive");
    let fetch = mailbox.command("fetch").arg("--archive").arg(&archive);
    fetch.run_to(0);
    let found = mailbox.sandbox.shell(find).run_to(0).stdout_text();
    assert_eq!(found.lines().count(), 1, "{found}");
    let (_, rest) = take.split_once(".eml").expect("a file");
    let take = format!("retr restore {}{rest}", found.trim_end());
    mailbox.sandbox.shell(&take).run_to(0);
    let restored = Kind::Maildir.read(&home.join("Mail/found"));
    assert_eq!(restored, [mails[3].stored.clone()]);
}

/// The lines of the README, on repositories of their own; what comes back is
/// proved by the manifest, and a second back-up has nothing new but that.
#[test]
fn an_archive_is_backed_up_by_restic_and_borg() {
    if !has("restic") || !has("borg") {
        return;
    }
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(readme).expect("the README");
    let part = readme.split("## Backing up").nth(1).expect("a part");
    let mut blocks = part.split("```sh\n").skip(1);
    let mut block = || {
        blocks
            .next()
            .expect("a block")
            .split("```")
            .next()
            .expect("its end")
    };
    let (back_up, prove) = (block(), block());
    let mailbox = work(5);
    let of_work = "accounts.work";
    let mut config =
        fs::read_to_string(mailbox.sandbox.path("config/retr/config.toml")).expect("a config file");
    // As the README has it, but for the mailbox.
    let (_, keys) = part.split_once("archive = ").expect("its keys");
    let (keys, _) = keys.split_once("```").expect("their end");
    let backup = config.replace(of_work, "accounts.backup");
    let backup = backup.split("maildir = ").next().expect("the mailbox");
    config.push_str(&format!("{backup}archive = {keys}"));
    mailbox.sandbox.config(&config);
    let shell = |script: &str| {
        let at = |name: &str| mailbox.sandbox.path(name);
        let program = mailbox.sandbox.shell(&format!("set -e\n{script}"));
        let program = program.env("XDG_STATE_HOME", at("home/.local/state"));
        let program = program.env("RESTIC_REPOSITORY", at("restic"));
        let program = program.env("RESTIC_PASSWORD", "secret");
        let program = program.env("BORG_REPO", at("borg"));
        program.env("BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK", "yes")
    };
    shell("restic init && borg init --encryption none").run_to(0);
    shell(back_up).run_to(0);
    let again = "restic backup --json ~/archive | tail -n 1";
    let summary = shell(again).run_to(0).stdout_text();
    assert!(
        summary.contains("\"files_new\":0,\"files_changed\":0,\"files_unmodified\":5"),
        "{summary}"
    );
    let home = mailbox.sandbox.path("home");
    let home = home.to_str().expect("text");
    let restic = format!("restic restore latest --path {home}/archive --target restic-copy");
    shell(&restic).run_to(0);
    shell("mkdir borg-copy; cd borg-copy; borg extract ::$(borg list --short)").run_to(0);
    for copy in ["restic-copy", "borg-copy"] {
        let copy = mailbox
            .sandbox
            .path(copy)
            .join(home.trim_start_matches('/'));
        assert_eq!(Kind::Archive.read(&copy.join("archive")).len(), 5);
        let copy = copy.join("archive");
        let prove = prove.replace("/mnt/copy/archive", copy.to_str().expect("text"));
        shell(&prove).run_to(0);
    }
}

/// A script with the short `PATH` that cron gives it; the program is where
/// cargo installs it.
fn installed(mailbox: &Mailbox, script: &str) -> Program {
    let folder = mailbox.sandbox.path("home/.cargo/bin");
    if fs::create_dir_all(&folder).is_ok() {
        let program = env!("CARGO_BIN_EXE_retr");
        let _ = std::os::unix::fs::symlink(program, folder.join("retr"));
    }
    let shell = mailbox.sandbox.shell(script);
    shell.env("PATH", "/usr/bin:/bin")
}

/// What cron runs of a line: all behind the five fields.
fn command_of(line: &str) -> String {
    line.splitn(6, ' ').nth(5).expect("a command").to_owned()
}

#[test]
fn cron_mails_only_what_is_worth_it() {
    let mailbox = work(2);
    let run = |name: &str| installed(&mailbox, &command_of(&recipe(name)));
    fs::create_dir_all(mailbox.sandbox.path("home/.local/state/retr")).expect("folder");
    for name in ["crontab", "crontab-healthcheck"] {
        assert_eq!(run(name).run_to(0).to_string(), "", "{name}");
    }
    let stamp = mailbox.sandbox.path("home/.local/state/retr/last-success");
    fs::remove_file(&stamp).expect("it was touched");
    mailbox
        .model
        .on_command(|_| Act::say("-ERR [SYS/TEMP] later"));
    assert!(
        run("crontab")
            .run_to(75)
            .stderr_text()
            .starts_with("retr: error: work: ")
    );
    run("crontab-healthcheck").run_to(75);
    assert!(!stamp.exists());
}

#[test]
fn the_patient_script_is_silent_about_what_passes_only() {
    let mailbox = work(20);
    let run = || {
        let output = installed(&mailbox, &recipe("patient.sh")).run_to(0);
        assert!(output.stderr.is_empty(), "{output}");
        output.stdout_text()
    };
    assert_eq!(run(), "");
    mailbox
        .model
        .on_command(|_| Act::say("-ERR [SYS/TEMP] later"));
    assert_eq!(run(), "");
    mailbox.model.behave();
    // Only the user can settle this, though it ends with 75.
    mailbox.model.maildrop().renumber();
    let told = run();
    assert!(told.contains("ids were reset"), "{told}");
    assert!(told.contains("`retr state mark-seen work`"), "{told}");
    // A warning of a run that is well.
    mailbox.model.on_command(|line| match line.text.as_str() {
        "UIDL" => Act::say("+OK\r\nnonsense\r\n1 uid00000\r\n."),
        _ => Act::Serve,
    });
    let told = run();
    assert!(told.starts_with("retr: warning: work: "), "{told}");
    mailbox.sandbox.secret_file("password", "wrong");
    assert!(run().starts_with("retr: error: work: "));
}

/// What passes is not told, unless nothing else has come for a day.
#[test]
fn the_patient_script_tells_of_a_day_of_failures_once_a_day() {
    let mailbox = work(2);
    let run = || {
        let output = installed(&mailbox, &recipe("patient.sh")).run_to(0);
        output.stdout_text()
    };
    assert_eq!(run(), "");
    let failing = mailbox.ledger().with_file_name("failing");
    assert!(!failing.exists());
    mailbox
        .model
        .on_command(|_| Act::say("-ERR [SYS/TEMP] later"));
    assert_eq!(run(), "");
    // As if that had been a week ago.
    let text = fs::read_to_string(&failing).expect("it is noted");
    let since: u64 = text
        .rsplit('=')
        .next()
        .expect("a time")
        .trim()
        .parse()
        .expect("seconds");
    let body = format!("since={}\n", since - 7 * 86_400);
    let text = format!("{:08x}\n{body}", crc32fast::hash(body.as_bytes()));
    fs::write(&failing, text).expect("written");
    let told = run();
    assert!(told.contains("retr: warning: work: since 20"), "{told}");
    assert!(told.contains("retr: error: work: "), "{told}");
    assert_eq!(run(), "");
    mailbox.model.behave();
    assert_eq!(run(), "");
    assert!(!failing.exists());
}

/// Users with a server each, and one config file of them all.
struct Fleet {
    sandbox: Sandbox,
    models: Vec<Model>,
}

const USERS: [&str; 6] = ["ann", "bob", "cy", "dee", "eve", "flo"];

impl Fleet {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        sandbox.secret_file("password", Setup::default().secret);
        fs::create_dir(sandbox.path("Mail")).expect("folder");
        let mut config = format!(
            "[defaults]\ntls = \"none\"\npassword_file = \"{}\"\n",
            sandbox.path("password").display()
        );
        let models: Vec<Model> = USERS
            .iter()
            .map(|user| {
                let setup = Setup {
                    user,
                    ..Setup::default()
                };
                Model::start(setup).holding(&small(2, 1))
            })
            .collect();
        for (user, model) in USERS.iter().zip(&models) {
            config.push_str(&format!(
                "[accounts.{user}]\nhost = \"127.0.0.1\"\nport = {}\nuser = \"{user}\"\nmaildir = \"{}/{user}\"\n",
                model.port(),
                sandbox.path("Mail").display()
            ));
        }
        sandbox.config(&config);
        Self { sandbox, models }
    }

    /// Fails unless each account was fetched, by one process.
    fn assert_fetched_once(&self) {
        for (user, model) in USERS.iter().zip(&self.models) {
            let maildir = self.sandbox.path(&format!("Mail/{user}"));
            assert_eq!(Kind::Maildir.read(&maildir).len(), 2, "{user}");
            assert_eq!(model.session_count(), 1, "{user}");
        }
    }
}

#[test]
fn xargs_shares_the_accounts_out() {
    let fleet = Fleet::new();
    fleet.sandbox.shell(&recipe("xargs.sh")).run_to(0);
    fleet.assert_fetched_once();
}

#[test]
fn parallel_shares_the_accounts_out() {
    if !has("parallel") {
        return;
    }
    let fleet = Fleet::new();
    fleet.sandbox.shell(&recipe("parallel.sh")).run_to(0);
    fleet.assert_fetched_once();
}

#[test]
fn a_slurm_array_shares_the_accounts_out() {
    let fleet = Fleet::new();
    let script = recipe("slurm.sh");
    for task in 0..8 {
        fleet
            .sandbox
            .shell(&script)
            .env("SLURM_ARRAY_TASK_ID", task.to_string())
            .env("SLURM_ARRAY_TASK_COUNT", "8")
            .run_to(0);
    }
    fleet.assert_fetched_once();
}

#[test]
fn an_indexed_job_shares_the_accounts_out() {
    let fleet = Fleet::new();
    let job = recipe("job.yaml");
    let command = job.split("command: [sh, -c, '").nth(1).expect("a command");
    let command = command.split("']").next().expect("its end");
    assert!(job.contains("completions: 8\n"));
    for index in 0..8 {
        fleet
            .sandbox
            .shell(command)
            .env("JOB_COMPLETION_INDEX", index.to_string())
            .run_to(0);
    }
    fleet.assert_fetched_once();
}

#[test]
fn the_units_are_right() {
    if !has("systemd-analyze") {
        return;
    }
    let sandbox = Sandbox::new();
    let mut paths: Vec<PathBuf> = Vec::new();
    for name in ["retr@.service", "retr@.timer"] {
        let path = sandbox.path(name);
        // It looks for the program.
        let unit = recipe(name).replace("/usr/bin/retr", env!("CARGO_BIN_EXE_retr"));
        fs::write(&path, unit).expect("written");
        paths.push(path);
    }
    let words: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let script = format!("systemd-analyze verify --man=no {}", words.join(" "));
    assert_eq!(sandbox.shell(&script).run_to(0).to_string(), "");
}

/// What the recipes take for granted: a folder for mail, and the programs that
/// print passwords, in the folder that is the answer.
fn furnish(sandbox: &Sandbox) -> PathBuf {
    let folder = sandbox.path("programs");
    fs::create_dir(sandbox.path("home/Mail")).expect("folder");
    fs::create_dir(&folder).expect("folder");
    for name in ["pass", "oama", "pizauth"] {
        std::os::unix::fs::symlink("/bin/true", folder.join(name)).expect("a link");
    }
    folder
}

#[test]
fn the_config_files_are_right() {
    for name in ["config.toml", "oauth2.toml"] {
        let sandbox = Sandbox::new();
        sandbox.config(&recipe(name));
        let check = sandbox.retr(["config", "check"]);
        let output = check.env("PATH", furnish(&sandbox)).run_to(0);
        assert!(output.stdout_text().ends_with(", all well\n"), "{output}");
    }
}

#[test]
fn an_account_with_oauth2_is_right_but_for_the_sign_in() {
    let sandbox = Sandbox::new();
    sandbox.config(&recipe("microsoft.toml"));
    fs::create_dir(sandbox.path("home/Mail")).expect("folder");
    let output = sandbox.retr(["config", "check"]).run_to(77);
    let text = output.stderr_text();
    assert!(text.contains("oauth2: no token is stored"), "{output}");
    assert!(
        text.contains("hint: `retr oauth login outlook` signs in"),
        "{output}"
    );
    assert_eq!(text.matches("error:").count(), 1, "{output}");
    let output = sandbox.retr(["config", "show"]).run_to(0);
    assert!(
        output
            .stdout_text()
            .contains("oauth2.tenant = \"consumers\"\n"),
        "{output}"
    );
}

#[test]
fn what_config_prints_as_json_keeps_the_schema() {
    let sandbox = Sandbox::new();
    sandbox.config(&recipe("oauth2.toml"));
    let path = furnish(&sandbox);
    let mpoprc = sandbox.path("mpoprc");
    fs::write(&mpoprc, "account a\nhost h\nuser u\n").expect("written");
    let import = format!("import --from mpop {}", mpoprc.display());
    for (words, events) in [
        ("check", 1),
        ("show", 2),
        ("path", 1),
        ("accounts", 2),
        (&import, 1),
    ] {
        let output = sandbox
            .retr(["config"])
            .args(words.split(' '))
            .args(["--json"])
            .env("PATH", &path);
        let output = output.run_to(0);
        assert_eq!(output.events_of("config").len(), events, "{output}");
        assert_eq!(output.event("summary")["exit"], 0, "{output}");
    }
}

#[test]
fn moving_here_takes_four_commands() {
    let mailbox = Mailbox::with(&small(5, 1));
    let rows = mailbox.fetch_json().args(["--dry-run"]).run_to(0);
    let mut uids: Vec<String> = rows
        .events_of("planned")
        .iter()
        .map(|row| row["uid"].as_str().expect("a uid").to_owned())
        .collect();
    let new = uids.pop().expect("one");
    uids.sort();
    let home = mailbox.sandbox.path("home");
    fs::create_dir(home.join(".mpop_uidls")).expect("folder");
    fs::write(
        home.join(".mpop_uidls/alice_at_pop.example.com"),
        format!(
            "# mpop\n {} 127.0.0.1 alice\n{}\n",
            uids.len(),
            uids.join("\n")
        ),
    )
    .expect("written");
    fs::write(
        home.join(".mpoprc"),
        format!(
            "account work\nhost 127.0.0.1\nport {}\nuser alice\ntls off\nkeep on\n\
             passwordeval cat {}\ndelivery maildir {}\n",
            mailbox.model.port(),
            mailbox.sandbox.path("password").display(),
            mailbox.store().display()
        ),
    )
    .expect("written");
    // The usual places, as a newcomer has them.
    let script = format!(
        "unset XDG_CONFIG_HOME XDG_STATE_HOME\nset -e\n{}",
        recipe("switch.sh")
    );
    let output = mailbox.sandbox.shell(&script).run_to(0).stdout_text();
    let planned: Vec<&str> = output
        .lines()
        .filter(|line| line.contains(" fetch "))
        .collect();
    assert_eq!(planned.len(), 1, "{output}");
    assert!(planned[0].contains(&new), "{output}");
}
