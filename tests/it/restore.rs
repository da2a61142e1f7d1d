//! `restore` to a command and to an LMTP server: the codes of handing on, and
//! nothing twice but what is in doubt.

use std::fs;

use crate::support::agent::{Agent, AgentKind};
use crate::support::env::{Program, Sandbox};
use crate::support::mail::{Mail, small};

/// A sandbox with a folder of messages to restore from.
fn sandbox(mails: &[Mail]) -> Sandbox {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("source")).expect("made");
    for (at, mail) in mails.iter().enumerate() {
        let path = sandbox.path(&format!("source/{at}.eml"));
        fs::write(path, &mail.stored).expect("written");
    }
    sandbox
}

fn restore(sandbox: &Sandbox) -> Program {
    sandbox.retr(["restore", "source", "--json"])
}

#[test]
fn what_is_handed_on_is_known_and_not_handed_on_again() {
    let mails = small(4, 1);
    for kind in AgentKind::BOTH {
        let sandbox = sandbox(&mails);
        let agent = Agent::new(kind, sandbox.root());
        sandbox.config("[defaults]\nid_header = true\n");
        let run = || restore(&sandbox).args(&agent.options()[..4]).run_to(0);
        let output = run();
        assert_eq!(output.events_of("message").len(), 4);
        assert_eq!(agent.taken(&mails), [1; 4]);
        let summary = run().event("summary");
        assert_eq!(
            (&summary["stored"], &summary["skipped"]),
            (&0.into(), &4.into())
        );
        assert_eq!(agent.taken(&mails), [1; 4]);
    }
}

#[test]
fn what_is_deferred_or_refused_has_its_exit_code() {
    for (script, code, failed, disposition) in [
        ("cat >/dev/null; exit 75", 75, 3, "deferred"),
        ("cat >/dev/null; exit 69", 75, 3, "deferred"),
        ("exit 0", 75, 3, "deferred"),
        ("cat >/dev/null; exit 78", 76, 5, "refused"),
        ("grep -q -- 1-3 && exit 75; exit 0", 75, 1, "deferred"),
        ("grep -q -- 1-3 && exit 67; exit 0", 76, 1, "refused"),
    ] {
        let sandbox = sandbox(&small(5, 1));
        let agent = sandbox.program("agent", format!("#!/bin/sh\n{script}\n"));
        let output = restore(&sandbox).arg("--mda").arg(agent).run_to(code);
        let events = output.events_of("failed");
        assert_eq!(events.len(), failed, "{script}: {output}");
        let is_so = |event: &serde_json::Value| event["disposition"] == disposition;
        assert!(events.iter().all(is_so), "{script}: {output}");
        assert_eq!(output.event("summary")["failed"], failed, "{script}");
        assert_eq!(output.event("error")["code"], code, "{script}");
        // Then it takes them, each once.
        sandbox.program("agent", "#!/bin/sh\ncat >>got\n");
        let agent = sandbox.path("agent");
        restore(&sandbox).arg("--mda").arg(agent).run_to(0);
    }
}

#[test]
fn mistakes_are_told_before_anything_is_handed_on() {
    let sandbox = sandbox(&small(1, 1));
    let socket = sandbox.path("lmtp").display().to_string();
    for (options, code) in [
        (&["--mda", "no-such-agent -x"][..], 73),
        (&["--mda", "a 'b"], 64),
        (&["--mda", "cat {recipient}"], 78),
        (&["--lmtp", &socket], 78),
        (&["--lmtp", &socket, "--recipient", "alice"], 75),
    ] {
        let output = restore(&sandbox).args(options).run_to(code);
        assert_eq!(output.events_of("failed").len(), 0, "{output}");
    }
}

#[test]
fn what_is_in_doubt_is_handed_on_again_or_held() {
    let mails = small(3, 1);
    for (in_doubt, code) in [("again", 0), ("hold", 76)] {
        let sandbox = sandbox(&mails);
        sandbox.config(&format!("[defaults]\nin_doubt = '{in_doubt}'\n"));
        let script = "#!/bin/sh\ncat >>got\nmkdir killed 2>/dev/null && kill -9 $PPID\nexit 0\n";
        let agent = sandbox.program("agent", script);
        let run = || restore(&sandbox).arg("--mda").arg(&agent);
        assert_eq!(run().run().signal(), Some(9));
        let rehearsed = run().args(["--dry-run"]).run_to(code).event("summary");
        assert_eq!(rehearsed["new"], if in_doubt == "hold" { 2 } else { 3 });
        let output = run().run_to(code);
        let told = match in_doubt {
            "hold" => output.events_of("failed"),
            _ => output.events_of("warning"),
        };
        assert_eq!(told.len(), 1, "{output}");
        assert!(told[0].to_string().contains("handed on"), "{output}");
        let got = fs::read_to_string(sandbox.path("got")).expect("taken");
        let expected = if in_doubt == "hold" { 3 } else { 4 };
        assert_eq!(got.matches("Subject: ").count(), expected, "{output}");
        let summary = run().run_to(code).event("summary");
        assert_eq!(summary["stored"], 0);
    }
}
