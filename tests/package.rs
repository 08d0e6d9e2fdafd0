//! The Debian package that `cargo deb` makes of Cargo.toml: what is in it is there, and does what Debian's users expect.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// `[package.metadata.deb]`.
fn metadata() -> toml::Table {
    let manifest: toml::Table =
        fs::read_to_string(root().join("Cargo.toml")).unwrap().parse().unwrap();
    manifest["package"]["metadata"]["deb"].as_table().unwrap().clone()
}

/// Source, destination and mode of every file.
fn assets() -> Vec<[String; 3]> {
    let metadata = metadata();
    let assets = metadata["assets"].as_array().unwrap().iter();
    let text = |asset: &toml::Value, n: usize| asset[n].as_str().unwrap().to_owned();
    assets.map(|asset| [0, 1, 2].map(|n| text(asset, n))).collect()
}

#[test]
fn every_file_of_the_package_is_there() {
    for [source, destination, mode] in assets() {
        assert!(!destination.starts_with('/'), "{destination}");
        let program = source == "target/release/afterword";
        assert_eq!(mode, if program { "755" } else { "644" }, "{source}");
        // A pattern stands for what its directory holds.
        let path = source.split("/*").next().unwrap();
        assert!(program || root().join(path).exists(), "{source}");
    }
    let has = |source: &str, destination: &str| {
        assert!(
            assets().iter().any(|a| a[0] == source && a[1] == destination),
            "{source} is not installed as {destination}"
        );
    };
    has("target/release/afterword", "usr/bin/");
    // What lies in /etc is the owner's: an upgrade asks before it changes it.
    has("config/afterword.toml", "etc/afterword/config.toml");
}

#[test]
fn the_service_is_started_by_whoever_configured_it_and_restarted_by_an_upgrade() {
    let units = metadata()["systemd-units"].as_table().unwrap().clone();
    let set = |key: &str| units[key].as_bool().unwrap();
    assert!(!set("enable") && !set("start"), "the installed configuration is an example");
    assert!(set("restart-after-upgrade") && !set("stop-on-upgrade"));
    let directory = root().join(units["unit-scripts"].as_str().unwrap());
    for unit in ["afterword.service", "afterword@.service"] {
        assert!(directory.join(unit).is_file(), "{unit}");
    }
}

fn scripts() -> Vec<PathBuf> {
    let directory = root().join(metadata()["maintainer-scripts"].as_str().unwrap());
    ["postinst", "prerm", "postrm"].map(|name| directory.join(name)).to_vec()
}

#[test]
fn the_maintainer_scripts_are_shell_and_make_room_for_those_of_the_units() {
    for script in scripts() {
        let text = fs::read_to_string(&script).unwrap();
        assert!(text.starts_with("#!/bin/sh\nset -e\n") && text.contains("\n#DEBHELPER#\n"));
        assert!(fs::metadata(&script).unwrap().permissions().mode() & 0o111 != 0);
        let checked = Command::new("sh").arg("-n").arg(&script).status().unwrap();
        assert!(checked.success(), "{}", script.display());
    }
}

#[test]
fn a_purge_removes_the_state_and_the_password_and_a_removal_does_not() {
    let text = fs::read_to_string(&scripts()[2]).unwrap();
    // The script in a directory of its own instead of `/`.
    let dir = tempfile::tempdir().unwrap();
    let inside = |path: &str| dir.path().join(path);
    let script = inside("postrm");
    let moved = text.replace(" /var", &format!(" {}", inside("var").display()));
    let moved = moved.replace(" /etc", &format!(" {}", inside("etc").display()));
    fs::write(&script, moved).unwrap();
    let links = "etc/systemd/system/multi-user.target.wants";
    for path in ["var/lib/private/afterword/db", "etc/afterword", links] {
        fs::create_dir_all(inside(path)).unwrap();
    }
    fs::write(inside("etc/afterword/imap-password"), "secret").unwrap();
    fs::create_dir_all(inside("etc/other")).unwrap();
    std::os::unix::fs::symlink("private/afterword", inside("var/lib/afterword")).unwrap();
    let instance = format!("{links}/afterword@alex.service");
    for unit in ["afterword@alex.service", "other.service"] {
        std::os::unix::fs::symlink("/nowhere", inside(links).join(unit)).unwrap();
    }
    let run = |what: &str| {
        assert!(Command::new("sh").arg(&script).arg(what).status().unwrap().success());
    };
    let there = |path: &str| fs::symlink_metadata(Path::new(&inside(path))).is_ok();
    run("remove");
    run("upgrade");
    assert!(there("var/lib/private/afterword/db") && there("etc/afterword/imap-password"));
    run("purge");
    for path in ["var/lib/private/afterword", "var/lib/afterword", "etc/afterword", &instance] {
        assert!(!there(path), "{path}");
    }
    assert!(there("var/lib/private") && there("etc/other"));
    assert!(there(&format!("{links}/other.service")));
}
