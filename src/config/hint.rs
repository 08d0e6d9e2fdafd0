//! The `hint:` for a name that is not known.

/// A name that would have been right, and how it is shown.
pub(super) struct Known {
    pub(super) name: String,
    pub(super) shown: String,
}

impl Known {
    /// Names that are shown as they are.
    pub(super) fn keys(names: &[&str]) -> Vec<Self> {
        names
            .iter()
            .map(|name| Self { name: (*name).to_owned(), shown: (*name).to_owned() })
            .collect()
    }
}

/// The name that was probably meant, else all of them.
pub(super) fn did_you_mean(name: &str, known: &[Known]) -> String {
    if let Some(near) = nearest(name, known.iter().map(|k| k.name.as_str())) {
        let shown = known.iter().find(|k| k.name == near).map_or(near, |k| k.shown.as_str());
        return format!("did you mean `{shown}`?");
    }
    let all: Vec<String> = known.iter().map(|k| format!("`{}`", k.shown)).collect();
    format!("known here: {}", all.join(", "))
}

/// The most similar of the known names, if any is similar at all.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    /// Half of the letters: `passwd`, `adress` and `username` are still understood.
    const SIMILAR: f64 = 0.5;
    let name = name.to_lowercase();
    known
        .map(|k| (strsim::normalized_damerau_levenshtein(&name, &k.to_lowercase()), k))
        .filter(|(similar, _)| *similar >= SIMILAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, k)| k)
}
