//! Which folder of an account root is for what, found by looking: Maildir++ (`.Drafts`) or plain subfolders (`Drafts`).

use std::fmt;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use super::{Error, names};
use crate::folder::Role;

/// Symbolic links may lead in circles, and a root may be somebody's home: both end here.
const MAX_DEPTH: usize = 4;
const MAX_FOLDERS: usize = 4096;

/// A folder with a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// What it is for.
    pub role: Role,
    /// Its name as the owner reads it, `/` between the parts.
    pub name: String,
    /// Where `cur` and `new` are.
    pub path: PathBuf,
    /// Why it has that role.
    pub why: Why,
}

/// Why a folder has its role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The configuration names it.
    Configured,
    /// It is the account's root, or its `INBOX`.
    Inbox,
    /// It is called as such folders are called.
    Name,
    /// It was missing and has been made.
    Made,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Configured => "configured",
            Self::Inbox => "where the maildir keeps its inbox",
            Self::Name => "by its name",
            Self::Made => "made, since there was none",
        })
    }
}

/// How subfolders are named on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// `.Folder.Sub`, all beside each other.
    PlusPlus,
    /// `Folder/Sub`.
    Plain,
}

/// Everything that was found under a root.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) layout: Layout,
    pub(super) inbox: PathBuf,
    others: Vec<Other>,
}

#[derive(Debug)]
struct Other {
    name: String,
    path: PathBuf,
    dotted: bool,
}

/// Looks through a root.
pub(super) fn look(root: &Path) -> Result<Found, Error> {
    let mut others = Vec::new();
    walk(root, "", 0, &mut others).map_err(Error::io(root, "look for folders"))?;
    let inbox_at = others.iter().position(|other| other.name.eq_ignore_ascii_case("INBOX"));
    let inbox = if root.join("cur").is_dir() {
        root.to_path_buf()
    } else if let Some(at) = inbox_at {
        others.remove(at).path
    } else {
        return Err(Error::NotMaildir { path: root.to_path_buf() });
    };
    let plus_plus = match others.iter().find(|other| other.dotted) {
        Some(_) => true,
        // Nothing to go by: a root that is itself the inbox is what delivery agents make, and they speak Maildir++.
        None => others.is_empty() && inbox == root,
    };
    let layout = if plus_plus { Layout::PlusPlus } else { Layout::Plain };
    Ok(Found { layout, inbox, others })
}

fn walk(dir: &Path, parent: &str, depth: usize, found: &mut Vec<Other>) -> io::Result<()> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(dir)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    entries.sort();
    for path in entries {
        let file_name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if matches!(&*file_name, "cur" | "new" | "tmp")
            || found.len() >= MAX_FOLDERS
            || !path.is_dir()
        {
            continue;
        }
        let (name, dotted) = match file_name.strip_prefix('.') {
            Some(rest) => (rest.split('.').map(names::decode).collect::<Vec<_>>().join("/"), true),
            None => (names::decode(&file_name), false),
        };
        let name = if parent.is_empty() { name } else { format!("{parent}/{name}") };
        if path.join("cur").is_dir() {
            found.push(Other { name: name.clone(), path: path.clone(), dotted });
        }
        // What cannot be looked into has no folder of ours; Maildir++ has no folders within folders.
        if !dotted && depth + 1 < MAX_DEPTH {
            let _ = walk(&path, &name, depth + 1, found);
        }
    }
    Ok(())
}

impl Found {
    /// The folder the configuration calls so.
    pub(super) fn configured(&self, role: Role, name: &str) -> Option<Folder> {
        let wanted = spellings(name);
        let other = self.others.iter().find(|other| {
            let lower = other.name.to_lowercase();
            let short = lower.strip_prefix("inbox/").unwrap_or(&lower);
            wanted.iter().any(|wanted| *wanted == lower || wanted == short)
        })?;
        Some(Folder {
            role,
            name: other.name.clone(),
            path: other.path.clone(),
            why: Why::Configured,
        })
    }

    /// The folders whose names are known for a role: the likeliest, or for the archive every one.
    pub(super) fn by_name(&self, role: Role) -> Vec<Folder> {
        let rank = |other: &Other| {
            let last = other.name.rsplit('/').next()?;
            let (of, rank) = names::role(last)?;
            (of == role).then(|| (other.name.matches('/').count(), rank))
        };
        let mut ranked: Vec<_> =
            self.others.iter().filter_map(|other| Some((rank(other)?, other))).collect();
        ranked.sort_by_key(|(rank, _)| *rank);
        let all = if role == Role::Archive { ranked.len() } else { 1 };
        let folder = |other: &Other| Folder {
            role,
            name: other.name.clone(),
            path: other.path.clone(),
            why: Why::Name,
        };
        ranked.into_iter().take(all).map(|(_, other)| folder(other)).collect()
    }

    /// What there is, for an error message.
    pub(super) fn names(&self) -> Vec<String> {
        self.others.iter().take(20).map(|other| other.name.clone()).collect()
    }
}

/// A configured name may be written as it reads, as it lies on disk, or with the dots of Maildir++ between its parts.
fn spellings(name: &str) -> [String; 3] {
    let bare = name.trim_start_matches('.');
    let dotted = bare.split('.').map(names::decode).collect::<Vec<_>>().join("/");
    let slashed = bare.split('/').map(names::decode).collect::<Vec<_>>().join("/");
    [slashed.to_lowercase(), dotted.to_lowercase(), name.to_lowercase()]
}

/// Where a folder of that name would lie.
pub(super) fn path_of(root: &Path, layout: Layout, name: &str) -> PathBuf {
    // Each part stays below the root whatever the configuration says.
    let parts = name.split('/').filter(|part| !matches!(*part, "" | "." | ".."));
    match layout {
        Layout::Plain => root.join(parts.map(names::encode).collect::<PathBuf>()),
        Layout::PlusPlus => {
            let parts: Vec<_> =
                parts.map(|part| names::encode(part.trim_start_matches('.'))).collect();
            root.join(format!(".{}", parts.join(".")))
        }
    }
}

/// Makes the three subfolders, and what marks a folder of Maildir++.
pub(super) fn make(path: &Path, mark: bool) -> io::Result<()> {
    for sub in ["cur", "new", "tmp"] {
        DirBuilder::new().recursive(true).mode(0o700).create(path.join(sub))?;
    }
    if mark {
        fs::OpenOptions::new().append(true).create(true).open(path.join("maildirfolder"))?;
    }
    Ok(())
}
