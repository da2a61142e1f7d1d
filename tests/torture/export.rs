//! `export` under strace.

use crate::Scene;
use crate::points::faults;
use crate::strace::{Injection, Times, What, started};
use crate::support::env::{Program, Sandbox};
use crate::support::mail::small;
use crate::support::mailbox::Mailbox;
use crate::support::model::Setup;
use crate::support::store::{Kind, assert_same};

/// To this form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Export(pub(crate) &'static str);

/// A mailbox that was fetched.
fn fetched() -> Mailbox {
    let setup = Setup::default().mechanisms(&[]);
    let mailbox = Mailbox::within(Sandbox::in_memory(), setup, &small(3, 1));
    mailbox.fetch().run_to(0);
    mailbox
}

impl Export {
    fn export(self, mailbox: &Mailbox, options: &[&str]) -> Program {
        let export = started(&mailbox.sandbox, options).arg("export");
        let export = export.arg(mailbox.url()).args(mailbox.target());
        export.args(["--to", self.0, "out"])
    }
}

/// Exports until it is killed: there is all of it or nothing, and the next run
/// makes the rest.
impl Scene for Export {
    fn faults(self, calls: &[&'static str], what: What, times: Times) -> Vec<Injection> {
        let mailbox = fetched();
        let run = |options: &[&str]| drop(self.export(&mailbox, options).run_to(0));
        faults(&mailbox.sandbox, calls, (what, times), false, run)
    }

    fn survives(self, injection: &Injection) -> bool {
        let mailbox = fetched();
        let [trace, inject] = injection.options();
        let export = self.export(&mailbox, &["/dev/null", &trace, &inject]);
        let stopped = export.run().signal() == Some(9);
        if !mailbox.path("out").exists() {
            self.export(&mailbox, &[]).run_to(0);
        }
        let restore = mailbox.typed("restore out --maildir Back");
        restore.run_to(0);
        let back = Kind::Maildir.read(&mailbox.path("Back"));
        assert_same(&back, &mailbox.stored());
        stopped
    }
}
