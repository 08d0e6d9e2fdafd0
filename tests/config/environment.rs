//! What the environment says: variables over the file, and where files are.

use std::path::{Path, PathBuf};

use afterword::config::{self, Environment};

use super::{OWNER, loaded, refused_with};

#[test]
fn the_environment_overrides() {
    let settings = loaded(
        "[drafts]\nafter = \"1m\"\ncheck_in = false",
        &[
            ("AFTERWORD__OWNER__NAME", "123"),
            ("AFTERWORD__OWNER__PHONE", "+15550100"),
            ("AFTERWORD__OWNER__ADDRESSES", "b@example.org, c@example.org"),
            ("AFTERWORD__OWNER__TIMEZONE", "Asia/Tokyo"),
            ("AFTERWORD__PROFILE__SUMMARY", "true"),
            ("AFTERWORD__DRAFTS__AFTER", "2m"),
            ("AFTERWORD__DRAFTS__CHECK_IN", "true"),
            ("AFTERWORD__DRAFTS__NOTIFY__COMMAND", "echo, done"),
            ("AFTERWORD__STORE__PATH", "/srv/x"),
            ("AFTERWORD_OTHER", "is not ours"),
        ],
    );
    assert_eq!(settings.owner.name, "123");
    assert_eq!(settings.owner.phone.as_deref(), Some("+15550100"));
    assert_eq!(format!("{:?}", settings.owner.addresses), "[b@example.org, c@example.org]");
    assert_eq!(settings.owner.time_zone.iana_name(), Some("Asia/Tokyo"));
    assert_eq!(settings.profile.summary.as_deref(), Some("true"));
    assert_eq!(settings.drafts.after, jiff::SignedDuration::from_mins(2));
    assert!(settings.drafts.check_in);
    assert_eq!(settings.drafts.notify.unwrap().command, "echo, done");
    assert_eq!(settings.store, PathBuf::from("/srv/x"));
    assert_eq!(loaded("", &[("AFTERWORD__DRAFTS__STYLE", "")]).drafts.style, "plain");
}

#[test]
fn variables_are_refused_by_name() {
    let variable =
        |name: &str, value: &str, expected: &str| refused_with(OWNER, &[(name, value)], expected);
    variable(
        "AFTERWORD__OWNER__TIME_ZONE",
        "UTC",
        "AFTERWORD__OWNER__TIME_ZONE: unknown variable\nhint: did you mean `AFTERWORD__OWNER__TIMEZONE`?",
    );
    variable(
        "AFTERWORD__ONWER__NAME",
        "x",
        "AFTERWORD__ONWER__NAME: unknown variable\nhint: did you mean `AFTERWORD__OWNER__NAME`?",
    );
    variable(
        "AFTERWORD__STORE__ZZZ",
        "x",
        "AFTERWORD__STORE__ZZZ: unknown variable\nhint: known here: `AFTERWORD__STORE__PATH`",
    );
    variable(
        "AFTERWORD__OWNER",
        "x",
        "AFTERWORD__OWNER: this can only be set in the configuration file",
    );
    variable(
        "AFTERWORD__PROFILE__STRENGTHS",
        "x",
        "AFTERWORD__PROFILE__STRENGTHS: this can only be set",
    );
    variable(
        "AFTERWORD__ACCOUNTS__0__PASSWORD",
        "x",
        "AFTERWORD__ACCOUNTS__0__PASSWORD: accounts come from",
    );
    variable(
        "AFTERWORD__DRAFTS__CHECK_IN",
        "perhaps",
        "AFTERWORD__DRAFTS__CHECK_IN: `perhaps` is not a boolean",
    );
    variable(
        "AFTERWORD__DRAFTS__AFTER",
        "soon",
        "AFTERWORD__DRAFTS__AFTER: `soon` is not a duration\nhint: ",
    );
    variable(
        "AFTERWORD__OWNER__TIMEZONE",
        "Mars",
        "AFTERWORD__OWNER__TIMEZONE: `Mars` is not a time zone",
    );
    variable(
        "AFTERWORD__OWNER__ADDRESSES",
        "a@b.example,c",
        "AFTERWORD__OWNER__ADDRESSES: `c` is not an e-mail address",
    );
    variable("AFTERWORD__STORE__PATH__X", "x", "AFTERWORD__STORE__PATH__X: ");
    variable("AFTERWORD__", "x", "AFTERWORD__: unknown variable");
}

#[test]
fn a_value_that_is_not_utf_8() {
    use std::os::unix::ffi::OsStringExt as _;
    let name = std::ffi::OsString::from("AFTERWORD__OWNER__NAME");
    let environment: Environment =
        [(name, std::ffi::OsString::from_vec(vec![0xff]))].into_iter().collect();
    let said = config::parse(Path::new("c.toml"), OWNER, &environment).unwrap_err().to_string();
    assert_eq!(said, "AFTERWORD__OWNER__NAME: the value is not UTF-8");
}

#[test]
fn where_the_store_is() {
    let store = |variables: &[(&str, &str)]| loaded("", variables).store;
    let state = ("XDG_STATE_HOME", "/x/state");
    assert_eq!(store(&[state]), PathBuf::from("/x/state/afterword"));
    assert_eq!(
        store(&[state, ("STATE_DIRECTORY", "/var/lib/afterword:/other")]),
        PathBuf::from("/var/lib/afterword")
    );
    assert_eq!(
        store(&[("XDG_STATE_HOME", "relative")]),
        PathBuf::from("/home/alex/.local/state/afterword")
    );
    assert_eq!(store(&[("HOME", "/")]), PathBuf::from("/var/lib/afterword"));
}

#[test]
fn where_the_file_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let write = |name: &str, owner: &str| {
        let file = path(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, OWNER.replace("Alex Rivera", owner)).unwrap();
        file
    };
    let load = |file: Option<&Path>, variables: &[(&str, PathBuf)]| {
        let environment: Environment = variables.iter().cloned().collect();
        config::load_from(file, &environment).map(|settings| settings.owner.name)
    };
    let home = ("HOME", path("home"));
    let missing = load(None, std::slice::from_ref(&home)).unwrap_err().to_string();
    assert!(
        missing.starts_with(
            "there is no configuration file\nhint: looked for `$AFTERWORD_CONFIG` (not set), "
        ),
        "{missing}"
    );
    assert!(
        missing.contains("home/.config/afterword/config.toml`, `/etc/afterword/config.toml`"),
        "{missing}"
    );

    write("home/.config/afterword/config.toml", "home");
    write("xdg/afterword/config.toml", "xdg");
    let variable = write("variable.toml", "variable");
    let given = write("given.toml", "given");
    let xdg = ("XDG_CONFIG_HOME", path("xdg"));
    let all = [home.clone(), xdg.clone(), ("AFTERWORD_CONFIG", variable)];
    assert_eq!(load(Some(&given), &all).unwrap(), "given");
    assert_eq!(load(None, &all).unwrap(), "variable");
    assert_eq!(load(None, &[home.clone(), xdg]).unwrap(), "xdg");
    assert_eq!(load(None, std::slice::from_ref(&home)).unwrap(), "home");
    // One that was asked for is not replaced by another.
    let said =
        load(None, &[home, ("AFTERWORD_CONFIG", path("nowhere.toml"))]).unwrap_err().to_string();
    assert!(
        said.starts_with("cannot read the configuration ")
            && said.contains("nowhere.toml: No such file"),
        "{said}"
    );
    let said = load(Some(directory.path()), &[]).unwrap_err().to_string();
    assert!(
        said.starts_with("cannot read the configuration ") && said.contains("directory"),
        "{said}"
    );
}
