//! Which folder is Drafts, Sent, the bin and the archive: by SPECIAL-USE (RFC 6154), else by configuration, else by name.

use std::fmt;

use imap_proto::{MailboxDatum, MailboxListData, NameAttribute, Response};

use super::answer::Answer;
use super::client::{Client, SMALL};
use super::error::Error;
use super::{Connection, Endpoint, names, utf7};
use crate::folder::Role;

/// How many folders are looked at.
const MAX_FOLDERS: usize = 20_000;
/// How long a folder's name may be on the wire, in bytes.
const MAX_NAME: usize = 2000;

/// A folder's name, as people read it and as it is sent (RFC 3501 section 5.1.3: never re-encoded, always as listed).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FolderName {
    name: String,
    raw: String,
}

impl FolderName {
    /// A folder by the name that people read.
    pub fn new(name: &str) -> Self {
        let name = if name.eq_ignore_ascii_case("INBOX") { "INBOX" } else { name };
        Self { name: name.to_owned(), raw: utf7::encode(name) }
    }

    fn listed(raw: &str) -> Self {
        Self { name: utf7::decode(raw), raw: raw.to_owned() }
    }

    /// The name that people read.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name on the wire.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// The name as an argument of a command (RFC 9051 section 4.3).
    pub(super) fn quoted(&self) -> Result<String, Error> {
        if self.raw.contains(['\r', '\n', '\0']) {
            return Err(Error::Unsendable("a folder's name"));
        }
        Ok(format!("\"{}\"", self.raw.replace('\\', "\\\\").replace('"', "\\\"")))
    }
}

impl fmt::Display for FolderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name.escape_debug())
    }
}

/// How a folder's role was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The server marks it (RFC 6154).
    SpecialUse,
    /// The configuration names it.
    Configured,
    /// It is called like one.
    Name,
    /// It was created by us.
    Created,
}

/// A folder and how it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its name.
    pub folder: FolderName,
    /// How it was found.
    pub why: Why,
    /// The same in words, with what was passed over.
    pub text: String,
}

/// All folders, and which is which.
#[derive(Clone, Debug, Default)]
pub struct Folders {
    drafts: Option<Found>,
    sent: Option<Found>,
    trash: Option<Found>,
    archive: Option<Found>,
    notes: Vec<String>,
    all: Vec<FolderName>,
    create: Vec<FolderName>,
}

impl Folders {
    /// The folder of a role; `None` for INBOX, which always is `INBOX`, and where there is none.
    pub fn of(&self, role: Role) -> Option<&Found> {
        match role {
            Role::Inbox => None,
            Role::Drafts => self.drafts.as_ref(),
            Role::Sent => self.sent.as_ref(),
            Role::Trash => self.trash.as_ref(),
            Role::Archive => self.archive.as_ref(),
        }
    }

    /// Every folder that can be opened.
    pub fn all(&self) -> &[FolderName] {
        &self.all
    }

    /// A folder by the name that people read, `INBOX` in any case; `None` where it is not there.
    pub fn named(&self, name: &str) -> Option<FolderName> {
        if name.eq_ignore_ascii_case("INBOX") {
            return Some(FolderName::new("INBOX"));
        }
        self.all.iter().find(|folder| folder.name == name || folder.raw == name).cloned()
    }

    /// What the owner should know: a configured folder that is not there, roles without a folder.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What Drafts will be called if it has to be created; the second only if the server refuses the first.
    pub fn to_create(&self) -> &[FolderName] {
        &self.create
    }

    /// The folder to open for a role, INBOX included.
    pub(super) fn name_of(&self, role: Role) -> Option<FolderName> {
        match role {
            Role::Inbox => Some(FolderName::new("INBOX")),
            _ => self.of(role).map(|found| found.folder.clone()),
        }
    }
}

/// One line of LIST, as far as it matters.
#[derive(Clone, Debug)]
struct Listed {
    folder: FolderName,
    delimiter: Option<char>,
    uses: Vec<&'static str>,
    selectable: bool,
}

impl Listed {
    fn new(data: &MailboxListData<'_>) -> Option<Self> {
        // A name that is not UTF-8 was mangled by the parser and cannot be sent back.
        let raw = unescaped(&data.name);
        if raw.is_empty() || raw.len() > MAX_NAME || raw.contains('\u{fffd}') {
            return None;
        }
        let mut listed = Self {
            folder: FolderName::listed(&raw),
            delimiter: None,
            uses: Vec::new(),
            selectable: true,
        };
        listed.delimiter =
            data.delimiter.as_deref().and_then(|text| unescaped(text).chars().next());
        for attribute in &data.name_attributes {
            match attribute {
                NameAttribute::Drafts => listed.uses.push("\\Drafts"),
                NameAttribute::Sent => listed.uses.push("\\Sent"),
                NameAttribute::Trash => listed.uses.push("\\Trash"),
                NameAttribute::All => listed.uses.push("\\All"),
                NameAttribute::Archive => listed.uses.push("\\Archive"),
                NameAttribute::NoSelect => listed.selectable = false,
                NameAttribute::Extension(name) if name.eq_ignore_ascii_case("\\NonExistent") => {
                    listed.selectable = false;
                }
                _ => {}
            }
        }
        Some(listed)
    }

    /// The name without its parents, and how many of those it has.
    fn own_name(&self) -> (&str, usize) {
        match self.delimiter.map(|d| (self.folder.name.rsplit_once(d), d)) {
            Some((Some((parents, own)), d)) => (own, parents.matches(d).count() + 1),
            _ => (&self.folder.name, 0),
        }
    }
}

/// imap-proto leaves the escapes of a quoted string in it.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.push(if c == '\\' { chars.next().unwrap_or(c) } else { c });
    }
    out
}

/// Asks for all folders and finds out which is which.
pub(super) async fn find(client: &mut Client, endpoint: &Endpoint) -> Result<Folders, Error> {
    let mut listed = Vec::new();
    // Servers that know SPECIAL-USE may still not tell it in a plain LIST (RFC 6154 section 5.1).
    if client.can("SPECIAL-USE") && client.can("LIST-EXTENDED") {
        match list(client, "LIST \"\" \"*\" RETURN (SPECIAL-USE)", &mut listed).await {
            Err(error) if !error.is_refusal() => return Err(error),
            Err(_) => listed.clear(),
            Ok(_) => {}
        }
    }
    if listed.is_empty() {
        list(client, "LIST \"\" \"*\"", &mut listed).await?;
    }
    Ok(sort_out(&listed, endpoint.drafts.as_deref(), endpoint.sent.as_deref()))
}

async fn list(
    client: &mut Client,
    command: &str,
    listed: &mut Vec<Listed>,
) -> Result<Answer, Error> {
    client
        .exec("LIST", command, SMALL, &mut |response| {
            if let Response::MailboxData(MailboxDatum::List(data)) = response
                && listed.len() < MAX_FOLDERS
            {
                listed.extend(Listed::new(data));
            }
        })
        .await
}

fn sort_out(listed: &[Listed], drafts: Option<&str>, sent: Option<&str>) -> Folders {
    let mut notes = Vec::new();
    let usable: Vec<&Listed> = listed.iter().filter(|one| one.selectable).collect();
    let mut choose =
        |role, uses: &[&str], configured| choose(&usable, role, uses, configured, &mut notes);
    let found_drafts = choose(Role::Drafts, &["\\Drafts"], drafts);
    let found_sent = choose(Role::Sent, &["\\Sent"], sent);
    let trash = choose(Role::Trash, &["\\Trash"], None);
    let archive = choose(Role::Archive, &["\\All", "\\Archive"], None);
    let create = to_create(listed, drafts);
    if found_drafts.is_none() {
        let name = create.first().map_or("Drafts", FolderName::name);
        notes.push(format!(
            "there is no Drafts folder: `{name}` is created when the first draft is saved"
        ));
    }
    if found_sent.is_none() {
        notes.push(
            "there is no Sent folder: thanks that you have sent yourself cannot be seen".to_owned(),
        );
    }
    if listed.len() >= MAX_FOLDERS {
        notes.push(format!("there are too many folders: only {MAX_FOLDERS} of them are known"));
    }
    let all = usable.iter().map(|one| one.folder.clone()).collect();
    Folders { drafts: found_drafts, sent: found_sent, trash, archive, notes, all, create }
}

fn choose(
    usable: &[&Listed],
    role: Role,
    uses: &[&str],
    configured: Option<&str>,
    notes: &mut Vec<String>,
) -> Option<Found> {
    let marked: Vec<(&Listed, &str)> = uses
        .iter()
        .flat_map(|mark| {
            usable.iter().filter(|one| one.uses.contains(mark)).map(move |one| (*one, *mark))
        })
        .collect();
    let named = configured.and_then(|name| {
        usable.iter().find(|one| one.folder.name == name || one.folder.raw == name)
    });
    if let (Some(name), None) = (configured, named) {
        notes.push(format!("the configured folder `{}` does not exist", name.escape_debug()));
    }
    let found = |one: &Listed, why, text| Some(Found { folder: one.folder.clone(), why, text });
    let several = marked.iter().filter(|(_, mark)| *mark == uses[0]).count() > 1;
    match (marked.first(), named) {
        (Some(_), Some(one)) if several => found(
            one,
            Why::Configured,
            format!("configured; the server marks several as {}", uses[0]),
        ),
        (Some((one, mark)), Some(other)) if one.folder != other.folder => found(
            one,
            Why::SpecialUse,
            format!("marked {mark} by the server; the configured `{}` is not", other.folder),
        ),
        (Some((one, mark)), _) => {
            let more = if several { ", the first of several" } else { "" };
            found(one, Why::SpecialUse, format!("marked {mark} by the server{more}"))
        }
        (None, Some(one)) => found(one, Why::Configured, "configured".to_owned()),
        (None, None) => {
            let one = by_name(usable, role)?;
            found(one, Why::Name, "by its name; the server marks none".to_owned())
        }
    }
}

/// The folder that is called like the role: the one with the fewest parents, then the more usual name.
fn by_name<'a>(usable: &[&'a Listed], role: Role) -> Option<&'a Listed> {
    let ranked = usable.iter().filter_map(|one| {
        let (own, parents) = one.own_name();
        Some((parents, names::rank(role, own)?, *one))
    });
    ranked.min_by_key(|(parents, rank, _)| (*parents, *rank)).map(|(_, _, one)| one)
}

/// What Drafts should be called: in the personal namespace, which shows in everything lying below INBOX. (NAMESPACE
/// itself is not asked for: the parser does not know its answer.)
fn to_create(listed: &[Listed], configured: Option<&str>) -> Vec<FolderName> {
    let name = configured.unwrap_or("Drafts");
    let delimiter = listed.iter().find_map(|one| one.delimiter).unwrap_or('.');
    let below = format!("INBOX{delimiter}");
    let plain = FolderName::new(name);
    if name.starts_with(&below) {
        return vec![plain];
    }
    let prefixed = FolderName::new(&format!("{below}{name}"));
    let mut others =
        listed.iter().filter(|one| !one.folder.name.eq_ignore_ascii_case("INBOX")).peekable();
    let all_below =
        others.peek().is_some() && others.all(|one| one.folder.name.starts_with(&below));
    if all_below { vec![prefixed, plain] } else { vec![plain, prefixed] }
}

impl Connection {
    /// Creates Drafts where there is none; [`Connection::append`] does it by itself.
    pub async fn create_drafts(&mut self) -> Result<(), Error> {
        if self.folders.drafts.is_some() {
            return Ok(());
        }
        let mut result = Err(Error::NoFolder("there is no name for a Drafts folder".to_owned()));
        for folder in self.folders.create.clone() {
            result = self.create(&folder).await;
            match &result {
                Ok(()) => {
                    let text = "created, because there was none".to_owned();
                    self.folders.drafts = Some(Found { folder, why: Why::Created, text });
                    return Ok(());
                }
                Err(error) if error.is_refusal() => {}
                Err(_) => return result,
            }
        }
        result
    }

    /// CREATE, and SUBSCRIBE so that the owner's client shows it; a client without the latter still finds it.
    pub(super) async fn create(&mut self, folder: &FolderName) -> Result<(), Error> {
        let name = folder.quoted()?;
        self.client.exec_plain("CREATE", &format!("CREATE {name}")).await?;
        match self.client.exec_plain("SUBSCRIBE", &format!("SUBSCRIBE {name}")).await {
            Err(error) if !error.is_refusal() => Err(error),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `name`, or `name \Use \Use`; `/` or `.` is the delimiter.
    fn listed(lines: &[&str], delimiter: char) -> Vec<Listed> {
        let one = |line: &&str| {
            let mut words = line.split(" \\");
            let folder = FolderName::new(words.next().unwrap());
            let words: Vec<&str> = words.collect();
            let uses = ["\\Drafts", "\\Sent", "\\Trash", "\\All", "\\Archive"];
            let uses = uses.into_iter().filter(|mark| words.contains(&&mark[1..])).collect();
            Listed {
                folder,
                delimiter: Some(delimiter),
                uses,
                selectable: !words.contains(&"Noselect"),
            }
        };
        lines.iter().map(one).collect()
    }

    fn drafts(lines: &[&str], delimiter: char, configured: Option<&str>) -> Option<(String, Why)> {
        let folders = sort_out(&listed(lines, delimiter), configured, None);
        folders.drafts.map(|found| (found.folder.name, found.why))
    }

    #[expect(clippy::unnecessary_wraps, reason = "it is what `drafts` gives")]
    fn is(name: &str, why: Why) -> Option<(String, Why)> {
        Some((name.to_owned(), why))
    }

    #[test]
    fn the_mark_then_the_configuration_then_the_name() {
        assert_eq!(
            drafts(&["INBOX", "Drafts", "Other \\Drafts"], '/', None),
            is("Other", Why::SpecialUse)
        );
        assert_eq!(
            drafts(&["Other \\Drafts", "Mine"], '/', Some("Mine")),
            is("Other", Why::SpecialUse)
        );
        assert_eq!(drafts(&["A \\Drafts", "B \\Drafts"], '/', Some("B")), is("B", Why::Configured));
        assert_eq!(drafts(&["A \\Drafts", "B \\Drafts"], '/', None), is("A", Why::SpecialUse));
        assert_eq!(drafts(&["Drafts", "Büro"], '/', Some("Büro")), is("Büro", Why::Configured));
        assert_eq!(drafts(&["Drafts", "INBOX"], '/', Some("Gone")), is("Drafts", Why::Name));
        assert_eq!(drafts(&["INBOX"], '/', None), None);
    }

    #[test]
    fn names_with_parents_and_in_other_languages() {
        assert_eq!(
            drafts(&["INBOX", "INBOX.Entwürfe"], '.', None),
            is("INBOX.Entwürfe", Why::Name)
        );
        assert_eq!(
            drafts(&["[Gmail] \\Noselect", "[Gmail]/Drafts"], '/', None),
            is("[Gmail]/Drafts", Why::Name)
        );
        assert_eq!(drafts(&["Old/Drafts", "Drafts"], '/', None), is("Drafts", Why::Name));
        assert_eq!(drafts(&["下書き"], '/', None), is("下書き", Why::Name));
        assert_eq!(drafts(&["Drafts \\Noselect"], '/', None), None);
    }

    #[test]
    fn a_missing_configured_folder_is_told() {
        let folders = sort_out(&listed(&["INBOX", "Drafts"], '/'), Some("Gone"), None);
        assert_eq!(folders.notes()[0], "the configured folder `Gone` does not exist");
    }

    #[test]
    fn what_is_created_lies_in_the_personal_namespace() {
        let names = |lines: &[&str], delimiter, configured| -> Vec<String> {
            to_create(&listed(lines, delimiter), configured).iter().map(|f| f.raw.clone()).collect()
        };
        assert_eq!(names(&["INBOX", "INBOX.Sent"], '.', None), ["INBOX.Drafts", "Drafts"]);
        assert_eq!(names(&["INBOX", "Sent"], '/', None), ["Drafts", "INBOX/Drafts"]);
        assert_eq!(
            names(&["INBOX"], '.', Some("Entwürfe")),
            ["Entw&APw-rfe", "INBOX.Entw&APw-rfe"]
        );
        assert_eq!(names(&["INBOX"], '.', Some("INBOX.Mine")), ["INBOX.Mine"]);
    }

    #[test]
    fn names_are_quoted_and_line_breaks_refused() {
        assert_eq!(FolderName::listed("a\"b\\c").quoted().unwrap(), r#""a\"b\\c""#);
        assert!(FolderName::listed("a\r\nLOGOUT").quoted().is_err());
        assert_eq!(unescaped(r#"a\"b\\c"#), "a\"b\\c");
    }
}
