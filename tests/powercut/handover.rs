//! The power goes while messages are handed on. What took them keeps them; the
//! state is on the volume.

use super::support::agent::{Agent, AgentKind, told_of};
use super::support::env::Sandbox;
use super::support::mail::small;
use super::support::mailbox::Mailbox;
use super::support::model::Setup;
use super::volume::Volume;
use super::{MOMENTS, Moment, Trying, say};

/// When the power goes, besides.
const TAKEN: [Moment; 2] = [Moment::Taken(1), Moment::Taken(4)];

/// One case: who is handed what, and when the power goes.
#[derive(Clone, Copy, Debug)]
struct Case {
    kind: AgentKind,
    in_doubt: &'static str,
    moment: Moment,
    pipelining: bool,
}

/// Cuts the power in every case.
pub(crate) fn cut_everywhere(file_system: &str) {
    let mut volume = Volume::new(file_system);
    let (mut cases, mut doubts) = (0, 0);
    for kind in AgentKind::BOTH {
        for in_doubt in ["again", "hold"] {
            for moment in MOMENTS.into_iter().chain(TAKEN) {
                for pipelining in [true, false] {
                    cases += 1;
                    let case = Case { kind, in_doubt, moment, pipelining };
                    doubts += survives(&mut volume, cases, case);
                }
            }
        }
    }
    say(&format!(
        "{file_system}, handing on: {cases} power cuts, 0 lost, {doubts} in doubt, each told"
    ));
    assert!(doubts > 0, "nothing was tried");
}

/// Hands on and deletes, with a power cut; then again what is left. Returns how
/// many messages were in doubt.
fn survives(volume: &mut Volume, number: usize, case: Case) -> usize {
    let _trying = Trying(&case);
    let mails = small(7, number as u64);
    let setup = Setup::default().pipelining(case.pipelining);
    let mailbox = Mailbox::within(Sandbox::new(), setup, &mails);
    let state = volume.root().join(format!("handing-on-{number}"));
    std::fs::create_dir(&state).expect("a folder");
    volume.restart();

    let switch = volume.switch();
    let agent = Agent::new(case.kind, mailbox.root());
    let mut options = agent.options();
    if let Moment::Taken(at) = case.moment {
        match &agent {
            Agent::Server(server) => {
                let (switch, mut taken) = (switch.clone(), 0);
                server.on_line(move |line| {
                    taken += usize::from(line == ".");
                    if taken == at && line == "." {
                        switch.off();
                    }
                    None
                });
            }
            Agent::Command(_) => {
                // Once only.
                let script = format!(
                    "#!/bin/sh\n\"$@\" >/dev/null\n\
                     test $RETR_UID != uid{:05} || ! mkdir cut 2>/dev/null || {}\n",
                    at - 1,
                    switch.command()
                );
                let program = mailbox.program("cutting", script);
                options[1] = format!("{} {}", program.display(), options[1]);
            }
        }
    }
    super::cut_at(&mailbox.model, case.moment, &switch);
    let fetch = || {
        let fetch = mailbox.command("fetch").args(&options);
        let fetch = fetch.args(["--delete", "--json", "--in-doubt", case.in_doubt]);
        fetch.arg("--state-dir").arg(&state).run()
    };
    let output = fetch();
    assert!(output.signal().is_none(), "{output}");
    let before = agent.taken(&mails);
    assert!(before.iter().all(|count| *count <= 1), "{before:?}");
    if case.moment == Moment::AtTheEnd {
        assert_eq!(output.code(), Some(0), "{output}");
        switch.off();
    }
    volume.restart();

    mailbox.model.behave();
    let first = output;
    let output = fetch();
    let after = agent.taken(&mails);
    let told = format!("{before:?} {after:?}\n{first}\n{output}");
    let held = told_of(&output, "failed", |_| true);
    let is_held = case.in_doubt == "hold";
    let code = if held.is_empty() { 0 } else { 76 };
    assert_eq!(output.code(), Some(code), "{told}");
    assert!(held.is_empty() || is_held, "{told}");
    let warnings = output.column("warning", "code");
    let is_warned = warnings.iter().any(|code| code == "in-doubt");
    for (place, count) in after.iter().enumerate() {
        assert!(*count > 0 || held.contains(&place), "lost {place}, {told}");
        let most = if is_warned && !is_held { 2 } else { 1 };
        assert!(*count <= most, "{place} too often, {told}");
    }
    assert_eq!(mailbox.model.left(), held.len(), "{told}");
    let again = after.iter().filter(|count| **count > 1).count();
    held.len() + again
}
