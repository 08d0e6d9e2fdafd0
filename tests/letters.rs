//! Letters: situations and the letters they get (`tests/letters/*.toml` and `.txt`), and what holds for every letter.

mod rules;
mod situation;
mod spelling;
mod templates;

use std::fs;
use std::path::{Path, PathBuf};

use situation::Situation;

/// Every situation, by name.
fn situations() -> Vec<(String, Situation)> {
    let files = fs::read_dir("tests/letters").unwrap().map(|e| e.unwrap().path());
    let mut paths: Vec<PathBuf> =
        files.filter(|p| p.extension().is_some_and(|e| e == "toml")).collect();
    paths.sort();
    let name = |p: &Path| p.file_stem().unwrap().to_string_lossy().into_owned();
    paths.iter().map(|p| (name(p), Situation::read(p))).collect()
}

/// A situation gives the letter that lies beside it. With `AFTERWORD_BLESS=1` the letter is written instead, for a reader.
fn check(name: &str, situation: &Situation) -> Result<(), String> {
    let path = format!("tests/letters/{name}.txt");
    let written = situation.written();
    if std::env::var_os("AFTERWORD_BLESS").is_some() {
        fs::write(&path, &written).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    if written == expected { Ok(()) } else { Err(format!("{name} has become:\n{written}\n")) }
}

#[test]
fn each_situation_gets_its_letter() {
    let all = situations();
    let faults: Vec<String> = all.iter().filter_map(|(n, s)| check(n, s).err()).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(all.len() >= 40, "{} situations", all.len());
}
