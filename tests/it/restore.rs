//! `restore` to a command and to an LMTP server: the codes of handing on, and
//! nothing twice but what is in doubt.

use serde_json::json;

use crate::support::agent::{Agent, AgentKind};
use crate::support::env::{Program, Sandbox};
use crate::support::mail::{Mail, small};

/// A sandbox with a folder of messages to restore from.
fn sandbox(mails: &[Mail]) -> Sandbox {
    let sandbox = Sandbox::new();
    for (at, mail) in mails.iter().enumerate() {
        sandbox.write(&format!("source/{at}.eml"), &mail.stored);
    }
    sandbox
}

fn restore(sandbox: &Sandbox) -> Program {
    sandbox.typed("restore source --json")
}

#[test]
fn what_is_handed_on_is_known_and_not_handed_on_again() {
    let mails = small(4, 1);
    for kind in AgentKind::BOTH {
        let sandbox = sandbox(&mails);
        let agent = Agent::new(kind, sandbox.root());
        sandbox.config("[defaults]\nid_header = true\n");
        for (stored, skipped) in [(4, 0), (0, 4)] {
            let output = restore(&sandbox).args(&agent.options()[..4]).run_to(0);
            assert_eq!(output.events_of("message").len(), stored);
            output.has("summary", json!({"stored": stored, "skipped": skipped}));
            assert_eq!(agent.taken(&mails), [1; 4]);
        }
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
        let run = |script: &str, code| {
            let agent = sandbox.program("agent", format!("#!/bin/sh\n{script}\n"));
            restore(&sandbox).arg("--mda").arg(agent).run_to(code)
        };
        let output = run(script, code);
        let dispositions = output.column("failed", "disposition");
        let expected = vec![disposition; failed];
        assert_eq!(dispositions, expected, "{script}: {output}");
        output.has("summary", json!({"failed": failed}));
        output.has("error", json!({"code": code}));
        // Then it takes them, each once.
        run("cat >>got", 0);
    }
}

#[test]
fn mistakes_are_told_before_anything_is_handed_on() {
    let sandbox = sandbox(&small(1, 1));
    for (options, code) in [
        ("--mda 'no-such-agent -x'", 73),
        ("--mda \"a 'b\"", 64),
        ("--mda 'cat {recipient}'", 78),
        ("--lmtp /nonexistent/lmtp", 78),
        ("--lmtp /nonexistent/lmtp --recipient alice", 75),
    ] {
        let restore = sandbox.typed(&format!("restore source --json {options}"));
        let output = restore.run_to(code);
        assert_eq!(output.events_of("failed").len(), 0, "{output}");
    }
}

#[test]
fn what_is_in_doubt_is_handed_on_again_or_held() {
    for (in_doubt, code, event, times) in [("again", 0, "warning", 4), ("hold", 76, "failed", 3)] {
        let sandbox = sandbox(&small(3, 1));
        sandbox.config(&format!("[defaults]\nin_doubt = '{in_doubt}'\n"));
        let script = "#!/bin/sh\ncat >>got\nmkdir killed 2>/dev/null && kill -9 $PPID\nexit 0\n";
        let agent = sandbox.program("agent", script);
        let run = || restore(&sandbox).arg("--mda").arg(&agent);
        assert_eq!(run().run().signal(), Some(9));
        let rehearsed = run().args(["--dry-run"]).run_to(code).event("summary");
        assert_eq!(rehearsed["new"], if in_doubt == "hold" { 2 } else { 3 });
        let output = run().run_to(code);
        let told = output.event(event).to_string();
        assert!(told.contains("handed on"), "{output}");
        let got = sandbox.read("got");
        assert_eq!(got.matches("Subject: ").count(), times, "{output}");
        run().run_to(code).has("summary", json!({"stored": 0}));
    }
}
