//! `restore` under strace.

use crate::Scene;
use crate::points::faults;
use crate::strace::{Injection, Times, What, started};
use crate::support::env::{Program, Sandbox};
use crate::support::mail::small;
use crate::support::store::{Kind, assert_same};

/// Into a target of this kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Restore(pub(crate) Kind);

/// A sandbox with an mbox to restore from, and what is in it.
fn sandbox() -> (Sandbox, Vec<Vec<u8>>) {
    let sandbox = Sandbox::in_memory();
    let mut mails: Vec<Vec<u8>> = small(3, 1).into_iter().map(|mail| mail.stored).collect();
    mails.push(mails[0].clone());
    // None of them has a line that would have to be quoted.
    let mut mbox = Vec::new();
    for mail in &mails {
        mbox.extend_from_slice(b"From a Thu Jan  1 00:00:00 1970\n");
        mbox.extend_from_slice(mail);
        mbox.push(b'\n');
    }
    sandbox.write("source", mbox);
    mails.sort();
    (sandbox, mails)
}

impl Restore {
    fn restore(self, sandbox: &Sandbox, options: &[&str]) -> Program {
        let restore = started(sandbox, options).args(["restore", "source"]);
        restore.args([self.0.option(), "Mail"])
    }
}

/// Restores with a fault, then without: everything is there once.
impl Scene for Restore {
    fn faults(self, calls: &[&'static str], what: What, times: Times) -> Vec<Injection> {
        let (sandbox, _) = sandbox();
        let run = |options: &[&str]| drop(self.restore(&sandbox, options).run_to(0));
        faults(&sandbox, calls, (what, times), false, run)
    }

    fn survives(self, injection: &Injection) -> bool {
        let (sandbox, mut mails) = sandbox();
        if self.0 == Kind::Archive {
            mails.dedup();
        }
        let assert_done = || assert_same(&self.0.read(&sandbox.path("Mail")), &mails);
        let [trace, inject] = injection.options();
        let options = ["/dev/null", &trace, &inject];
        let stopped = self.restore(&sandbox, &options).run().code() != Some(0);
        if !stopped {
            assert_done();
        }
        for _ in 0..2 {
            self.restore(&sandbox, &[]).run_to(0);
            assert_done();
        }
        stopped
    }
}
