//! The recipes of the man page, word for word. Where one needs a
//! program that is not installed, a line says so.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::support::env::{Program, Sandbox};
use crate::support::mail::{Mail, small};
use crate::support::mailbox::Mailbox;
use crate::support::model::{Act, Model, Setup};
use crate::support::needs::needs;
use crate::support::store::Kind;

fn recipe(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/generate/recipes");
    fs::read_to_string(folder.join(name)).expect(name)
}

/// The mailbox as the account `work` of the config file.
fn work(mails: usize) -> Mailbox {
    let mailbox = Mailbox::with(&small(mails, 1));
    mailbox.configure("work", "");
    mailbox
}

#[test]
fn jq_reads_what_is_written() {
    needs!("jq");
    let mailbox = work(12);
    let run = |name: &str| -> Vec<String> {
        let output = mailbox.shell(&recipe(name)).run_to(0);
        assert!(output.stderr.is_empty(), "{name}: {output}");
        output.stdout_text().lines().map(str::to_owned).collect()
    };
    let senders = run("new-senders.sh");
    assert_eq!(senders.len(), 12);
    let has_three = |line: &String| line.split('\t').count() == 3;
    assert!(senders.iter().all(has_three), "{senders:?}");
    let largest = run("largest.sh");
    let size = |line: &String| line.split('\t').nth(1).and_then(|size| size.parse().ok());
    let sizes: Vec<u64> = largest.iter().filter_map(size).collect();
    assert_eq!(sizes.len(), 10);
    assert!(sizes.is_sorted_by(|a, b| a >= b), "{largest:?}");
    let checked = run("sha256sum.sh").into_iter();
    assert_eq!(checked.filter(|line| line.ends_with(": OK")).count(), 12);
    assert_eq!(run("exit-codes.sh"), ["work\t0\t0"]);
    assert_eq!(run("subjects.sh"), [""; 0]);
    mailbox.model.maildrop().add(&small(1, 99)[0]);
    assert_eq!(run("subjects.sh").len(), 1);
}

#[test]
fn mail_goes_into_a_file_is_proved_taken_out_and_put_back() {
    let mailbox = work(3);
    let run = |name: &str| mailbox.shell(&recipe(name)).run_to(0);
    run("show-raw.sh");
    let shown = mailbox.read("message.eml");
    assert_eq!(shown.as_bytes(), small(3, 1)[2].stored);
    let told = "3 stored, 3 intact, 0 missing, 0 altered, 0 on the server but not here\n";
    assert_eq!(run("backup.sh").to_string(), told);
    run("restore.sh");
    let restored = Kind::Maildir.read(&mailbox.path("Restored"));
    assert_eq!((restored.len(), restored), (3, mailbox.stored()));
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
    needs!("restic", "borg");
    let readme = include_str!("../../README.md");
    let (_, part) = readme.split_once("## Backing up").expect("a part");
    let mut blocks = part.split("```sh\n").skip(1);
    let mut block = || blocks.next().and_then(|block| block.split("```").next()).expect("a block");
    let (back_up, prove) = (block(), block());
    let mailbox = work(5);
    let sandbox = &mailbox.sandbox;
    // As the README has it, but for the mailbox.
    let (_, keys) = part.split_once("archive = ").expect("its keys");
    let (keys, _) = keys.split_once("```").expect("their end");
    let keys = format!("archive = {keys}");
    let backup = mailbox.account("backup", "").replace("maildir = '$S/Mail'\n", &keys);
    sandbox.config(&(mailbox.account("work", "") + &backup));
    let shell = |script: &str| {
        let program = sandbox.shell(&format!("set -e\n{script}"));
        let program = program.env("XDG_STATE_HOME", sandbox.path("home/.local/state"));
        let program = program.env("RESTIC_REPOSITORY", sandbox.path("restic"));
        let program = program.env("RESTIC_PASSWORD", "secret");
        let program = program.env("BORG_REPO", sandbox.path("borg"));
        program.env("BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK", "yes").run_to(0)
    };
    shell("restic init && borg init --encryption none");
    shell(back_up);
    let again = shell("restic backup --json ~/archive | tail -n 1");
    again.shows("\"files_new\":0,\"files_changed\":0,\"files_unmodified\":5");
    let home = sandbox.path("home");
    let home = home.to_str().expect("text");
    shell(&format!("restic restore latest --path {home}/archive --target restic-copy"));
    shell("mkdir borg-copy; cd borg-copy; borg extract ::$(borg list --short)");
    for copy in ["restic-copy", "borg-copy"] {
        let copy = sandbox.path(copy).join(home.trim_start_matches('/'));
        let copy = copy.join("archive");
        assert_eq!(Kind::Archive.read(&copy).len(), 5);
        shell(&prove.replace("/mnt/copy/archive", copy.to_str().expect("text")));
    }
}

/// A script with the short `PATH` that cron gives it; the program is where
/// cargo installs it.
fn installed(mailbox: &Mailbox, script: &str) -> Program {
    let folder = mailbox.path("home/.cargo/bin");
    if fs::create_dir_all(&folder).is_ok() {
        let _ = symlink(env!("CARGO_BIN_EXE_retr"), folder.join("retr"));
    }
    let shell = mailbox.shell(script);
    shell.env("PATH", "/usr/bin:/bin")
}

/// The server refuses everything, for now.
fn refuse(mailbox: &Mailbox) {
    let later = |_: &_| Act::say("-ERR [SYS/TEMP] later");
    mailbox.model.on_command(later);
}

#[test]
fn cron_mails_only_what_is_worth_it() {
    let mailbox = work(2);
    let run = |name: &str| {
        // What cron runs of a line: all behind the five fields.
        let line = recipe(name);
        installed(&mailbox, line.splitn(6, ' ').nth(5).expect("a command"))
    };
    fs::create_dir_all(mailbox.path("home/.local/state/retr")).expect("folder");
    for name in ["crontab", "crontab-healthcheck"] {
        assert_eq!(run(name).run_to(0).to_string(), "", "{name}");
    }
    let stamp = mailbox.path("home/.local/state/retr/last-success");
    fs::remove_file(&stamp).expect("it was touched");
    refuse(&mailbox);
    let told = run("crontab").run_to(75).stderr_text();
    assert!(told.starts_with("retr: error: work: "), "{told}");
    run("crontab-healthcheck").run_to(75);
    assert!(!stamp.exists());
}

/// What the patient script says.
fn patient(mailbox: &Mailbox) -> String {
    let output = installed(mailbox, &recipe("patient.sh")).run_to(0);
    assert!(output.stderr.is_empty(), "{output}");
    output.stdout_text()
}

#[test]
fn the_patient_script_is_silent_about_what_passes_only() {
    let mailbox = work(20);
    assert_eq!(patient(&mailbox), "");
    refuse(&mailbox);
    assert_eq!(patient(&mailbox), "");
    mailbox.model.behave();
    // Only the user can settle this, though it ends with 75.
    mailbox.model.maildrop().renumber();
    let told = patient(&mailbox);
    assert!(told.contains("ids were reset"), "{told}");
    assert!(told.contains("`retr state mark-seen work`"), "{told}");
    // A warning of a run that is well.
    let odd = "+OK\r\nnonsense\r\n1 uid00000\r\n.";
    mailbox.model.answer("UIDL", odd);
    let told = patient(&mailbox);
    assert!(told.starts_with("retr: warning: work: "), "{told}");
    mailbox.secret_file("password", "wrong");
    let told = patient(&mailbox);
    assert!(told.starts_with("retr: error: work: "), "{told}");
}

/// What passes is not told, unless nothing else has come for a day.
#[test]
fn the_patient_script_tells_of_a_day_of_failures_once_a_day() {
    let mailbox = work(2);
    assert_eq!(patient(&mailbox), "");
    let failing = mailbox.ledger().with_file_name("failing");
    assert!(!failing.exists());
    refuse(&mailbox);
    assert_eq!(patient(&mailbox), "");
    // As if that had been a week ago.
    let text = fs::read_to_string(&failing).expect("it is noted");
    let (_, since) = text.trim().rsplit_once('=').expect("a time");
    let since: u64 = since.parse().expect("seconds");
    let body = format!("since={}\n", since - 7 * 86_400);
    let text = format!("{:08x}\n{body}", crc32fast::hash(body.as_bytes()));
    fs::write(&failing, text).expect("written");
    let told = patient(&mailbox);
    assert!(told.contains("retr: warning: work: since 20"), "{told}");
    assert!(told.contains("retr: error: work: "), "{told}");
    assert_eq!(patient(&mailbox), "");
    mailbox.model.behave();
    assert_eq!(patient(&mailbox), "");
    assert!(!failing.exists());
}

const USERS: [&str; 6] = ["ann", "bob", "cy", "dee", "eve", "flo"];

/// Users with a server each, and one config file of them all: whoever shares
/// the accounts out has each fetched once, by one process.
#[track_caller]
fn assert_shares_out(run: impl Fn(&Sandbox)) {
    let sandbox = Sandbox::new();
    sandbox.secret_file("password", Setup::default().secret);
    fs::create_dir(sandbox.path("Mail")).expect("folder");
    let mut config = "[defaults]\npassword_file = '$S/password'\n".to_owned();
    let models = USERS.map(|user| {
        let model = Model::start(Setup::default().user(user)).holding(&small(2, 1));
        let url = format!("url = 'pop3://{user}@127.0.0.1:{}'", model.port());
        config += &format!("[accounts.{user}]\n{url}\ntls = 'none'\nmaildir = '$S/Mail/{user}'\n");
        model
    });
    sandbox.config(&config);
    run(&sandbox);
    for (user, model) in USERS.iter().zip(&models) {
        let maildir = sandbox.path(&format!("Mail/{user}"));
        assert_eq!(Kind::Maildir.read(&maildir).len(), 2, "{user}");
        assert_eq!(model.session_count(), 1, "{user}");
    }
}

#[test]
fn xargs_shares_the_accounts_out() {
    assert_shares_out(|sandbox| drop(sandbox.shell(&recipe("xargs.sh")).run_to(0)));
}

#[test]
fn parallel_shares_the_accounts_out() {
    needs!("parallel");
    assert_shares_out(|sandbox| drop(sandbox.shell(&recipe("parallel.sh")).run_to(0)));
}

#[test]
fn a_slurm_array_and_an_indexed_job_share_the_accounts_out() {
    let job = recipe("job.yaml");
    let command = job.split("command: [sh, -c, '").nth(1);
    let command = command.and_then(|rest| rest.split("']").next());
    assert!(job.contains("completions: 8\n"));
    for (script, variable) in [
        (&*recipe("slurm.sh"), "SLURM_ARRAY_TASK_ID"),
        (command.expect("a command"), "JOB_COMPLETION_INDEX"),
    ] {
        assert_shares_out(|sandbox| {
            for task in 0..8 {
                let shell = sandbox.shell(script).env(variable, task.to_string());
                shell.env("SLURM_ARRAY_TASK_COUNT", "8").run_to(0);
            }
        });
    }
}

#[test]
fn the_units_are_right() {
    needs!("systemd-analyze");
    let sandbox = Sandbox::new();
    for name in ["retr@.service", "retr@.timer"] {
        // It looks for the program.
        let unit = recipe(name).replace("/usr/bin/retr", env!("CARGO_BIN_EXE_retr"));
        sandbox.write(name, unit);
    }
    let script = "systemd-analyze verify --man=no ./retr@.service ./retr@.timer";
    assert_eq!(sandbox.shell(script).run_to(0).to_string(), "");
}

/// What the recipes take for granted: a folder for mail, and the programs that
/// print passwords, in the folder that is the answer.
fn furnish(sandbox: &Sandbox) -> PathBuf {
    let folder = sandbox.path("programs");
    fs::create_dir(sandbox.path("home/Mail")).expect("folder");
    fs::create_dir(&folder).expect("folder");
    for name in ["pass", "oama", "pizauth"] {
        symlink("/bin/true", folder.join(name)).expect("a link");
    }
    folder
}

#[test]
fn the_config_files_are_right() {
    for name in ["config.toml", "oauth2.toml"] {
        let sandbox = Sandbox::new();
        sandbox.config(&recipe(name));
        let check = sandbox.typed("config check").env("PATH", furnish(&sandbox));
        let told = check.run_to(0).stdout_text();
        assert!(told.ends_with(", all well\n"), "{told}");
    }
}

#[test]
fn an_account_with_oauth2_is_right_but_for_the_sign_in() {
    let sandbox = Sandbox::new();
    sandbox.config(&recipe("microsoft.toml"));
    fs::create_dir(sandbox.path("home/Mail")).expect("folder");
    let check = sandbox.typed("config check");
    let output = check.tells(77, "oauth2: no token is stored");
    output.says("hint: `retr oauth login outlook` signs in");
    assert_eq!(output.stderr_text().matches("error:").count(), 1);
    let output = sandbox.typed("config show").run_to(0);
    output.shows("oauth2.tenant = \"consumers\"\n");
}

#[test]
fn what_config_prints_as_json_keeps_the_schema() {
    let sandbox = Sandbox::new();
    sandbox.config(&recipe("oauth2.toml"));
    let path = furnish(&sandbox);
    sandbox.write("mpoprc", "account a\nhost h\nuser u\n");
    for (words, events) in
        [("check", 1), ("show", 2), ("path", 1), ("accounts", 2), ("import --from mpop mpoprc", 1)]
    {
        let config = sandbox.typed(&format!("config {words} --json"));
        let output = config.env("PATH", &path).run_to(0);
        assert_eq!(output.events_of("config").len(), events, "{output}");
        output.has("summary", serde_json::json!({"exit": 0}));
    }
}

#[test]
fn moving_here_takes_four_commands() {
    let mailbox = Mailbox::with(&small(5, 1));
    let sandbox = &mailbox.sandbox;
    // All but the last one.
    let uids = "uid00000\nuid00001\nuid00002\nuid00003";
    let seen = format!("# mpop\n 4 127.0.0.1 alice\n{uids}\n");
    sandbox.write("home/.mpop_uidls/alice_at_pop.example.com", seen);
    let mpoprc = format!(
        "account work\nhost 127.0.0.1\nport {}\nuser alice\ntls off\nkeep on\n\
         passwordeval cat {}\ndelivery maildir {}\n",
        mailbox.model.port(),
        sandbox.path("password").display(),
        mailbox.store().display()
    );
    sandbox.write("home/.mpoprc", mpoprc);
    // The usual places, as a newcomer has them.
    let script = recipe("switch.sh");
    let script = format!("unset XDG_CONFIG_HOME XDG_STATE_HOME\nset -e\n{script}");
    let output = sandbox.shell(&script).run_to(0).stdout_text();
    let planned: Vec<&str> = output.lines().filter(|line| line.contains(" fetch ")).collect();
    assert_eq!(planned.len(), 1, "{output}");
    assert!(planned[0].contains("uid00004"), "{output}");
}
