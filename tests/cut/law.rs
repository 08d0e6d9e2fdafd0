//! What the daemon may say to a server: it reads with EXAMINE and BODY.PEEK, and writes to Drafts alone.

/// Every command of one run that must never be said, `commands` being [`super::proxy::Trace::commands`].
pub fn broken(commands: &[String]) -> Vec<String> {
    let mut writable = false;
    let mut broken = Vec::new();
    for command in commands {
        let words: Vec<&str> = command.split(' ').collect();
        let lawful = match words[..] {
            ["connect" | "CAPABILITY" | "AUTHENTICATE" | "LOGIN" | "NAMESPACE" | "LIST", ..]
            | ["NOOP" | "IDLE" | "DONE" | "LOGOUT"]
            | ["UID", "SEARCH", ..] => true,
            ["EXAMINE", _] => {
                writable = false;
                true
            }
            ["SELECT", folder] => {
                writable = true;
                folder == "\"Drafts\""
            }
            ["APPEND", folder, "(\\Draft", "\\Seen)" | "\\Seen", ..] => folder == "\"Drafts\"",
            ["FETCH", ..] | ["UID", "FETCH", ..] => reads_only(command),
            ["UID", "MOVE", uid, "\"Trash\""]
            | ["UID", "STORE", uid, "+FLAGS.SILENT", "(\\Deleted)"]
            | ["UID", "EXPUNGE", uid] => writable && is_one(uid),
            _ => false,
        };
        if !lawful {
            broken.push(command.clone());
        }
    }
    broken
}

/// Whether nothing that is fetched sets `\Seen` (RFC 9051 section 6.4.5).
fn reads_only(command: &str) -> bool {
    let items = command.replace("BODY.PEEK[", "").replace("RFC822.SIZE", "");
    !items.contains("BODY[") && !items.contains("RFC822") && !items.contains("BINARY[")
}

/// Whether it is one UID and no set of them.
fn is_one(uid: &str) -> bool {
    uid.bytes().all(|b| b.is_ascii_digit())
}

#[test]
fn what_must_not_be_said_is_noticed() {
    for command in [
        "SELECT \"INBOX\"",
        "EXPUNGE",
        "CLOSE",
        "STORE 1 +FLAGS (\\Seen)",
        "UID STORE 1 +FLAGS.SILENT (\\Deleted)",
        "UID MOVE 4 \"Trash\"",
        "UID FETCH 1 (BODY[])",
        "FETCH 1:* (RFC822)",
        "FETCH 1:* (UID RFC822.TEXT)",
        "APPEND \"INBOX\" (\\Draft \\Seen) {3}",
        "APPEND \"Drafts\" (\\Flagged) {3}",
        "DELETE \"Drafts\"",
        "UID COPY 1 \"Trash\"",
    ] {
        let run = ["EXAMINE \"INBOX\"".to_owned(), command.to_owned()];
        assert_eq!(broken(&run), [command]);
    }
    for command in [
        "UID MOVE 1:4 \"Trash\"",
        "UID MOVE 4 \"Sent\"",
        "UID EXPUNGE 1:*",
        "UID STORE 4 +FLAGS (\\Seen)",
    ] {
        let run = ["SELECT \"Drafts\"".to_owned(), command.to_owned()];
        assert_eq!(broken(&run), [command]);
    }
    let lawful = [
        "EXAMINE \"INBOX\"",
        "UID FETCH 1:* (UID RFC822.SIZE BODY.PEEK[HEADER]<0.9>)",
        "SELECT \"Drafts\"",
        "UID MOVE 4 \"Trash\"",
    ];
    assert_eq!(broken(&lawful.map(str::to_owned)), [""; 0]);
}
