//! The daemon that waits in IDLE and is harmed from there on: it connects again by itself, or is started again.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::life::{Case, Life, owned};
use super::points::{act, all, play_each, position};
use super::proxy::{At, Harm, Point};
use crate::daemon::harness::{Daemon, wait};

/// After a cut the daemon is away for some seconds: many cases at a time.
const WORKERS: usize = 16;
/// The step that comes in one mail and leaves one draft.
const STEP: &str = "replacement";

#[test]
fn a_daemon_that_was_cut_off_comes_back_and_loses_nothing() {
    play_all(Harm::Cut);
}

#[test]
fn a_daemon_that_was_killed_loses_nothing() {
    play_all(Harm::Kill);
}

fn play_all(harm: Harm) {
    let life = Life::live();
    let step = life.steps.iter().position(|step| step.name == STEP).unwrap();
    let case = Case::before(&life, step);
    let daemon = start(&case);
    case.proxy.take_at_rest();
    life.steps[step].happen(&case.mailbox);
    wait_for_drafts(&case, &daemon, &owned(life.steps[step].left));
    let points = case.proxy.take_at_rest().points;
    assert!(points.iter().any(|point| point.command == "DONE"), "it waited in IDLE");
    daemon.terminate();
    let mut cases: Vec<(usize, Point)> = points.into_iter().enumerate().collect();
    cases.retain(|(_, point)| all() || is_sampled(point));
    let harmed = AtomicUsize::new(0);
    play_each(WORKERS, &cases, |(number, point)| play(&life, step, *number, point, harm, &harmed));
    assert!(harmed.into_inner() * 10 >= cases.len() * 8, "the points are hardly ever reached");
}

/// The points of waiting, and those where a draft is saved.
fn is_sampled(point: &Point) -> bool {
    matches!(point.command.as_str(), "IDLE" | "DONE" | "NOOP" | "APPEND")
        && !matches!(point.at, At::Literal(1))
}

fn start(case: &Case<'_>) -> Daemon {
    let daemon = case.home.start();
    case.proxy.client(daemon.id());
    daemon
}

fn wait_for_drafts(case: &Case<'_>, daemon: &Daemon, expected: &[String]) {
    let found = || case.mailbox.drafts().into_iter().map(|draft| draft.to).collect::<Vec<_>>();
    wait(
        "the drafts",
        || (found() == expected).then_some(()),
        || format!("{:?}\n{}", found(), daemon.log()),
    );
}

fn play(
    life: &Life,
    step: usize,
    number: usize,
    point: &Point,
    harm: Harm,
    harmed: &AtomicUsize,
) -> Vec<String> {
    let case = Case::before(life, step);
    let mut daemon = start(&case);
    case.proxy.take_at_rest();
    case.proxy.client(daemon.id());
    case.proxy.plan(point, harm);
    let happens = &life.steps[step];
    happens.happen(&case.mailbox);
    // What comes during IDLE may come in one piece or in two: then there is one point less.
    if !case.proxy.wait_for_harm() {
        return case.mailbox.faults(&owned(happens.left));
    }
    harmed.fetch_add(1, Ordering::Relaxed);
    let decided =
        number.is_multiple_of(2).then(|| act(&case.mailbox, number / 2, happens.left)).flatten();
    let left = |names: &[&str]| -> Vec<String> {
        owned(names).into_iter().filter(|name| Some(name) != decided.as_ref()).collect()
    };
    if harm == Harm::Kill {
        drop(daemon);
        daemon = start(&case);
    }
    wait_for_drafts(&case, &daemon, &left(happens.left));
    let said = case.proxy.take_at_rest().commands;
    let mut faults = [super::law::broken(&said), case.mailbox.faults(&left(happens.left))].concat();
    let log = daemon.log();
    daemon.terminate();
    case.proxy.take();
    let next = &life.steps[step + 1];
    next.happen(&case.mailbox);
    let ran = case.run();
    faults.extend([ran.faults(), case.mailbox.faults(&left(next.left))].concat());
    faults.extend(position(&ran.trace, &life.traces[step + 1]));
    if !faults.is_empty() {
        faults.push(format!("{harm:?} at {point:?}; the owner decided about {decided:?}\n{log}"));
    }
    faults
}
