//! The shape of the source: layers, fenced crates, length, nothing left unfinished. A short scan of the text, no parser.

use std::fs;
use std::path::Path;

/// The core, in reading order: a module uses those above it only.
const CORE: [&str; 9] = [
    "address",
    "folder",
    "message",
    "extract",
    "interview",
    "ledger",
    "follow_up",
    "draft",
    "engine",
];
/// The edges: they use the core, and not each other.
const EDGES: [&str; 8] =
    ["clock", "config", "store", "imap", "maildir", "systemd", "control", "dictionary"];
/// What ties them together.
const TIES: [&str; 4] = ["daemon", "commands", "main", "lib"];

/// Crates, and the one module that may use them.
const FENCED: [(&str, &str); 15] = [
    ("mail_parser", "message"),
    ("calcard", "message"),
    ("html2text", "message"),
    ("lettre", "draft"),
    ("minijinja", "draft"),
    ("snowball_stemmers_rs", "draft"),
    ("spellbook", "dictionary"),
    ("async_imap", "imap"),
    ("imap_proto", "imap"),
    ("tokio_rustls", "imap"),
    ("rustls", "imap"),
    ("rustls_platform_verifier", "imap"),
    ("sled", "store"),
    ("sd_notify", "systemd"),
    ("config", "config"),
];
/// Crates that do something: not for the core.
const EDGES_ONLY: [&str; 4] = ["tokio", "rustix", "futures_util", "tracing_subscriber"];

const MAX_LINES: usize = 500;

/// Everything that is wrong with one file of `src`, `path` being relative to it.
fn faults(path: &str, text: &str) -> Vec<String> {
    let module = path.split(['/', '.']).next().unwrap_or_default();
    let code = code(text);
    let mut faults = Vec::new();
    for used in uses(&code, "crate::") {
        if !may_use(module, &used) {
            faults.push(format!("{path}: `{module}` must not use `crate::{used}`"));
        }
    }
    if ![&CORE[..], &EDGES, &TIES].concat().contains(&module) {
        faults.push(format!("{path}: `{module}` has no place among the layers"));
    }
    for (krate, home) in FENCED {
        if module != home && names_crate(&code, krate) {
            faults.push(format!("{path}: the crate `{krate}` is for `{home}` only"));
        }
    }
    for krate in EDGES_ONLY {
        if CORE.contains(&module) && names_crate(&code, krate) {
            faults.push(format!("{path}: the core must not use `{krate}`"));
        }
    }
    let lines = text.lines().count();
    if lines > MAX_LINES {
        faults.push(format!("{path}: {lines} lines are more than {MAX_LINES}"));
    }
    faults
}

fn may_use(module: &str, used: &str) -> bool {
    if used == module || TIES.contains(&module) {
        return true;
    }
    let place = |name: &str| CORE.iter().position(|core| *core == name);
    match (place(module), place(used)) {
        (Some(own), Some(other)) => other < own,
        (Some(_), None) => false,
        (None, other) => other.is_some(),
    }
}

/// The text without comments (whose links are no uses) and without what stands in quotes.
fn code(text: &str) -> String {
    let without_comment = |line: &str| {
        let mut quoted = false;
        let mut previous = [' '; 2];
        let mut kept = String::new();
        for c in line.chars() {
            let is_quote = c == '"' && previous[1] != '\\' && previous != ['\'', '"'];
            quoted ^= is_quote && previous[1] != '\'';
            if c == '/' && previous[1] == '/' && !quoted {
                kept.pop();
                break;
            }
            if !quoted {
                kept.push(c);
            }
            previous = [previous[1], c];
        }
        kept
    };
    text.lines().map(|line| without_comment(line) + "\n").collect()
}

/// The names that follow `prefix`, also in `crate::{a, b::{c, d}, e}`.
fn uses(code: &str, prefix: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        let joined = code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$');
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            _ if joined => (),
            Some(group) => found.extend(top_level(group)),
            None => found.push(identifier(rest)),
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

/// The first names of the entries of a group, up to its closing brace.
fn top_level(group: &str) -> Vec<String> {
    let mut depth = 0;
    let mut entries = vec![String::new()];
    for c in group.chars() {
        match c {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => entries.push(String::new()),
            _ => (),
        }
        if let Some(entry) = entries.last_mut().filter(|_| depth == 0 && c != ',') {
            entry.push(c);
        }
    }
    entries.iter().map(|entry| identifier(entry.trim())).collect()
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// Whether the code names a crate: `krate::`, `use krate;` or `use krate as`, not as part of a longer path or name.
fn names_crate(code: &str, krate: &str) -> bool {
    // After `use crate::config;` the name means the module.
    if ["crate::", "afterword::"]
        .iter()
        .any(|root| uses(code, root).iter().any(|name| name == krate))
    {
        return false;
    }
    code.match_indices(krate).any(|(at, _)| {
        let before = &code[..at];
        let after = &code[at + krate.len()..];
        let own_path = before.ends_with("::")
            && !before.trim_end_matches("::").ends_with([' ', '(', '<', '&', '\n']);
        let part = before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.');
        let path =
            after.starts_with("::") || (before.ends_with("use ") && after.starts_with([';', ' ']));
        path && !own_path && !part
    })
}

/// What must not stand in a file that is shipped.
fn marks(path: &str, text: &str) -> Vec<String> {
    // Put together, so that this file would pass its own test.
    let marks = [["TO", "DO"], ["FIX", "ME"], ["todo", "!("], ["unimplemented", "!("]]
        .map(|mark| mark.concat());
    let homes =
        ["home", "Users", "root", "work", "builds"].map(|directory| format!("/{directory}/"));
    let mut faults = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let number = number + 1;
        // `VTODO` is a word of iCalendar.
        let left = |mark: &&String| {
            line.match_indices(mark.as_str()).any(|(at, _)| !line[..at].ends_with('V'))
        };
        if let Some(mark) = marks.iter().find(left) {
            faults.push(format!("{path}:{number}: `{mark}` is left"));
        }
        if let Some(home) = homes.iter().find(|home| line.contains(home.as_str())) {
            faults.push(format!("{path}:{number}: a path of somebody's machine (`{home}`)"));
        }
    }
    faults
}

/// Every text file under `name`, with its path relative to the project.
fn files(name: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut open = vec![root.join(name)];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if let Ok(text) = fs::read_to_string(&path) {
            found.push((path.strip_prefix(root).unwrap().display().to_string(), text));
        }
    }
    found.sort();
    found
}

#[test]
fn the_source_is_in_order() {
    let source = files("src");
    assert!(source.len() > 5, "the source was found");
    let faults =
        source.iter().flat_map(|(path, text)| faults(path.strip_prefix("src/").unwrap(), text));
    let faults: Vec<String> = faults.collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn nothing_is_left_unfinished() {
    let shipped = ["src", "config", "systemd", "README.md"].iter().flat_map(|name| files(name));
    let faults: Vec<String> = shipped.flat_map(|(path, text)| marks(&path, &text)).collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[track_caller]
fn check(path: &str, text: &str, expected: &[&str]) {
    let said = faults(path, text);
    assert_eq!(said.len(), expected.len(), "{said:?}");
    for (said, expected) in said.iter().zip(expected) {
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn layers_are_seen() {
    check("address.rs", "use crate::engine::Engine;", &["`address` must not use `crate::engine`"]);
    check("draft/fit.rs", "use crate::{message::Message, interview::{Interview, merge}};", &[]);
    check(
        "draft/fit.rs",
        "pub(crate) use crate::{\n  message::{A, B},\n  engine::Engine,\n};",
        &["`crate::engine`"],
    );
    check("follow_up.rs", "fn f() { crate::draft::write() }", &["`crate::draft`"]);
    check("ledger.rs", "use crate::store::Store;", &["`crate::store`"]);
    check("ledger.rs", "use crate::follow_up;", &["`crate::follow_up`"]);
    check("imap/client.rs", "use crate::config::Server;", &["`imap` must not use `crate::config`"]);
    check("imap/client.rs", "use crate::imap::Error;\nuse crate::folder::Role;", &[]);
    check("store.rs", "use crate::daemon;", &["`crate::daemon`"]);
    check("daemon.rs", "use crate::{config, imap, store, engine};", &[]);
    check("utils.rs", "", &["no place among the layers"]);
    check(
        "address.rs",
        "//! See [`crate::engine`].\n/// [`crate::draft`]\nfn f() {} // crate::imap",
        &[],
    );
    check(
        "address.rs",
        "const A: &str = \"crate::engine // x\"; use crate::imap;",
        &["`crate::imap`"],
    );
    check(
        "address.rs",
        "const Q: char = '\"'; use crate::imap; // crate::store",
        &["`crate::imap`"],
    );
}

#[test]
fn fences_are_seen() {
    check(
        "extract/itip.rs",
        "use calcard::icalendar::ICalendar;",
        &["`calcard` is for `message` only"],
    );
    check("message/icalendar.rs", "use calcard::icalendar::ICalendar;", &[]);
    check("maildir.rs", "fn f() -> ::sled::Db {}", &["`sled` is for `store`"]);
    check("daemon.rs", "let x = lettre::Message::builder();", &["`lettre` is for `draft`"]);
    check(
        "store.rs",
        "use rustls::ClientConfig;\nuse tokio_rustls as t;",
        &["`tokio_rustls`", "`rustls`"],
    );
    check(
        "daemon.rs",
        "use crate::config;\nlet s = crate::config::load(None); config.get(); my_config::x();",
        &[],
    );
    check("daemon.rs", "let b = config::Config::builder();", &["`config` is for `config`"]);
    check("engine.rs", "use tokio::time::sleep;", &["the core must not use `tokio`"]);
    check("imap/client.rs", "use tokio::time::sleep;", &[]);
    check("address.rs", "//! Unlike `lettre::Address`.", &[]);
}

#[test]
fn length_and_marks_are_seen() {
    check("engine.rs", &"\n".repeat(501), &["501 lines are more than 500"]);
    check("engine.rs", &"\n".repeat(500), &[]);
    let text =
        ["// TO", "DO: more\n", "todo", "!()\n", "let home = \"/home/somebody\";\nVTO", "DO\n"]
            .concat();
    let said = marks("src/x.rs", &text);
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said[0].starts_with("src/x.rs:1: ") && said[2].starts_with("src/x.rs:3: "), "{said:?}");
}
