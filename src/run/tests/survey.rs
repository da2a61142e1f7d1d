//! What is found of stored messages while others write to the store.

use super::*;
use crate::run::context::Context;
use crate::run::stored::{Survey, Surveyed};
use crate::store::Finding;

/// Surveys the mbox of three messages, which another program rewrites after
/// the first look. The counts of intact ones and others, and the warnings.
fn survey(rewrite: &dyn Fn(Vec<u8>) -> Vec<u8>) -> (usize, usize, Vec<&'static str>) {
    let place = Place::mbox(&mails(3));
    let job = place.job(Disposal::Keep);
    run_well(&place.disk, &job);
    let (heard, cancel) = (Heard::default(), Cancel::new());
    let context = Context {
        account: &job.account,
        disk: Arc::new(place.disk.clone()),
        cancel: &cancel,
        observer: &heard,
    };
    let survey = Survey { context: context.clone(), target: &job.target, keeps: 0 };
    let looks = Mutex::new((0, 0));
    let wanted = |_: &_| {
        let content = place.disk.content("/home/Mail").expect("an mbox");
        if looks.lock().expect("unpoisoned").0 == 1 {
            place.disk.put("/home/Mail", &rewrite(content));
        }
        true
    };
    let snapshot = context.snapshot().expect("reads");
    let surveyed = survey.run(&snapshot, wanted, |_, look| {
        let mut looks = looks.lock().expect("unpoisoned");
        match look {
            Surveyed::Here(Finding::Intact(_), _) => looks.0 += 1,
            _ => looks.1 += 1,
        }
    });
    assert!(surveyed.is_ok());
    let (intact, others) = looks.into_inner().expect("unpoisoned");
    let codes = warnings(heard.events()).into_iter().map(|(code, _)| code);
    (intact, others, codes.collect())
}

#[test]
fn an_mbox_that_is_cut_meanwhile_is_worth_a_warning_and_one_that_grows_is_not() {
    let found = survey(&|content| content[..content.len() / 2].to_vec());
    assert_eq!(found, (1, 2, vec!["changed-meanwhile"]));
    let more = b"From a Thu Jan  1 00:00:00 1970\n\n\n";
    let found = survey(&|content| [&content[..], more].concat());
    assert_eq!(found, (3, 0, vec![]));
}
