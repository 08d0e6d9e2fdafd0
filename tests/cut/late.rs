//! A server that carries out a cut APPEND late: the client was long back when the draft came to lie in Drafts.

use super::life::{Case, Life, owned};
use super::points::{WORKERS, all, play_each};
use super::proxy::{At, Harm, Point};

/// When the server carries out what it was given of the APPEND.
#[derive(Clone, Copy, Debug)]
enum When {
    /// Before the client is back.
    Before,
    /// After the client has looked for the draft, and before it gives it to the server again.
    Between,
    /// After the client has given it to the server again.
    After,
}

#[test]
fn a_late_commit_doubles_nothing() {
    let life = Life::live();
    let mut cases = Vec::new();
    for step in 0..life.steps.len() - 1 {
        let appends =
            life.traces[step].points.iter().filter(|point| matches!(point.at, At::Literal(_)));
        for point in appends.filter(|point| all() || point.at == At::Literal(1)) {
            cases
                .extend([When::Before, When::Between, When::After].map(|when| (step, point, when)));
        }
    }
    assert!(cases.len() >= 3 * 6, "a late commit of each draft");
    play_each(WORKERS, &cases, |(step, point, when)| play(&life, *step, point, *when));
}

fn play(life: &Life, step: usize, point: &Point, when: When) -> Vec<String> {
    let case = Case::after(life, step);
    case.proxy.plan(point, Harm::Hold);
    let cut = case.run();
    let mut faults = cut.broken();
    match when {
        When::Before => case.proxy.release(),
        When::Between => {
            let again = Point { command: "APPEND".to_owned(), nth: 1, at: At::Before };
            case.proxy.plan(&again, Harm::Release);
        }
        When::After => {}
    }
    let back = case.run();
    faults.extend(back.faults());
    if matches!(when, When::After) {
        case.proxy.release();
    }
    // The look that finds two and takes one back, and what comes next.
    let looked = case.run();
    let expected = owned(life.steps[step].left);
    faults.extend([looked.faults(), case.mailbox.faults(&expected)].concat());
    let next = &life.steps[step + 1];
    next.happen(&case.mailbox);
    faults.extend([case.run().faults(), case.mailbox.faults(&owned(next.left))].concat());
    if !faults.is_empty() {
        faults.push(format!(
            "{}, {point:?}, {when:?}\n{}---\n{}",
            life.steps[step].name, back.told, looked.told
        ));
    }
    faults
}
