//! Tests of `config`.

mod annotated;
mod environment;
mod secrets;

use std::path::{Path, PathBuf};

use afterword::config::{self, Auth, Environment, Error, SecretSource, Security, Settings, Source};

/// The least that is a configuration.
const OWNER: &str = "[owner]\nname = \"Alex Rivera\"\naddresses = [\"alex@example.org\"]\ntimezone = \"Europe/Berlin\"\n";

fn load(text: &str, variables: &[(&str, &str)]) -> Result<Settings, Error> {
    let home = [("HOME", "/home/alex")];
    let environment: Environment = home.iter().chain(variables).copied().collect();
    config::parse(Path::new("c.toml"), text, &environment)
}

/// Holds that `text` is refused with a message that begins with `expected`.
#[track_caller]
fn refused_with(text: &str, variables: &[(&str, &str)], expected: &str) {
    match load(text, variables) {
        Ok(_) => panic!("should be refused with `{expected}`:\n{text}"),
        Err(error) => {
            let said = error.to_string();
            assert!(said.starts_with(expected), "\nexpected {expected}\n    said {said}");
        }
    }
}

/// The same for a file that begins with [`OWNER`], which has 4 lines.
#[track_caller]
fn refused(text: &str, expected: &str) {
    refused_with(&format!("{OWNER}{text}"), &[], expected);
}

/// The same for keys of an account that has a name, on lines 6 and following.
#[track_caller]
fn account_refused(keys: &str, expected: &str) {
    refused(&format!("[[accounts]]\nname = \"a\"\n{keys}"), expected);
}

#[track_caller]
fn loaded(text: &str, variables: &[(&str, &str)]) -> Settings {
    load(&format!("{OWNER}{text}"), variables).unwrap_or_else(|e| panic!("refused: {e}\n{text}"))
}

#[test]
fn defaults() {
    let settings = loaded("", &[]);
    assert_eq!(settings.owner.time_zone.iana_name(), Some("Europe/Berlin"));
    assert_eq!(settings.drafts.after, jiff::SignedDuration::from_mins(15));
    assert_eq!(settings.drafts.window, jiff::SignedDuration::from_hours(48));
    assert!(!settings.drafts.check_in);
    assert_eq!(settings.drafts.style, "plain");
    assert_eq!(settings.store, PathBuf::from("/home/alex/.local/state/afterword"));
    assert!(settings.accounts.is_empty());
    let said = settings.require_accounts().unwrap_err().to_string();
    assert!(said.starts_with("c.toml: there is no `[[accounts]]`\nhint: "), "{said}");
}

#[test]
fn the_whole_of_it() {
    let settings = loaded(
        r#"
[profile]
summary = "Always true."
strengths = [{ skill = "streaming", keywords = ["Kafka", "Flink"], sentence = "Shown." }]
[drafts]
after = "0s"
window = "3d"
check_in = true
style = "warm"
templates = "letters"
lexicon = "~/words"
notify = { command = "true" }
[store]
path = "/srv/state"
[[accounts]]
name = "one"
server = "imap+starttls://IMAP.Bücher.example/"
user = "alex"
password = { credential = "imap-password" }
ca_file = "/etc/ca.pem"
folders = ["INBOX", "Jobs"]
drafts = "Entwürfe"
sent = "Gesendet"
[[accounts]]
name = "two"
maildir = "Mail"
[[accounts]]
name = "three"
server = "imap://[::1]:1143"
user = "alex"
token = { command = "true" }
"#,
        &[("CREDENTIALS_DIRECTORY", "/run/credentials/x")],
    );
    assert_eq!(settings.profile.strengths[0].keywords, ["Kafka", "Flink"]);
    assert_eq!(settings.drafts.window, jiff::SignedDuration::from_hours(72));
    assert_eq!(settings.drafts.templates, Some(PathBuf::from("/home/alex/letters")));
    assert_eq!(settings.drafts.lexicon, Some(PathBuf::from("/home/alex/words")));
    assert_eq!(settings.drafts.notify.unwrap().command, "true");
    assert_eq!(settings.store, PathBuf::from("/srv/state"));
    let [one, two, three] = &settings.accounts[..] else { panic!("three accounts") };
    let Source::Imap(server) = &one.source else { panic!("a server") };
    assert_eq!((server.host.as_str(), server.port), ("imap.xn--bcher-kva.example", 143));
    assert_eq!(server.security, Security::StartTls);
    let credential = SecretSource::Credential {
        name: "imap-password".to_owned(),
        directory: Some(PathBuf::from("/run/credentials/x")),
    };
    assert_eq!(server.secret, Auth::Password(credential));
    assert_eq!(one.folders, ["INBOX", "Jobs"]);
    assert_eq!((one.drafts.as_deref(), one.sent.as_deref()), (Some("Entwürfe"), Some("Gesendet")));
    assert_eq!(two.source, Source::Maildir(PathBuf::from("/home/alex/Mail")));
    assert_eq!(two.folders, ["INBOX"]);
    let Source::Imap(server) = &three.source else { panic!("a server") };
    assert_eq!(
        (server.host.as_str(), server.port, server.security),
        ("::1", 1143, Security::Plain)
    );
}

#[test]
fn unknown_keys() {
    refused_with(
        "[owner]\nadresses = []\n",
        &[],
        "c.toml:2:1: unknown key `adresses` in `[owner]`\nhint: did you mean `addresses`?",
    );
    refused(
        "[onwer]\nname = \"x\"",
        "c.toml:5:2: unknown key `onwer` at the top level\nhint: did you mean `owner`?",
    );
    refused(
        "[store]\nzzz = 1",
        "c.toml:6:1: unknown key `zzz` in `[store]`\nhint: known here: `path`",
    );
    refused(
        "[profile]\nstrengths = [\n  { skil = \"x\" },\n]",
        "c.toml:7:5: unknown key `skil` in `profile.strengths`\nhint: did you mean `skill`?",
    );
    account_refused(
        "usr = \"x\"",
        "c.toml:7:1: unknown key `usr` in `[[accounts]]`\nhint: did you mean `user`?",
    );
    account_refused(
        "password = { path = \"x\" }",
        "c.toml:7:14: unknown key `path` in `accounts.password`\nhint: known here: `file`",
    );
    refused("drafts.notify.comand = \"x\"", "c.toml:5:");
}

#[test]
fn syntax_and_types() {
    refused("[drafts\n", "c.toml:5:");
    refused("[drafts]\nafter = \"1m\"\nafter = \"2m\"", "c.toml:7:1: duplicate key");
    refused(
        "[drafts]\ncheck_in = \"no\"",
        "c.toml:6:12: `drafts.check_in`: invalid type: string \"no\", expected a boolean",
    );
    refused(
        "[drafts]\nafter = 15",
        "c.toml:6:9: `drafts.after`: invalid type: integer `15`, expected a string",
    );
    refused_with("owner = \"Alex\"", &[], "c.toml:1:1: this section is written `[owner]`");
    refused_with(
        "[[owner]]\nname = \"Alex\"",
        &[],
        "c.toml:1:3: this section is written `[owner]`",
    );
    refused("[accounts]\nname = \"a\"", "c.toml:5:2: this section is written `[[accounts]]`");
    refused(
        "[[accounts]]\nname = \"a\"\nfolders = \"INBOX\"",
        "c.toml:7:11: `accounts.folders`: invalid type",
    );
}

#[test]
fn owners() {
    refused_with("", &[], "c.toml: `name` is missing in `[owner]`\nhint: ");
    refused_with(
        "[owner]\naddresses = [\"a@b.example\"]",
        &[],
        "c.toml:1:1: `name` is missing in `[owner]`",
    );
    refused_with("[owner]\nname = \"A\"", &[], "c.toml:1:1: `addresses` is missing in `[owner]`");
    refused_with("[owner]\nname = \"A\\nB\"", &[], "c.toml:2:8: a line break");
    refused_with(
        "[owner]\nname = \"A\"\naddresses = [\n  \"a@b.example\",\n  \"nobody\",\n]",
        &[],
        "c.toml:5:3: `nobody` is not an e-mail address",
    );
    refused_with(
        "[owner]\nname = \"A\"\naddresses = [\"a@b.example\"]\ntimezone = \"America/New_Yrok\"",
        &[],
        "c.toml:4:12: `America/New_Yrok` is not a time zone of the IANA database\nhint: did you mean `America/New_York`?",
    );
    let long = format!("[owner]\nname = \"{}\"", "x".repeat(2000));
    refused_with(&long, &[], "c.toml:2:8: longer than 1000 bytes");
}

#[test]
fn profiles() {
    refused(
        "[profile]\nstrengths = [{ skill = \"x\", sentence = \"y\" }]",
        "c.toml:6:14: a strength needs `keywords`",
    );
    refused(
        "[profile]\nstrengths = [{ skill = \"x\", keywords = [\"\"], sentence = \"y\" }]",
        "c.toml:6:41: an entry of the list is empty",
    );
    refused(
        "[profile]\nstrengths = [{ skill = \"x\", keywords = [\"k\"] }]",
        "c.toml:6:14: `sentence` is missing in `profile.strengths`",
    );
    let many = format!("[profile]\nstrengths = [{}]", "{ skill = \"x\" },".repeat(101));
    refused(&many, "c.toml:6:13: 101 entries are more than the 100 that are allowed");
}

#[test]
fn durations() {
    for (text, seconds) in [("0s", 0), ("90s", 90), ("15m", 900), ("24h", 86_400), ("1d", 86_400)] {
        let settings = loaded(&format!("[drafts]\nafter = \"{text}\""), &[]);
        assert_eq!(settings.drafts.after.as_secs(), seconds, "{text}");
    }
    for text in [
        "15",
        "m",
        "-15m",
        "+15m",
        "1.5h",
        "15 m",
        "15min",
        "1h30m",
        "9999999999999999999s",
        "15µ",
        "٣m",
    ] {
        refused(
            &format!("[drafts]\nafter = \"{text}\""),
            &format!("c.toml:6:9: `{text}` is not a duration\nhint: "),
        );
    }
    refused("[drafts]\nafter = \"25h\"", "c.toml:6:9: `25h` is too long\nhint: from 0s to 24h");
    refused(
        "[drafts]\nafter = \"9000000000000000d\"",
        "c.toml:6:9: `9000000000000000d` is not a duration",
    );
    refused("[drafts]\nwindow = \"61d\"", "c.toml:6:10: `61d` is too long");
    refused("[drafts]\nwindow = \"0s\"", "c.toml:6:10: `0s` is too short");
    refused(
        "[drafts]\nafter = \"2h\"\nwindow = \"1h\"",
        "c.toml:7:10: `window` is not longer than `after`",
    );
    refused("[drafts]\nstyle = \"../plain\"", "c.toml:6:9: `../plain` is not the name of a style");
    refused("[drafts]\nnotify = {}", "c.toml:6:10: `command` is missing in `drafts.notify`");
}

#[test]
fn servers() {
    let server = |url: &str, expected: &str| {
        let keys = format!("server = \"{url}\"\nuser = \"u\"\npassword = {{ command = \"true\" }}");
        account_refused(&keys, &format!("c.toml:7:10: {expected}"));
    };
    server("imap.example.org", "a server is written as a URL\nhint: `imaps://");
    server("smtp://imap.example.org", "unknown scheme `smtp://`\nhint: `imaps://`");
    server(
        "imap://imap.example.org",
        "`imap://` would send the password unencrypted to `imap.example.org`\nhint: use `imaps://`",
    );
    server("imap://localhost.example.org", "`imap://` would send");
    server("imap://127.0.0.1.example.org", "`imap://` would send");
    server("imap://192.168.1.1", "`imap://` would send");
    server("imaps://h:0", "the port is not a number from 1 to 65535");
    server("imaps://h:65536", "the port is not");
    server("imaps://h:", "the port is not");
    server("imaps://h:x", "the port is not");
    server("imaps://", "this is not the name or address of a host");
    server("imaps://h/INBOX", "this is not the name");
    server("imaps://a b", "this is not the name");
    server("imaps://[::1", "this is not the name");
    server("imaps://alex:hunter2@h", "a server is given without a user\nhint: use the keys");
    for url in [
        "imap://localhost",
        "imap://LOCALHOST:1143",
        "imap://127.0.0.1",
        "imap://127.1.2.3",
        "imap://[::1]",
    ] {
        loaded(
            &format!(
                "[[accounts]]\nname = \"a\"\nserver = \"{url}\"\nuser = \"u\"\ntoken = {{ file = \"t\" }}"
            ),
            &[],
        );
    }
}

#[test]
fn accounts() {
    account_refused("user = \"u\"", "c.toml:5:1: an account needs a `server` or a `maildir`");
    account_refused(
        "server = \"imaps://h\"\nuser = \"u\"",
        "c.toml:5:1: a `server` needs a `password` or a `token`\nhint: `password = { file",
    );
    account_refused(
        "server = \"imaps://h\"\npassword = { file = \"p\" }",
        "c.toml:5:1: `user` is missing in `[[accounts]]`",
    );
    account_refused(
        "server = \"imaps://h\"\nuser = \"u\"\npassword = { file = \"p\" }\ntoken = { file = \"t\" }",
        "c.toml:10:9: an account has either a `password` or a `token`, not both",
    );
    account_refused(
        "server = \"imaps://h\"\nmaildir = \"M\"",
        "c.toml:8:11: an account has either a `server` or a `maildir`",
    );
    account_refused(
        "maildir = \"M\"\nuser = \"u\"",
        "c.toml:8:8: `user` means nothing for a `maildir`",
    );
    account_refused("maildir = \"M\"\nfolders = []", "c.toml:8:11: no folder is left to be read");
    account_refused(
        "maildir = \"M\"\ndrafts = \"x\"\nsent = \"x\"",
        "c.toml:9:8: `drafts` and `sent` are the same folder",
    );
    account_refused(
        "maildir = \"M\"\n[[accounts]]\nname = \"a\"\nmaildir = \"N\"",
        "c.toml:9:8: there are two accounts called `a`",
    );
    account_refused(
        "maildir = \"M\"\n[[accounts]]\nname = \"\"\nmaildir = \"N\"",
        "c.toml:9:8: `name` is missing in `[[accounts]]`",
    );
    refused("[[accounts]]\nmaildir = \"M\"", "c.toml:5:1: `name` is missing in `[[accounts]]`");
    let homeless: Environment = [("HOME", "/")].into_iter().collect();
    let text = format!("{OWNER}[[accounts]]\nname = \"a\"\nmaildir = \"Mail\"");
    let said = config::parse(Path::new("c.toml"), &text, &homeless).unwrap_err().to_string();
    assert!(
        said.starts_with(
            "c.toml:7:11: `Mail` starts at the home directory, and there is none\nhint: "
        ),
        "{said}"
    );
}
