//! The connection is cut, and the process is killed, at every point of the life; then everything is as if that had not happened. And where
//! the owner acts before the daemon is back, that counts.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::life::{Case, Life, owned};
use super::mailbox::Mailbox;
use super::proxy::{At, Harm, Point, Trace};

/// All cases instead of a sample of the rarer ones, where this is set to `all`.
const CUTS: &str = "AFTERWORD_CUTS";
/// So many cases at a time: most of their time they wait for each other's processes.
pub const WORKERS: usize = 4;

/// One step with harm at one point.
struct Harmed<'a> {
    number: usize,
    step: usize,
    point: &'a Point,
    harm: Harm,
    owner_acts: bool,
}

#[test]
fn a_connection_cut_anywhere_loses_and_doubles_nothing() {
    play_all(Harm::Cut, false);
}

#[test]
fn a_process_killed_anywhere_loses_and_doubles_nothing() {
    play_all(Harm::Kill, false);
}

#[test]
fn what_the_owner_does_after_a_cut_is_final() {
    play_all(Harm::Cut, true);
}

#[test]
fn what_the_owner_does_after_a_kill_is_final() {
    play_all(Harm::Kill, true);
}

fn play_all(harm: Harm, owner_acts: bool) {
    let life = Life::live();
    let mut cases = Vec::new();
    for (step, trace) in life.traces.iter().enumerate().take(life.steps.len() - 1) {
        let ends = ends(&trace.points);
        for point in &trace.points {
            let number = cases.len();
            cases.push((
                is_sampled(point, &ends, number),
                Harmed { number, step, point, harm, owner_acts },
            ));
        }
    }
    cases.retain(|(sampled, case)| {
        all() || *sampled && (!owner_acts || case.number.is_multiple_of(7))
    });
    play_each(WORKERS, &cases, |(_, case)| play(&life, case));
}

/// Whether all cases are played, and no sample of them.
pub fn all() -> bool {
    std::env::var(CUTS).is_ok_and(|value| value == "all")
}

/// Plays all cases, and fails if one of them has a fault.
#[expect(clippy::print_stdout, reason = "how many there are is what is asked after")]
pub fn play_each<T: Sync>(workers: usize, cases: &[T], play: impl Fn(&T) -> Vec<String> + Sync) {
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let faults = play(case);
                    if !faults.is_empty() {
                        failed.lock().unwrap().push(faults.join("\n"));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    println!("{} cases were played", cases.len());
    assert!(
        failed.is_empty(),
        "{} of {} cases failed:\n{}",
        failed.len(),
        cases.len(),
        failed.join("\n\n")
    );
}

/// The number of the last line of each answer.
fn ends(points: &[Point]) -> BTreeMap<(&str, usize), usize> {
    let replies = points.iter().filter_map(|point| match point.at {
        At::Reply(line) => Some(((point.command.as_str(), point.nth), line)),
        _ => None,
    });
    replies.collect()
}

/// Whether a point is in every run: all of them where something is changed; else before a command, and after it was carried out but before
/// the client knows. Of the rest, at which server and client have come no further, only some.
fn is_sampled(point: &Point, ends: &BTreeMap<(&str, usize), usize>, number: usize) -> bool {
    match point.at {
        _ if changes(point) => true,
        At::Before | At::Within(_) => true,
        At::Reply(line) if ends[&(point.command.as_str(), point.nth)] == line => true,
        _ => number.is_multiple_of(12),
    }
}

/// Whether the command of a point changes the mailbox.
pub fn changes(point: &Point) -> bool {
    point.command == "APPEND" || point.command == "UID MOVE"
}

/// Plays a case, and says what is wrong afterwards.
fn play(life: &Life, case: &Harmed<'_>) -> Vec<String> {
    let played = Case::after(life, case.step);
    played.proxy.plan(case.point, case.harm);
    let harmed = played.run();
    let mut faults = harmed.broken();
    if !harmed.trace.harmed {
        faults.push("the point was not reached".to_owned());
    }
    let step = &life.steps[case.step];
    // A draft whose answer was lost and that is deleted for good cannot be told from one that was never stored: it goes to the bin.
    let lost = case.point.command == "APPEND" && case.number % 4 == 3;
    let action = if lost { case.number - 2 } else { case.number };
    let decided = case.owner_acts.then(|| act(&played.mailbox, action, step.left)).flatten();
    let left = |names: &[&str]| -> Vec<String> {
        owned(names).into_iter().filter(|name| Some(name) != decided.as_ref()).collect()
    };
    let back = played.run();
    faults.extend(back.faults());
    faults.extend(played.mailbox.faults(&left(step.left)));
    if all() || changes(case.point) || case.number.is_multiple_of(8) {
        let next = &life.steps[case.step + 1];
        next.happen(&played.mailbox);
        let ran = played.run();
        faults.extend(ran.faults());
        faults.extend(
            played
                .mailbox
                .faults(&left(next.left))
                .iter()
                .map(|fault| format!("{}: {fault}", next.name)),
        );
        faults.extend(position(&ran.trace, &life.traces[case.step + 1]));
    }
    if !faults.is_empty() {
        faults.extend(decided.map(|name| format!("the owner decided about {name}")));
        faults.push(format!("{}, {:?}\n{}---\n{}", step.name, case.point, harmed.told, back.told));
    }
    faults
}

/// What is wrong with the position in INBOX: other messages than usual are read.
pub fn position(said: &Trace, usual: &Trace) -> Option<String> {
    let in_inbox = |trace: &Trace| -> Vec<String> {
        let from = trace.commands.iter().skip_while(|command| *command != "EXAMINE \"INBOX\"");
        from.take_while(|command| *command != "EXAMINE \"Archive\"").cloned().collect()
    };
    let said = in_inbox(said);
    (said != in_inbox(usual)).then(|| format!("the position is lost: {said:#?}"))
}

/// The owner does something with one draft or, where there is none, writes a letter instead. Returns whom it was about.
///
/// A draft that is about to be taken back is not deleted here: whoever did that, it is gone as it should be.
pub fn act(mailbox: &Mailbox<'_>, number: usize, expected: &[&str]) -> Option<String> {
    let mut drafts = mailbox.drafts();
    drafts.retain(|draft| number.is_multiple_of(2) || expected.contains(&draft.to.as_str()));
    let Some(draft) = drafts.get(number / 4 % drafts.len().max(1)) else {
        let to = expected.get(number % expected.len().max(1))?;
        mailbox.write_to(&format!("{to}@acme.example"));
        return Some((*to).to_owned());
    };
    match number % 4 {
        0 => mailbox.send(draft),
        1 => mailbox.bin(draft),
        2 => mailbox.send_anew(draft),
        _ => fs::remove_file(&draft.path).unwrap(),
    }
    Some(draft.to.clone())
}
