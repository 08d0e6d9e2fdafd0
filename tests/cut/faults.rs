//! What else breaks: the store is lost or damaged, the server numbers its messages anew, the disk is full. Each after a round that went well,
//! and after one that was killed where it hurts most; then everything is as if that had not happened.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::life::{Case, Life, owned};
use super::points::{WORKERS, all, changes, play_each};
use super::proxy::{Harm, Point};

/// What is done to the state or to the mailbox.
type Damage = fn(&Case<'_>, usize);

/// A step, killed at a point or not at all, and then damaged.
struct Damaged {
    step: usize,
    killed: Option<Point>,
    number: usize,
}

#[test]
fn a_lost_database_loses_and_doubles_nothing() {
    damage(|case, _| remove(&case.state().join("db")));
}

/// What lies in Drafts is recognised then, and left alone: nobody knows any more whether the owner has touched it.
#[test]
fn a_lost_state_directory_loses_and_doubles_nothing() {
    damage_and(
        |case, _| remove(&case.state()),
        |case, expected| {
            let found: Vec<String> =
                case.mailbox.drafts().into_iter().map(|draft| draft.to).collect();
            let lost = expected
                .iter()
                .filter(|name| !found.contains(name))
                .map(|name| format!("no draft to {name}"));
            let doubled = found
                .windows(2)
                .filter(|pair| pair[0] == pair[1])
                .map(|pair| format!("two drafts to {}", pair[0]));
            lost.chain(doubled).chain(case.mailbox.faults(&found)).collect()
        },
    );
}

#[test]
fn a_damaged_snapshot_loses_and_doubles_nothing() {
    damage(|case, number| {
        for path in snapshots(&case.state()) {
            let mut bytes = fs::read(&path).unwrap();
            let at = bytes.len() * (number % 10) / 10;
            match number % 3 {
                0 => bytes[at] ^= 0xff,
                1 => bytes.truncate(at),
                _ => bytes[at..].fill(0),
            }
            fs::write(&path, bytes).unwrap();
        }
    });
}

#[test]
fn flipped_bytes_in_the_database_lose_and_double_nothing() {
    damage(|case, number| {
        let Ok(mut bytes) = fs::read(case.state().join("db/db")) else { return };
        let used = bytes.len() - bytes.iter().rev().take_while(|byte| **byte == 0).count();
        for at in (number * 61 % used..used).step_by(1021) {
            bytes[at] ^= 0x10;
        }
        fs::write(case.state().join("db/db"), bytes).unwrap();
    });
}

#[test]
fn new_uids_lose_and_double_nothing() {
    damage(|case, _| case.mailbox.renumber());
}

fn remove(dir: &Path) {
    // The very first step has no state to lose when it was killed early.
    let _ = fs::remove_dir_all(dir);
}

fn snapshots(state: &Path) -> Vec<PathBuf> {
    let names =
        fs::read_dir(state.join("db")).into_iter().flatten().map(|entry| entry.unwrap().path());
    names
        .filter(|path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("snap."))
        })
        .collect()
}

fn damage(damage: Damage) {
    damage_and(damage, |case, expected| case.mailbox.faults(expected));
}

/// Lives every step, harms it, and sees that all is well again afterwards.
fn damage_and(damage: Damage, check: fn(&Case<'_>, &[String]) -> Vec<String>) {
    let life = Life::live();
    let mut cases = Vec::new();
    for step in 0..life.steps.len() - 1 {
        let telling =
            life.traces[step].points.iter().filter(|point| changes(point)).cloned().map(Some);
        for killed in telling.chain([None]) {
            cases.push(Damaged { step, killed, number: cases.len() });
        }
    }
    cases.retain(|case| all() || case.killed.is_none() || case.number.is_multiple_of(3));
    play_each(WORKERS, &cases, |case| {
        let played = Case::after(&life, case.step);
        if let Some(point) = &case.killed {
            played.proxy.plan(point, Harm::Kill);
        }
        let before = played.run();
        damage(&played, case.number);
        let step = &life.steps[case.step];
        let back = played.run();
        let mut faults =
            [before.broken(), back.faults(), check(&played, &owned(step.left))].concat();
        let next = &life.steps[case.step + 1];
        next.happen(&played.mailbox);
        let after = played.run();
        faults.extend([after.faults(), check(&played, &owned(next.left))].concat());
        if !faults.is_empty() {
            faults.push(format!(
                "{}, {:?}\n{}---\n{}",
                step.name, case.killed, before.told, back.told
            ));
        }
        faults
    });
}

#[test]
fn a_full_disk_that_has_room_again_loses_and_doubles_nothing() {
    let life = Life::live();
    let steps = 1..life.steps.len() - 1;
    let pages = if all() { 40 } else { 12 };
    let cases: Vec<(usize, usize)> =
        steps.flat_map(|step| (0..pages).map(move |pages| (step, pages))).collect();
    let full = std::sync::atomic::AtomicUsize::new(0);
    play_each(WORKERS, &cases, |(step, pages)| {
        let case = Case::after(&life, *step);
        let told = run_without_room(&case, *pages);
        full.fetch_add(
            usize::from(told.contains("no space left")),
            std::sync::atomic::Ordering::Relaxed,
        );
        let mut faults = case.mailbox.faults(&owned(life.steps[*step].left));
        let next = &life.steps[step + 1];
        next.happen(&case.mailbox);
        faults.extend([case.run().faults(), case.mailbox.faults(&owned(next.left))].concat());
        if !told.contains("ended with 0\n") || told.contains("panicked") || !faults.is_empty() {
            faults.push(format!("{}, {pages} pages: {told}", life.steps[*step].name));
        }
        faults
    });
    assert!(full.into_inner() > cases.len() / 4, "the disk was hardly ever full");
}

/// Two rounds on a disk: with so many pages left first, and then with room. Returns what they told.
fn run_without_room(case: &Case<'_>, pages: usize) -> String {
    let script = "set -e; state=$1; pages=$2; shift 2; kept=$state.kept; mv \"$state\" \"$kept\"; mkdir \"$state\"\n\
        mount -t tmpfs -o size=64m tmpfs \"$state\"; cp -a --sparse=always \"$kept/.\" \"$state\"\n\
        used=$(du -sk \"$state\" | cut -f1); mount -o remount,size=$((used + pages * 4))k \"$state\"\n\
        \"$@\" || true\n\
        mount -o remount,size=64m \"$state\"; code=0; \"$@\" || code=$?; echo \"ended with $code\" >&2\n\
        rm -rf \"$kept\"; cp -a --sparse=always \"$state/.\" \"$kept\"; umount \"$state\"; rmdir \"$state\"; mv \"$kept\" \"$state\"";
    let run = case.home.prepared(&["run", "--once"]);
    let output = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .arg(case.state())
        .arg(pages.to_string())
        .arg(run.get_program())
        .args(run.get_args())
        .stdout(Stdio::null())
        .output()
        .expect("`unshare` of util-linux");
    case.proxy.take();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success(),
        "a small disk could not be mounted: {told}\nhint: this test mounts a tmpfs in a namespace of its own (`unshare --map-root-user --mount`): \
         run it as root, or allow user namespaces (`sysctl kernel.unprivileged_userns_clone=1`)"
    );
    told
}
