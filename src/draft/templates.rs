//! The templates: which there are, whose count, and what a broken one costs.
//!
//! A template is named `STYLE/LANGUAGE/KIND.txt`. The owner's files of the same names stand in place of the built-in ones. One
//! that does not work is refused when the program starts, and the built-in one is used meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, State, UndefinedBehavior};

use super::words::whole_words;
use crate::extract::lexicon::fold;

/// The style that has every language and kind.
pub const PLAIN: &str = "plain";
/// The file with a language's own words: names of days and months, how people are addressed.
pub const WORDS: &str = "words.txt";

macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../config/templates/", $name)))),*]
    };
}

/// The templates that come with the program.
pub const EMBEDDED: &[(&str, &str)] = embedded![
    "formal/de/call.txt",
    "formal/de/check-in.txt",
    "formal/de/pass-on.txt",
    "formal/de/thanks.txt",
    "formal/de/words.txt",
    "formal/en/call.txt",
    "formal/en/check-in.txt",
    "formal/en/pass-on.txt",
    "formal/en/thanks.txt",
    "formal/en/words.txt",
    "plain/de/call.txt",
    "plain/de/check-in.txt",
    "plain/de/pass-on.txt",
    "plain/de/thanks.txt",
    "plain/de/words.txt",
    "plain/en/call.txt",
    "plain/en/check-in.txt",
    "plain/en/pass-on.txt",
    "plain/en/thanks.txt",
    "plain/en/words.txt",
    "plain/es/call.txt",
    "plain/es/check-in.txt",
    "plain/es/pass-on.txt",
    "plain/es/thanks.txt",
    "plain/es/words.txt",
    "plain/fr/call.txt",
    "plain/fr/check-in.txt",
    "plain/fr/pass-on.txt",
    "plain/fr/thanks.txt",
    "plain/fr/words.txt",
    "plain/it/call.txt",
    "plain/it/check-in.txt",
    "plain/it/pass-on.txt",
    "plain/it/thanks.txt",
    "plain/it/words.txt",
    "plain/nl/call.txt",
    "plain/nl/check-in.txt",
    "plain/nl/pass-on.txt",
    "plain/nl/thanks.txt",
    "plain/nl/words.txt",
    "plain/pt/call.txt",
    "plain/pt/check-in.txt",
    "plain/pt/pass-on.txt",
    "plain/pt/thanks.txt",
    "plain/pt/words.txt",
    "warm/de/call.txt",
    "warm/de/check-in.txt",
    "warm/de/pass-on.txt",
    "warm/de/thanks.txt",
    "warm/de/words.txt",
    "warm/en/call.txt",
    "warm/en/check-in.txt",
    "warm/en/pass-on.txt",
    "warm/en/thanks.txt",
    "warm/en/words.txt",
];

/// A template of the owner's that does not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its name: `STYLE/LANGUAGE/KIND.txt`.
    pub name: String,
    /// The line, from 1, where that can be told.
    pub line: Option<usize>,
    /// What is wrong there.
    pub reason: String,
}

impl Refused {
    /// What the template engine says of a template.
    pub fn of(name: &str, error: &minijinja::Error) -> Self {
        // What was included may be at fault: then the engine names that file.
        let name = error.name().unwrap_or(name).to_owned();
        let reason = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
        Self { name, line: error.line(), reason }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.line.map(|l| format!(":{l}")).unwrap_or_default();
        write!(f, "the template `{}{line}` does not work: {}", self.name, self.reason)
    }
}

/// Every template that works, by name.
#[derive(Clone, Debug)]
pub struct Templates {
    environment: Environment<'static>,
    names: Arc<BTreeSet<String>>,
}

impl Templates {
    /// The built-in templates with `files` (name and text) in place of or besides them, and those that cannot be read.
    pub fn new(files: &BTreeMap<String, String>) -> (Self, Vec<Refused>) {
        let mut refused = Vec::new();
        let embedded = EMBEDDED.iter().map(|&(name, text)| (name, text));
        let own = files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        let texts: BTreeMap<&str, &str> = embedded.chain(own).collect();
        let mut environment = environment();
        let mut names = BTreeSet::new();
        for (name, text) in texts {
            let added = environment.add_template_owned(name.to_owned(), text.to_owned());
            if let Err(error) = added {
                refused.push(Refused::of(name, &error));
                let Some(own) = built_in(name) else { continue };
                if environment.add_template_owned(name.to_owned(), own).is_err() {
                    continue;
                }
            }
            names.insert(name.to_owned());
        }
        (Self { environment, names: Arc::new(names) }.joined(), refused)
    }

    /// Lets templates import `words.txt` of their own folder, or of the plain style where theirs has none.
    fn joined(mut self) -> Self {
        let names = Arc::clone(&self.names);
        self.environment.set_path_join_callback(move |name, parent| {
            let (style, rest) = parent.split_once('/').unwrap_or((PLAIN, ""));
            let language = rest.split('/').next().unwrap_or("");
            let own = format!("{style}/{language}/{name}");
            if names.contains(&own) {
                own.into()
            } else {
                format!("{PLAIN}/{language}/{name}").into()
            }
        });
        self
    }

    /// Puts the built-in template back in place of a broken one, or takes it out where there is none.
    pub fn give_up(&mut self, name: &str) {
        if let Some(own) = built_in(name)
            && self.environment.add_template_owned(name.to_owned(), own).is_ok()
        {
            return;
        }
        self.environment.remove_template(name);
        Arc::make_mut(&mut self.names).remove(name);
        *self = self.clone().joined();
    }

    /// The template for a kind of letter: of the style, else the plain one.
    pub fn find(&self, style: &str, language: &str, kind: &str) -> Option<String> {
        let named = |style: &str| format!("{style}/{language}/{kind}.txt");
        [named(style), named(PLAIN)].into_iter().find(|name| self.names.contains(name))
    }

    /// Every name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// The languages that letters of thanks can be written in.
    pub fn languages(&self) -> BTreeSet<&str> {
        let parts = |name: &'_ str| -> Option<(usize, usize)> {
            let style = name.find('/')?;
            let rest = name[style + 1..].strip_suffix("/thanks.txt")?;
            Some((style + 1, style + 1 + rest.len()))
        };
        self.names().filter_map(|n| parts(n).map(|(from, to)| &n[from..to])).collect()
    }

    /// Whether there is a style of this name.
    pub fn has_style(&self, style: &str) -> bool {
        self.styles().contains(style)
    }

    /// Every style that there is.
    pub fn styles(&self) -> BTreeSet<&str> {
        self.names().filter_map(|n| n.split('/').next()).collect()
    }

    /// A list of words that a language's `words.txt` sets, as one text each.
    pub fn list(&self, language: &str, name: &str) -> Vec<String> {
        let Ok(template) = self.environment.get_template(&format!("{PLAIN}/{language}/{WORDS}"))
        else {
            return Vec::new();
        };
        let Ok(captured) = template.render_captured(minijinja::context! {}) else {
            return Vec::new();
        };
        let list = captured.state().lookup(name);
        let items = list.and_then(|l| l.try_iter().ok()).into_iter().flatten();
        items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
    }

    /// Fills a template in.
    pub fn render(&self, name: &str, values: &Value) -> Result<String, Refused> {
        let template = self.environment.get_template(name).map_err(|e| Refused::of(name, &e))?;
        template.render(values).map_err(|e| Refused::of(name, &e))
    }
}

fn built_in(name: &str) -> Option<&'static str> {
    EMBEDDED.iter().find(|(own, _)| *own == name).map(|(_, text)| *text)
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(syntax());
    environment.set_fuel(Some(FUEL));
    environment.add_function("pick", pick);
    environment.add_function("phrase", phrase);
    environment
}

/// A line with nothing but a block is no line of the letter.
fn syntax() -> SyntaxConfig {
    SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().unwrap_or_default()
}

/// How much work a template may be: a loop without an end is an error and no hang.
const FUEL: u64 = 1_000_000;

/// `pick(name, list)`: one of several wordings. The same interview always gets the same ones, and two people of one
/// interview different ones, as far as the list reaches.
#[expect(clippy::needless_pass_by_value, reason = "so the engine hands arguments over")]
fn pick(state: &State<'_, '_>, name: &str, list: Vec<Value>) -> Result<Value, minijinja::Error> {
    let number = |key: &str| state.lookup(key).and_then(|v| usize::try_from(v).ok()).unwrap_or(0);
    if list.is_empty() {
        let why = "`pick` was given an empty list";
        return Err(minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, why));
    }
    // FNV-1a over seed and name: each list begins elsewhere.
    let seed = number("seed").to_le_bytes();
    let start = seed.iter().chain(name.as_bytes()).fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let start = usize::try_from((start >> 32) % 997).unwrap_or(0);
    Ok(list[(start + number("place")) % list.len()].clone())
}

/// `phrase(texts, table)`: the value of the first key that stands, as whole words, in one of the texts; else none.
#[expect(clippy::needless_pass_by_value, reason = "so the engine hands arguments over")]
fn phrase(texts: Vec<String>, table: &Value) -> Result<Value, minijinja::Error> {
    let texts: Vec<String> = texts.iter().map(|t| fold(t)).collect();
    if table.kind() != ValueKind::Map {
        let why = "`phrase` wants a table: { \"words to look for\": \"words to write\" }";
        return Err(minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, why));
    }
    // The longest key counts: "pair programming" before "programming".
    let mut best: Option<(usize, Value)> = None;
    for key in table.try_iter()? {
        let Some(words) = key.as_str() else { continue };
        let stands = texts.iter().any(|text| whole_words(text, words));
        if stands && best.as_ref().is_none_or(|(length, _)| *length < words.len()) {
            best = Some((words.len(), table.get_item(&key)?));
        }
    }
    Ok(best.map_or(Value::from(()), |(_, value)| value))
}
