//! Stories of several messages, told to `afterword preview`: each directory of `corpus/scenarios` is one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use regex::Regex;
use serde_json::Value;

/// What happens at which moment.
struct Scenario {
    dir: PathBuf,
    told: Value,
}

fn scenarios() -> Vec<Scenario> {
    let mut dirs: Vec<PathBuf> =
        fs::read_dir("tests/corpus/scenarios").unwrap().map(|e| e.unwrap().path()).collect();
    dirs.sort();
    let told = |dir: &Path| serde_json::from_slice(&fs::read(dir.join("scenario.json")).unwrap());
    dirs.into_iter().map(|dir| Scenario { told: told(&dir).unwrap(), dir }).collect()
}

impl Scenario {
    /// The configuration and the mail as a Maildir with `.Sent`, in a new directory.
    fn lay_out(&self) -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("config.toml"), self.configuration()).unwrap();
        for folder in ["Mail", "Mail/.Sent"] {
            for sub in ["cur", "new", "tmp"] {
                fs::create_dir_all(home.path().join(folder).join(sub)).unwrap();
            }
        }
        for delivery in self.told["deliveries"].as_array().unwrap() {
            let file = delivery["file"].as_str().unwrap();
            let folder = if delivery["folder"] == "Sent" { "Mail/.Sent/cur" } else { "Mail/new" };
            fs::copy(self.dir.join(file), home.path().join(folder).join(file)).unwrap();
        }
        home
    }

    fn configuration(&self) -> String {
        let owner = &self.told["owner"];
        // JSON's strings and lists of strings are TOML's.
        format!(
            "[owner]\nname = {}\naddresses = {}\ntimezone = {}\n",
            owner["name"], owner["addresses"], owner["timezone"]
        )
    }
}

fn preview(home: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_afterword"))
        .arg("--config")
        .arg(home.join("config.toml"))
        .args(["preview", "--json"])
        .args(arguments)
        .current_dir(home)
        .output()
        .unwrap()
}

fn drafts(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    told["drafts"].as_array().unwrap().clone()
}

fn addresses(draft: &Value) -> Vec<String> {
    let to = draft["to"].as_array().unwrap().iter();
    let mut to: Vec<String> =
        to.map(|p| p.get("address").unwrap_or(p).as_str().unwrap().to_lowercase()).collect();
    to.sort();
    to
}

fn strings(value: &Value) -> Vec<String> {
    let list = value.as_array().cloned().unwrap_or_default();
    list.iter().map(|v| v.as_str().unwrap().to_owned()).collect()
}

/// Why a draft is not the one expected; `None` where it is.
fn fault(expected: &Value, found: &Value) -> Option<String> {
    let text = |key: &str| found[key].as_str().unwrap();
    let text = format!("{}\n{}", text("subject"), text("body"));
    let matches = |pattern: &String| Regex::new(pattern).unwrap().is_match(&text);
    if addresses(expected) != addresses(found) {
        return Some(format!("it is to {:?}", addresses(found)));
    }
    if let Some(word) = strings(&expected["mentions"]).iter().find(|w| !text.contains(*w)) {
        return Some(format!("`{word}` is missing in: {text}"));
    }
    if let Some(pattern) = strings(&expected["never"]).into_iter().find(matches) {
        return Some(format!("`{pattern}` must not match: {text}"));
    }
    let any = strings(&expected["mentions_any"]);
    (!any.is_empty() && !any.iter().any(matches)).then(|| format!("none of {any:?} in: {text}"))
}

/// Whether each expected draft has one of those found to itself, whatever their order: one person may have got two letters.
fn pairs(expected: &[Value], found: &mut Vec<Value>) -> bool {
    let Some((first, rest)) = expected.split_first() else { return found.is_empty() };
    (0..found.len()).any(|index| {
        if fault(first, &found[index]).is_some() {
            return false;
        }
        let taken = found.remove(index);
        let fine = pairs(rest, found);
        found.insert(index, taken);
        fine
    })
}

/// Drafts holds exactly what is expected: recipients, words that must be there, patterns that must not.
fn check(name: &str, at: &str, expected: &[Value], found: &[Value]) {
    let to = |drafts: &[Value]| {
        let mut all: Vec<Vec<String>> = drafts.iter().map(addresses).collect();
        all.sort();
        all
    };
    assert_eq!(to(found), to(expected), "{name} at {at}");
    let faults =
        expected.iter().flat_map(|e| found.iter().map(move |f| (addresses(e), fault(e, f))));
    let faults: Vec<_> = faults.filter(|(_, fault)| fault.is_some()).collect();
    assert!(pairs(expected, &mut found.to_vec()), "{name} at {at}: {faults:#?}");
}

#[test]
fn the_comparison_itself_is_right() {
    let letter = |to: &str, body: &str| serde_json::json!({"to": [{"name": null, "address": to}], "subject": "Thank you", "body": body});
    let expected = |to: &str, mentions: &[&str], never: &[&str], any: &[&str]| serde_json::json!({"to": [to], "mentions": mentions, "never": never, "mentions_any": any});
    let jane = "jane@acme.example";
    let found = letter("Jane@Acme.example", "Dear Jane, see you again. Thank you!");
    for (expected, fine) in [
        (
            expected(jane, &["Jane", "Thank you"], &["\\bBob\\b"], &["(?i)SECOND", "\\bagain\\b"]),
            true,
        ),
        (expected("bob@acme.example", &[], &[], &[]), false),
        (expected(jane, &["Acme"], &[], &[]), false),
        (expected(jane, &[], &["(?i)dear[^\\n]{0,30}\\bjane\\b"], &[]), false),
        (expected(jane, &[], &[], &["second"]), false),
    ] {
        assert_eq!(fault(&expected, &found).is_none(), fine, "{expected}");
    }
    // Two letters to one person, in the other order: the first expected one must not take what only the second can use.
    let two = [letter(jane, "first and second"), letter(jane, "first")];
    let wanted = [expected(jane, &["first"], &[], &[]), expected(jane, &["second"], &[], &[])];
    assert!(pairs(&wanted, &mut two.to_vec()));
    assert!(!pairs(&wanted[..1], &mut two.to_vec()), "one letter too many");
    assert!(!pairs(&wanted, &mut vec![two[1].clone(), two[1].clone()]));
}

#[test]
fn drafts_at_each_moment_are_those_expected() {
    let scenarios = scenarios();
    assert!(scenarios.len() >= 5, "the scenarios are there");
    for scenario in scenarios {
        let home = scenario.lay_out();
        for moment in scenario.told["expect"].as_array().unwrap() {
            let at = moment["at"].as_str().unwrap();
            let found = drafts(&preview(home.path(), &["--at", at, "Mail"]));
            let name = scenario.told["name"].as_str().unwrap();
            check(name, at, moment["drafts"].as_array().unwrap(), &found);
        }
    }
}

#[test]
fn a_maildir_a_folder_of_files_and_an_mbox_say_the_same() {
    for scenario in scenarios() {
        let home = scenario.lay_out();
        let moment = scenario.told["expect"].as_array().unwrap().last().unwrap()["at"].clone();
        let at = moment.as_str().unwrap();
        let expected = preview(home.path(), &["--at", at, "Mail"]);
        assert_eq!(
            preview(home.path(), &["--at", at, "Mail"]).stdout,
            expected.stdout,
            "twice the same"
        );
        let mut mbox = Vec::new();
        fs::create_dir(home.path().join("files")).unwrap();
        fs::create_dir(home.path().join("sent")).unwrap();
        for delivery in scenario.told["deliveries"].as_array().unwrap() {
            let file = delivery["file"].as_str().unwrap();
            let folder = if delivery["folder"] == "Sent" { "sent" } else { "files" };
            fs::copy(scenario.dir.join(file), home.path().join(folder).join(file)).unwrap();
            if folder == "files" {
                mbox.extend_from_slice(b"From somebody@example.org Thu Jan  1 00:00:00 1970\n");
                for line in fs::read_to_string(scenario.dir.join(file)).unwrap().lines() {
                    let quoted = line.trim_start_matches('>').starts_with("From ");
                    mbox.extend_from_slice(if quoted { b">" } else { b"" });
                    mbox.extend_from_slice(line.as_bytes());
                    mbox.push(b'\n');
                }
                mbox.push(b'\n');
            }
        }
        fs::write(home.path().join("mbox"), mbox).unwrap();
        for path in ["files", "mbox"] {
            let found = preview(home.path(), &["--at", at, "--sent", "sent", path]);
            let name = &scenario.told["name"];
            assert_eq!(drafts(&found), drafts(&expected), "{name} as {path}");
        }
    }
}

#[test]
fn mail_that_is_not_there_is_told() {
    let home = scenarios()[0].lay_out();
    let output = preview(home.path(), &["nowhere"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("`nowhere`"));
    fs::create_dir(home.path().join("empty")).unwrap();
    let output = preview(home.path(), &["empty"]);
    assert!(drafts(&output).is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains("holds no message"));
    let before = preview(home.path(), &["--at", "1990-01-01T00:00:00Z", "Mail"]);
    assert!(drafts(&before).is_empty());
}

/// An invitation that does not tell when it came has a time all the same; what has none at all is told.
#[test]
fn a_message_without_a_date_is_played_all_the_same() {
    let scenario = &scenarios()[0];
    let home = scenario.lay_out();
    let mail = home.path().join("Mail/new/01.eml");
    let text = fs::read_to_string(&mail).unwrap().replace("\r\n", "\n");
    let (header, body) = text.split_once("\n\n").unwrap();
    let mut kept = String::new();
    let mut dropping = false;
    for line in header.lines() {
        let folded = line.starts_with([' ', '\t']);
        dropping = if folded {
            dropping
        } else {
            ["Date:", "Received:"].iter().any(|f| line.starts_with(f))
        };
        if !dropping {
            kept.extend([line, "\n"]);
        }
    }
    fs::write(&mail, format!("{kept}\n{body}")).unwrap();
    let last = scenario.told["expect"].as_array().unwrap().last().unwrap();
    let at = last["at"].as_str().unwrap();
    fs::write(home.path().join("Mail/new/note"), "From: a@b.example\n\nno time\n").unwrap();
    let output = preview(home.path(), &["--at", at, "Mail"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(told.matches("was taken for the oldest").count(), 1, "{told}");
    check("without a Date", at, last["drafts"].as_array().unwrap(), &drafts(&output));
}
