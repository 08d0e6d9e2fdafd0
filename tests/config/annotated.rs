//! The annotated file holds every key, and its defaults are those of the code.

use afterword::config;

use super::load;

/// Each active line `key = value` of the annotated file with its number.
fn active() -> Vec<usize> {
    let key = |line: &str| {
        line.split_once(" = ")
            .is_some_and(|(key, _)| key.chars().all(|c| c.is_alphanumeric() || c == '_'))
    };
    config::ANNOTATED
        .lines()
        .enumerate()
        .filter(|(_, line)| key(line))
        .map(|(number, _)| number)
        .collect()
}

/// The annotated file with its lines changed.
fn annotated(change: impl Fn(usize, &str) -> Option<String>) -> String {
    let lines =
        config::ANNOTATED.lines().enumerate().filter_map(|(number, line)| change(number, line));
    lines.fold(String::new(), |text, line| text + &line + "\n")
}

/// Whether a line is a key behind a `#`: what is explained has a space there.
fn is_optional(line: &str) -> bool {
    line.strip_prefix('#')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_alphabetic() || c == '['))
}

#[test]
fn what_the_annotated_file_gives_as_default_is_the_default() {
    let whole = format!("{:?}", load(config::ANNOTATED, &[]).unwrap());
    let mut required = Vec::new();
    for number in active() {
        let line = config::ANNOTATED.lines().nth(number).unwrap();
        match load(&annotated(|n, line| (n != number).then(|| line.to_owned())), &[]) {
            Ok(without) => assert_eq!(format!("{without:?}"), whole, "not the default: {line}"),
            Err(_) => required.push(line.split(' ').next().unwrap()),
        }
    }
    assert_eq!(required, ["name", "addresses", "name", "server", "user", "password"]);
}

#[test]
fn what_the_annotated_file_proposes_can_be_used() {
    let whole = format!("{:?}", load(config::ANNOTATED, &[]).unwrap());
    let lines: Vec<&str> = config::ANNOTATED.lines().collect();
    let account = lines.iter().position(|line| *line == "#[[accounts]]").unwrap();
    for number in (0..=account).filter(|number| is_optional(lines[*number])) {
        // The second account is one proposal of several lines.
        let proposed = |n: usize| n == number || (number == account && n > account);
        let text = annotated(|n, line| {
            Some(if proposed(n) { line[1..].to_owned() } else { line.to_owned() })
        });
        match load(&text, &[]) {
            Ok(with) => {
                assert_ne!(format!("{with:?}"), whole, "changes nothing: {}", lines[number]);
            }
            Err(error) => {
                let said = error.to_string();
                assert!(lines[number].starts_with("#token") && said.contains("not both"), "{said}");
            }
        }
    }
}

#[test]
fn the_annotated_file_has_every_key() {
    let text = annotated(|_, line| {
        Some(if is_optional(line) { line[1..].to_owned() } else { line.to_owned() })
    });
    let root: toml::Table = text.parse().unwrap();
    let entries = |table: &toml::Table, key: &str| -> Vec<toml::Table> {
        let values = table[key].as_array().unwrap().iter();
        values.map(|value| value.as_table().unwrap().clone()).collect()
    };
    let table = |key: &str| root[key].as_table().unwrap().clone();
    for (section, known) in config::known_keys() {
        let tables = match section {
            "" => vec![root.clone()],
            "profile.strengths" => entries(&table("profile"), "strengths"),
            "drafts.notify" => vec![table("drafts")["notify"].as_table().unwrap().clone()],
            "accounts" => entries(&root, "accounts"),
            // One of three at a time: the alternatives stand in the text.
            "accounts.password" | "accounts.token" => {
                assert!(
                    known.iter().all(|key| text.contains(&format!("{{ {key} = "))),
                    "{known:?}"
                );
                continue;
            }
            section => vec![table(section)],
        };
        let mut known = known;
        let mut written: Vec<String> =
            tables.iter().flat_map(|table| table.keys().cloned()).collect();
        known.sort();
        written.sort();
        written.dedup();
        assert_eq!(written, known, "[{section}]");
    }
}
