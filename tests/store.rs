//! Tests of `store`.
//!
//! The tests that kill or starve a process start this test binary again, on one of the `child_*` functions, which do nothing unless
//! they are started that way: in a directory with a file `store-child`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use afterword::store::{Error, Restored, Store, Tree};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

const RULES: u32 = 1;
const DEADLINE: Duration = Duration::from_secs(20);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    number: u32,
    text: String,
}

fn record(number: u32) -> Record {
    Record { number, text: format!("Grüße, number {number} {}", "x".repeat(200)) }
}

fn open(dir: &Path) -> (Store, Restored) {
    Store::open(dir, RULES, DEADLINE).unwrap()
}

/// A store with `count` findings, people and positions, and a tenth as many of ledger and notes.
fn filled(dir: &Path, count: u32) {
    let (mut store, _) = open(dir);
    for number in 0..count {
        let key = format!("key-{number:05}");
        for tree in [Tree::Findings, Tree::People, Tree::Positions] {
            store.put(tree, &key, &record(number)).unwrap();
        }
        if number % 10 == 0 {
            store.put(Tree::Ledger, &key, &record(number)).unwrap();
            store.put(Tree::Notes, &key, &record(number)).unwrap();
            store.flush().unwrap();
        }
    }
    store.flush().unwrap();
}

fn values(store: &mut Store, restored: &mut Restored, tree: Tree) -> BTreeMap<String, Record> {
    store.decode(restored, tree).unwrap()
}

fn expect(count: u32, step: u32) -> BTreeMap<String, Record> {
    (0..count).filter(|n| n % step == 0).map(|n| (format!("key-{n:05}"), record(n))).collect()
}

fn has_ledger_and_notes(dir: &Path, count: u32) -> Restored {
    let (mut store, mut restored) = open(dir);
    assert_eq!(
        values(&mut store, &mut restored, Tree::Ledger),
        expect(count, 10),
        "{:?}",
        restored.notes
    );
    assert_eq!(
        values(&mut store, &mut restored, Tree::Notes),
        expect(count, 10),
        "{:?}",
        restored.notes
    );
    restored
}

fn snapshots(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir.join("db")).unwrap().map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("snap."))
        .collect()
}

#[test]
fn what_was_put_is_there_after_a_restart() {
    let home = TempDir::new().unwrap();
    let dir = home.path().join("state/afterword");
    filled(&dir, 50);
    let (mut store, mut restored) = open(&dir);
    assert!(restored.notes.is_empty(), "{:?}", restored.notes);
    assert!(!restored.reread);
    for tree in [Tree::Findings, Tree::People, Tree::Positions] {
        assert_eq!(values(&mut store, &mut restored, tree), expect(50, 1));
    }
    assert_eq!(values(&mut store, &mut restored, Tree::Ledger), expect(50, 10));
    store.remove(Tree::Ledger, "key-00010").unwrap();
    store.put(Tree::Ledger, "key-00020", &record(9)).unwrap();
    store.flush().unwrap();
    drop(store);
    let (mut store, mut restored) = open(&dir);
    assert!(restored.notes.is_empty(), "{:?}", restored.notes);
    let ledger = values(&mut store, &mut restored, Tree::Ledger);
    assert!(!ledger.contains_key("key-00010"));
    assert_eq!(ledger["key-00020"], record(9));
}

#[test]
fn a_new_store_asks_for_the_window_and_is_for_its_owner_alone() {
    let home = TempDir::new().unwrap();
    let dir = home.path().join("afterword");
    let (_store, restored) = open(&dir);
    assert!(restored.reread);
    assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_second_owner_is_refused_by_name() {
    let home = TempDir::new().unwrap();
    let (store, _) = open(home.path());
    let error = Store::open(home.path(), RULES, DEADLINE).unwrap_err();
    assert!(
        matches!(error, Error::InUse { process: Some(id), .. } if id == std::process::id()),
        "{error}"
    );
    let text = error.to_string();
    assert!(
        text.contains(&home.path().display().to_string()) && text.contains("another afterword"),
        "{text}"
    );
    drop(store);
    open(home.path());
}

#[test]
fn a_damaged_snapshot_costs_nothing() {
    for damage in ["flip", "cut", "empty"] {
        let home = TempDir::new().unwrap();
        filled(home.path(), 100);
        drop(open(home.path()));
        let found = snapshots(home.path());
        assert!(!found.is_empty(), "sled wrote no snapshot to damage");
        for path in found {
            let mut bytes = fs::read(&path).unwrap();
            let middle = bytes.len() / 2;
            match damage {
                "flip" => bytes[middle] ^= 0xff,
                "cut" => bytes.truncate(middle),
                _ => bytes.clear(),
            }
            fs::write(&path, bytes).unwrap();
        }
        let mut restored = has_ledger_and_notes(home.path(), 100);
        let (mut store, _) = open(home.path());
        assert_eq!(
            values(&mut store, &mut restored, Tree::Findings),
            expect(100, 1),
            "{damage}: {:?}",
            restored.notes
        );
        assert_eq!(values(&mut store, &mut restored, Tree::Positions), expect(100, 1), "{damage}");
    }
}

#[test]
fn flipped_bytes_leave_ledger_and_notes_whole() {
    for seed in 1..=12_u64 {
        let home = TempDir::new().unwrap();
        filled(home.path(), 200);
        let file =
            fs::File::options().read(true).write(true).open(home.path().join("db/db")).unwrap();
        let used = 160 << 10;
        let mut random = seed;
        for _ in 0..=(seed % 4) * 8 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            file.write_all_at(&random.to_le_bytes()[1..2], (random >> 33) % used).unwrap();
        }
        drop(file);
        let home_path = home.path().to_path_buf();
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let short = Duration::from_secs(3);
            sender.send(Store::open(&home_path, RULES, short).map(|(store, restored)| {
                drop(store);
                restored
            }))
        });
        let restored =
            receiver.recv_timeout(Duration::from_mins(1)).expect("opens in time").unwrap();
        let kept = has_ledger_and_notes(home.path(), 200);
        // Findings that are gone must be read again: they come with positions that say so.
        let findings = restored.records.get(&Tree::Findings).map_or(0, BTreeMap::len);
        assert!(findings == 200 || restored.reread, "seed {seed}: {findings} {:?}", restored.notes);
        assert!(kept.notes.is_empty(), "seed {seed}: repaired once, then quiet: {:?}", kept.notes);
    }
}

#[test]
fn garbage_in_place_of_the_database_is_moved_aside_three_times_at_most() {
    let home = TempDir::new().unwrap();
    filled(home.path(), 50);
    for _ in 0..5 {
        fs::remove_dir_all(home.path().join("db")).unwrap();
        fs::create_dir(home.path().join("db")).unwrap();
        fs::write(home.path().join("db/conf"), "this is no configuration of sled").unwrap();
        let restored = has_ledger_and_notes(home.path(), 50);
        assert!(restored.reread);
        assert!(
            restored.notes.iter().any(|note| note.contains("db.damaged-")),
            "{:?}",
            restored.notes
        );
    }
    let mut names: Vec<_> = fs::read_dir(home.path())
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.retain(|name| name.starts_with("db.damaged-"));
    names.sort();
    assert_eq!(names, ["db.damaged-3", "db.damaged-4", "db.damaged-5"]);
}

#[test]
fn a_database_that_is_not_read_in_time_is_moved_aside() {
    let home = TempDir::new().unwrap();
    filled(home.path(), 50);
    let (store, restored) = Store::open(home.path(), RULES, Duration::from_nanos(1)).unwrap();
    assert!(restored.stuck && restored.reread);
    assert!(restored.notes.iter().any(|note| note.contains("within")), "{:?}", restored.notes);
    assert!(home.path().join("db.damaged-1").is_dir());
    drop(store);
    let restored = has_ledger_and_notes(home.path(), 50);
    assert!(!restored.stuck);
}

#[test]
fn without_the_database_ledger_and_notes_come_from_the_plain_copy() {
    let home = TempDir::new().unwrap();
    filled(home.path(), 50);
    fs::remove_dir_all(home.path().join("db")).unwrap();
    let restored = has_ledger_and_notes(home.path(), 50);
    assert!(restored.reread);
    assert!(restored.notes.iter().any(|note| note.contains("ledger.json")), "{:?}", restored.notes);
}

#[test]
fn a_missing_or_damaged_plain_copy_is_written_anew() {
    let damages: [fn(&Path); 3] = [
        |path| fs::remove_file(path).unwrap(),
        |path| fs::write(path, "{}").unwrap(),
        |path| {
            let text = fs::read_to_string(path).unwrap();
            fs::write(path, text.replace("number 10", "number 11")).unwrap();
        },
    ];
    for damage in damages {
        let home = TempDir::new().unwrap();
        filled(home.path(), 50);
        let copy = home.path().join("ledger.json");
        let before = fs::read_to_string(&copy).unwrap();
        damage(&copy);
        assert!(!has_ledger_and_notes(home.path(), 50).notes.is_empty());
        assert!(has_ledger_and_notes(home.path(), 50).notes.is_empty());
        let records = |text: &str| text.split_once("\"ledger\"").unwrap().1.to_owned();
        assert_eq!(records(&fs::read_to_string(&copy).unwrap()), records(&before));
    }
}

#[test]
fn the_previous_plain_copy_helps_where_all_else_is_gone() {
    let home = TempDir::new().unwrap();
    filled(home.path(), 50);
    let (mut store, _) = open(home.path());
    store.put(Tree::Ledger, "late", &record(7)).unwrap();
    store.flush().unwrap();
    drop(store);
    fs::write(home.path().join("ledger.json"), "cut").unwrap();
    fs::remove_dir_all(home.path().join("db")).unwrap();
    has_ledger_and_notes(home.path(), 50);
}

#[test]
fn new_rules_drop_findings_and_positions_and_nothing_else() {
    let home = TempDir::new().unwrap();
    filled(home.path(), 20);
    let (mut store, mut restored) = Store::open(home.path(), RULES + 1, DEADLINE).unwrap();
    assert!(restored.reread);
    for tree in [Tree::Findings, Tree::Positions] {
        assert!(values(&mut store, &mut restored, tree).is_empty());
    }
    assert_eq!(values(&mut store, &mut restored, Tree::People).len(), 20);
    assert_eq!(values(&mut store, &mut restored, Tree::Ledger), expect(20, 10));
    drop(store);
    let (mut store, mut restored) = Store::open(home.path(), RULES + 1, DEADLINE).unwrap();
    assert!(!restored.reread);
    assert!(values(&mut store, &mut restored, Tree::Findings).is_empty());
}

/// The database itself. The threads of a handle that was just dropped may hold its lock for a moment.
fn database(home: &Path) -> sled::Db {
    for _ in 0..200 {
        match sled::open(home.join("db")) {
            Err(sled::Error::Io(error)) if error.to_string().contains("acquire lock") => {
                std::thread::sleep(Duration::from_millis(25));
            }
            opened => return opened.unwrap(),
        }
    }
    panic!("the lock of the database is never given back");
}

#[test]
fn a_newer_layout_is_refused() {
    let home = TempDir::new().unwrap();
    filled(home.path(), 10);
    let db = database(home.path());
    db.open_tree("store").unwrap().insert("schema", "99").unwrap();
    drop(db);
    let error = Store::open(home.path(), RULES, DEADLINE).unwrap_err();
    assert!(matches!(error, Error::Newer { found: 99, .. }), "{error}");
}

#[test]
fn a_record_that_is_no_json_is_set_aside_and_the_window_read_again() {
    let home = TempDir::new().unwrap();
    filled(home.path(), 10);
    let db = database(home.path());
    db.open_tree("findings").unwrap().insert("key-00003", "{\"number\":").unwrap();
    db.open_tree("people").unwrap().insert([0xff, 0xfe], "{}").unwrap();
    drop(db);
    let (mut store, mut restored) = open(home.path());
    assert!(restored.reread);
    assert_eq!(restored.notes.len(), 3, "{:?}", restored.notes);
    assert_eq!(values(&mut store, &mut restored, Tree::Findings).len(), 9);
    assert_eq!(values(&mut store, &mut restored, Tree::People).len(), 10);
    assert!(values(&mut store, &mut restored, Tree::Positions).is_empty());
    drop(store);
    let db = database(home.path());
    assert!(db.open_tree("aside").unwrap().contains_key("findings/key-00003").unwrap());
}

#[test]
fn a_record_of_another_shape_is_passed_over_and_stays() {
    let home = TempDir::new().unwrap();
    filled(home.path(), 10);
    let (mut store, _) = open(home.path());
    store.put(Tree::Ledger, "odd", &["of", "another", "shape"]).unwrap();
    store.put(Tree::Findings, "odd", &17).unwrap();
    store.flush().unwrap();
    drop(store);
    for _ in 0..2 {
        let (mut store, mut restored) = open(home.path());
        assert_eq!(values(&mut store, &mut restored, Tree::Ledger), expect(10, 10));
        assert_eq!(values(&mut store, &mut restored, Tree::Findings), expect(10, 1));
        assert!(values(&mut store, &mut restored, Tree::Positions).is_empty());
        assert_eq!(restored.notes.len(), 2, "{:?}", restored.notes);
        assert!(restored.reread);
    }
}

#[test]
fn a_directory_that_cannot_be_used_is_one_clear_error() {
    let home = TempDir::new().unwrap();
    fs::write(home.path().join("file"), "").unwrap();
    for dir in
        [home.path().join("file"), home.path().join("file/below"), PathBuf::from("/proc/afterword")]
    {
        let error = Store::open(&dir, RULES, DEADLINE).unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, Error::Directory { .. }), "{text}");
        assert!(text.starts_with(&format!("store `{}`: ", dir.display())), "{text}");
        assert!(text.contains("; hint: ") && !text.contains('\n'), "{text}");
    }
}

#[test]
fn nothing_flushed_is_lost_when_the_process_is_killed() {
    let home = TempDir::new().unwrap();
    let mut seen = 0;
    for round in 0..20_u32 {
        let mut child = start(home.path(), "store::child_writes_until_it_is_killed", &[]);
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut left = 1 + round * 7 % 30;
        for line in output.lines() {
            let line = line.unwrap();
            let Some((_, number)) = line.rsplit_once("flushed ") else { continue };
            seen = number.parse().unwrap();
            left -= 1;
            if left == 0 {
                break;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let (mut store, mut restored) = open(&home.path().join("state"));
        for tree in [Tree::Findings, Tree::Ledger] {
            let found = values(&mut store, &mut restored, tree);
            let lost: Vec<_> =
                (1..=seen).filter(|n| found.get(&format!("{n:08}")) != Some(&record(*n))).collect();
            assert!(lost.is_empty(), "round {round}, {tree:?}: lost {lost:?} of {seen}");
        }
    }
    assert!(seen >= 20);
}

/// `prlimit` (util-linux) gives the child files that may not grow beyond 700 KiB, which is where a full disk would stop it; it
/// takes the limit away again itself. This works for any user.
#[test]
fn a_full_disk_is_told_and_survived() {
    let home = TempDir::new().unwrap();
    let child =
        start(home.path(), "store::child_fills_the_disk", &["prlimit", "--fsize=716800:unlimited"]);
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    let (mut store, mut restored) = open(&home.path().join("state"));
    assert!(values(&mut store, &mut restored, Tree::Findings).len() > 10, "{text}");
}

/// Starts this test binary again on one test, as a child in `home`.
fn start(home: &Path, test: &str, wrapper: &[&str]) -> Child {
    fs::write(home.join("store-child"), "").unwrap();
    let binary = std::env::current_exe().unwrap();
    // SIGXFSZ would end the child where a full disk only returns an error: it is ignored.
    let script = "trap '' XFSZ; exec \"$@\"";
    Command::new("sh")
        .args(["-c", script, "sh"])
        .args(wrapper)
        .arg(binary)
        .args([test, "--exact", "--ignored", "--nocapture"])
        .current_dir(home)
        .stdout(Stdio::piped())
        .spawn()
        .expect("`sh` and, for the full disk, `prlimit` of util-linux")
}

fn is_child() -> bool {
    Path::new("store-child").exists()
}

#[test]
#[ignore = "started by another test"]
fn child_writes_until_it_is_killed() {
    if !is_child() {
        return;
    }
    let (mut store, restored) = open(Path::new("state"));
    let first = restored.records[&Tree::Findings]
        .keys()
        .last()
        .map_or(1, |key| key.parse::<u32>().unwrap() + 1);
    for number in first..first + 100_000 {
        let key = format!("{number:08}");
        store.put(Tree::Findings, &key, &record(number)).unwrap();
        store.put(Tree::Ledger, &key, &record(number)).unwrap();
        store.flush().unwrap();
        writeln!(std::io::stdout(), "flushed {number}").unwrap();
    }
}

#[test]
#[ignore = "started by another test"]
fn child_fills_the_disk() {
    if !is_child() {
        return;
    }
    let (mut store, _) = open(Path::new("state"));
    let mut flushed = 0;
    let error = (0..100_000)
        .find_map(|number| {
            let result = store.put(Tree::Findings, &format!("{number:08}"), &record(number));
            let result = result
                .and_then(|()| store.put(Tree::Ledger, "last", &number))
                .and_then(|()| store.flush());
            flushed = if result.is_ok() { number + 1 } else { flushed };
            result.err()
        })
        .expect("the disk fills up");
    assert!(matches!(error, Error::Full { .. }), "{error}");
    // Refused by now or not: it must be there in the end.
    let _ = store.put(Tree::Findings, "while-full", &record(1));
    let own = std::process::id().to_string();
    let lifted =
        Command::new("prlimit").args(["--pid", &own, "--fsize=unlimited"]).status().unwrap();
    assert!(lifted.success());
    let mut restored = store.reopen().unwrap();
    let found = values(&mut store, &mut restored, Tree::Findings);
    for number in 0..flushed {
        assert_eq!(
            found.get(&format!("{number:08}")),
            Some(&record(number)),
            "{:?}",
            restored.notes
        );
    }
    assert!(found.contains_key("while-full"), "put again after reopening");
    store.put(Tree::Findings, "afterwards", &record(2)).unwrap();
    store.flush().unwrap();
}
