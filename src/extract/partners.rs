//! Which of the people whom a text names will talk with the owner.

use std::ops::Range;

use super::cues::Cue;
use super::lexicon::Lexicon;
use super::names::{self, Name};
use super::people::squash;
use super::prose::Piece;
use super::roster::Roster;
use super::senders;
use crate::address::{EmailAddress, Owner, Person};
use crate::message::Message;

/// How far before a name the word stands that says that they take part, in bytes.
const BEFORE: usize = 48;
/// How far behind.
const BEHIND: usize = 110;
/// How many people talk with the owner at most.
const MAX_PARTNERS: usize = 20;

/// What is known of the people of a message.
pub struct People<'a> {
    /// The message.
    pub message: &'a Message,
    /// The owner.
    pub owner: &'a Owner,
    /// Everybody in it.
    pub roster: &'a Roster,
    /// The words.
    pub lexicon: &'a Lexicon,
    /// The company, whose name is nobody's.
    pub company: Option<&'a str>,
}

impl People<'_> {
    /// The names of a text that can be people's other than the owner.
    pub fn names(&self, text: &str) -> Vec<Name> {
        let own: Vec<String> = self.owner.name.split_whitespace().map(squash).collect();
        let from = self.message.from.as_ref();
        let machine = |a: &EmailAddress| senders::is_no_reply(a) || senders::is_shared(a);
        let shared = from.filter(|p| p.address.as_ref().is_some_and(machine));
        let shared = shared.and_then(|p| p.name.as_deref()).map(squash).unwrap_or_default();
        let theirs = |name: &Name| {
            let words: Vec<String> = name.text.split_whitespace().map(squash).collect();
            let house = !shared.is_empty() && shared.contains(&words.concat());
            house || words.iter().all(|w| own.contains(w)) || words.concat() == own.concat()
        };
        let mut names = names::find(text, self.lexicon);
        // "General Counsel Americas": the noun of a position in the middle is nobody's name.
        let called = |name: &Name| {
            let words: Vec<String> = name.text.split_whitespace().map(str::to_lowercase).collect();
            !name.titled
                && words.len() > 2
                && words[1..words.len() - 1].iter().any(|w| self.lexicon.is_role_noun(w))
        };
        names.retain(|n| !theirs(n) && !called(n));
        names
    }

    /// Whether a name is the company's.
    pub fn is_company(&self, name: &Name) -> bool {
        let company: Vec<String> =
            self.company.unwrap_or("").split_whitespace().map(squash).collect();
        !company.is_empty() && name.text.split_whitespace().all(|w| company.contains(&squash(w)))
    }

    /// Whom the owner will talk with, by a range of a piece. `row`: it is a row of a schedule, where names stand for
    /// nothing else.
    pub fn partners(
        &self,
        piece: &Piece,
        names: &[Name],
        scope: &Range<usize>,
        row: bool,
    ) -> Vec<Person> {
        let inside: Vec<&Name> = names
            .iter()
            .filter(|n| n.range.start >= scope.start && n.range.end <= scope.end)
            .collect();
        let mut takes: Vec<Option<bool>> =
            inside.iter().map(|n| self.takes_part(piece, n, names, row)).collect();
        self.chain(piece, &inside, &mut takes);
        let mut out: Vec<Person> = Vec::new();
        for (name, takes) in inside.iter().zip(takes) {
            if takes == Some(true) && out.len() < MAX_PARTNERS {
                push(&mut out, self.roster.resolve(name));
            }
        }
        out
    }

    /// Whether the words around one name say that this person takes part; `None` where they say nothing.
    fn takes_part(&self, piece: &Piece, name: &Name, names: &[Name], row: bool) -> Option<bool> {
        let signs = &piece.signs;
        let sentence = piece.sentence(name.range.start);
        let previous =
            names.iter().rfind(|n| n.range.end <= name.range.start).map_or(0, |n| n.range.end);
        // "Chaired by the Managing Director, Mr. Okunola": one capital word is not yet somebody else.
        let somebody = |n: &&Name| n.words() > 1 || n.titled || self.roster.knows(n);
        let person = names.iter().filter(somebody).rfind(|n| n.range.end <= name.range.start);
        let person = person.map_or(0, |n| n.range.end);
        let explained = name.range.end + bracket(&piece.text[name.range.end..]);
        let next = names
            .iter()
            .find(|n| n.range.start >= explained)
            .map_or(piece.text.len(), |n| n.range.start);
        let bounds = sentence.start.max(person)..name.range.start.max(sentence.start);
        let behind = name.range.end..sentence.end.min(next).max(name.range.end);
        let away = signs.behind(Cue::NotThere, name.range.end, 22, &behind).is_some()
            || signs.before(Cue::NotThere, name.range.start, 16, &bounds).is_some()
            || signs.within(Cue::Held, &sentence).is_some();
        if is_title(piece, name, previous) {
            return Some(false);
        }
        // "en" and "i" lead to a place in one language and join two names in another.
        let joined = previous > 0
            && is_joint(piece, &(previous..name.range.start), name.words() > 1, name.titled);
        let single = name.words() == 1 && goes_on(piece, name);
        let placed = !name.titled && !joined && (behind_preposition(piece, name) || single);
        let known = (name.words() > 1 && !placed) || name.titled || self.roster.knows(name);
        // "Lovely, let's do Friday": a word of agreement is nobody.
        let word = |s: &super::cues::Sign| {
            s.cue == Cue::Confirm
                && s.range.start <= name.range.start
                && s.range.end >= name.range.end
        };
        if name.words() == 1 && !name.titled && signs.0.iter().any(word) {
            return Some(false);
        }
        if self.is_company(name) || (placed && !self.roster.knows(name)) {
            return Some(false);
        }
        let called = known || self.is_called(piece, name, &sentence);
        let introduced = signs
            .before(Cue::With, name.range.start, if called { BEFORE } else { 2 }, &bounds)
            .is_some();
        let leads = signs
            .behind(Cue::Leads, name.range.end, BEHIND, &behind)
            .filter(|s| known || follows(piece, name, s.range.start))
            .is_some_and(|s| reaches(piece, name, s.range.start));
        let later = signs.before(Cue::Later, name.range.start, usize::MAX, &sentence).is_some();
        if (away && !leads) || later {
            return Some(false);
        }
        let listed = labelled(piece, name)
            && (known || !piece.text[name.range.end..].starts_with([' ', ':']));
        if introduced || (leads && (known || first_word(piece, name))) || listed {
            return Some(true);
        }
        (row && known).then_some(true)
    }

    /// "my partner Angie", "our foreman Dave": a word for what somebody is stands right before the name.
    fn is_called(&self, piece: &Piece, name: &Name, sentence: &Range<usize>) -> bool {
        let before = piece.text.get(sentence.start..name.range.start).unwrap_or("");
        let word = before.split_whitespace().next_back().unwrap_or("").to_lowercase();
        let related = piece.signs.before(Cue::Relation, name.range.start, 1, sentence).is_some();
        before.ends_with([' ', '\n']) && (related || self.lexicon.is_role_word(&word))
    }

    /// "with A, B (Head of X) and C": who follows somebody who takes part, or goes before, takes part too.
    fn chain(&self, piece: &Piece, names: &[&Name], takes: &mut [Option<bool>]) {
        let joined = |a: &Name, b: &Name| {
            let known = b.words() > 1 || b.titled || self.roster.knows(b);
            is_joint(piece, &(a.range.end..b.range.start), known, b.titled)
        };
        for i in 1..names.len() {
            if takes[i].is_none() && takes[i - 1] == Some(true) && joined(names[i - 1], names[i]) {
                takes[i] = Some(true);
            }
        }
        for i in (1..names.len()).rev() {
            let in_cell = piece.text[names[i - 1].range.end..names[i].range.start].contains('|');
            let label = in_cell && names[i - 1].words() < 2 && !self.roster.knows(names[i - 1]);
            let previous = names[i - 1];
            let known = previous.words() > 1 || previous.titled || self.roster.knows(previous);
            // "Copied are A and B, whom you'll meet": what is said of B is said of A.
            let gap = piece.text.get(previous.range.end..names[i].range.start).unwrap_or("");
            let paired = JOINTS.contains(&gap.trim());
            if (takes[i - 1].is_none() || paired)
                && known
                && takes[i] == Some(true)
                && !label
                && joined(names[i - 1], names[i])
                && piece.sentence(names[i].range.start) == piece.sentence(names[i - 1].range.start)
            {
                takes[i - 1] = Some(true);
            }
        }
    }

    /// Whether a text says in the first person that whoever wrote it takes part.
    pub fn joins(piece: &Piece, names: &[Name]) -> bool {
        let says = |s: &super::cues::Sign| {
            let words = piece.text.get(s.range.clone()).unwrap_or("").to_lowercase();
            let joins =
                ["and ", "und ", "et ", "y ", "e ", "i ", "och ", "en ", "oraz ", "ed ", "io "]
                    .iter()
                    .any(|j| words.starts_with(j))
                    && words.len() < 18;
            let after_name = || {
                names.iter().any(|n| {
                    n.range.end <= s.range.start && s.range.start - n.range.end <= 3
                        || n.range.end <= s.range.start
                            && piece.text[n.range.end..s.range.start].len() < 60
                            && piece.text[n.range.end..s.range.start]
                                .trim_start()
                                .starts_with(['(', ','])
                })
            };
            !piece.is_done(s.range.start) && (!joins || after_name())
        };
        piece.signs.all(Cue::Myself).any(says)
    }

    /// Whom a mail that moves an appointment says to be away from the old one: they will be there at the new one.
    pub fn put_off(&self, piece: &Piece, names: &[Name]) -> Option<Person> {
        let away = |name: &&Name| {
            let sentence = piece.sentence(name.range.start);
            piece.signs.behind(Cue::Away, name.range.end, 4, &sentence).is_some()
        };
        let mut away = names.iter().filter(|name| self.roster.knows(name)).filter(away);
        let person = away.next().filter(|_| piece.moves())?;
        Some(self.roster.resolve(person))
    }

    /// The writer, where they are a person who says that they take part themselves; with `hopes`, also where they only
    /// look forward to it.
    pub fn writer(&self, piece: &Piece, names: &[Name], hopes: bool) -> Option<Person> {
        let from = self.message.from.as_ref()?;
        let address = from.address.as_ref()?;
        if self.owner.has(address) || !senders::is_reachable(from) {
            return None;
        }
        let taking = Self::joins(piece, names) || (hopes && piece.signs.has(Cue::Hopes));
        if !taking {
            return None;
        }
        // "HR <hr@acme.example>" is nobody; the mailbox of an office is its holder's where they sign what they write.
        let header = from.name.as_deref().map(super::people::plain_name);
        let name = if senders::is_shared(address) {
            let signs = |name: &String| name.contains(' ') && piece.text.contains(name.as_str());
            Some(header.filter(signs).or_else(|| signed(piece, names))?)
        } else {
            // "Wójtowicz Sylwia" in the header signs as Sylwia Wójtowicz.
            let turned =
                header.as_deref().map(|n| n.split(' ').rev().collect::<Vec<_>>().join(" "));
            let signs = names.iter().any(|n| Some(&n.text) == turned.as_ref());
            if signs { turned } else { header }
        };
        Some(Person { name, address: Some(address.clone()) })
    }
}

/// The full name that stands right below the words of leave.
fn signed(piece: &Piece, names: &[Name]) -> Option<String> {
    let tail = piece.text.get(piece.closing..)?;
    let (_, below) = tail.split_once('\n')?;
    let from = piece.closing + tail.len() - below.trim_start().len();
    let name = names.iter().find(|n| n.range.start == from && n.words() > 1)?;
    Some(name.text.clone())
}

/// Whether a word with a capital stands right before a single one: "Superintendente Regional Norte" is nobody's name.
fn goes_on(piece: &Piece, name: &Name) -> bool {
    let Some(before) = piece.text[..name.range.start].strip_suffix(' ') else { return false };
    let word = before.rsplit(char::is_whitespace).next().unwrap_or("");
    let lower = word.to_lowercase();
    word.chars().count() > 3
        && word.starts_with(char::is_uppercase)
        && word.chars().all(|c| c.is_alphabetic() || c == '-')
        && !names::is_title_word(&lower)
        && !piece.signs.0.iter().any(|s| s.range.end == name.range.start - 1)
}

/// Whether a name stands behind a small word that leads to a place, a house or a field ("Head of Planning").
fn behind_preposition(piece: &Piece, name: &Name) -> bool {
    const WORDS: [&str; 34] = [
        "of", "for", "at", "in", "the", "on", "our", "your", "near", "from", "für", "bei", "im",
        "am", "der", "zur", "zum", "in", "chez", "à", "dans", "en", "au", "la", "el", "del", "do",
        "da", "no", "na", "presso", "op", "på", "i",
    ];
    let before = piece.text[..name.range.start].trim_end_matches([' ', '\n']);
    let word = before.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or("");
    before.ends_with(|c: char| c.is_alphabetic()) && WORDS.contains(&word.to_lowercase().as_str())
}

/// "Harjit (Manager, Community Planning)": capitals in the brackets behind a name say what the person is.
fn is_title(piece: &Piece, name: &Name, previous: usize) -> bool {
    let gap = piece.text.get(previous..name.range.start).unwrap_or("");
    let Some(inside) = gap.trim_start().strip_prefix('(') else { return false };
    let first = inside.split_whitespace().next().unwrap_or("").to_lowercase();
    previous > 0 && !inside.contains([')', '@']) && !JOINTS.contains(&first.as_str())
}

/// What joins names.
const JOINTS: [&str; 18] = [
    "and", "und", "et", "y", "e", "i", "och", "en", "oraz", "sowie", "&", "plus", "ed", "a", "n",
    "then", "、", "と",
];

/// Whether what stands between two names joins them. "A, B and C" needs nothing else; where a title or a bracket stands
/// between, a word or a new line joins, or the second name has its own title. An unknown single word is only joined by a
/// joint alone.
fn is_joint(piece: &Piece, range: &Range<usize>, known: bool, titled: bool) -> bool {
    let gap = piece.text.get(range.clone()).unwrap_or("");
    let stops =
        gap.contains(". ") || gap.contains("! ") || gap.contains("? ") || gap.contains("\n\n");
    // "A, who runs the store, and B" goes on behind what is said of A.
    let aside =
        |s: &super::cues::Sign| piece.text[s.range.clone()].to_lowercase().starts_with("who ");
    let within = |s: &super::cues::Sign| s.range.start >= range.start && s.range.end <= range.end;
    let other = [Cue::NotThere, Cue::Leads, Cue::Arrive]
        .iter()
        .any(|c| piece.signs.all(*c).any(|s| within(s) && !aside(s)));
    if gap.len() > 120 || stops || other {
        return false;
    }
    let bare = without_brackets(gap);
    let Some(bare) = bare else { return false };
    let words: Vec<&str> = bare
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '/' | '|' | '+'))
        .filter(|w| !w.is_empty())
        .collect();
    let joint = |w: &&str| JOINTS.contains(&w.to_lowercase().as_str());
    let marks = gap.contains([',', ';', '/', '+', '|', '、']) || gap.contains('\n');
    let pure = words.iter().all(joint) && (marks || !words.is_empty());
    let led = words.last().is_some_and(joint)
        || bare.trim_end().ends_with(';')
        || (gap.contains('\n') && gap.trim_end_matches(' ').ends_with('\n'));
    let conjoined = gap.len() < 70 && words.iter().any(joint);
    pure && (known || words.len() == 1) || known && (led || (titled && (marks || conjoined)))
}

/// A gap without what stands in brackets; `None` where one is open.
fn without_brackets(gap: &str) -> Option<String> {
    let mut out = String::new();
    let mut depth = 0_u32;
    for c in gap.chars() {
        match c {
            '(' | '[' | '<' => depth += 1,
            ')' | ']' | '>' => depth = depth.saturating_sub(1),
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    (depth == 0).then_some(out)
}

/// Adds a person who is not there yet.
pub fn push(people: &mut Vec<Person>, person: Person) {
    let name = |p: &Person| p.name.as_deref().map(squash).unwrap_or_default();
    let own = name(&person);
    let turned = |p: &Person| {
        let mut words = own_words(p);
        words.reverse();
        words.len() == 2 && words == own_words(&person)
    };
    let same = |p: &Person| {
        if let (Some(a), Some(b)) = (&p.address, &person.address) {
            return a == b;
        }
        let part = || p.name.as_deref().is_some_and(|n| n.split(' ').any(|w| squash(w) == own));
        name(p) == own || part() || turned(p)
    };
    if let Some(known) = people.iter_mut().find(|p| same(p)) {
        known.address = known.address.take().or(person.address);
        return;
    }
    people.push(person);
}

fn own_words(person: &Person) -> Vec<String> {
    person.name.as_deref().unwrap_or("").split_whitespace().map(squash).collect()
}

/// A single word before a verb is a name where it begins its sentence or is known.
fn first_word(piece: &Piece, name: &Name) -> bool {
    let sentence = piece.sentence(name.range.start);
    piece.text[sentence.start..name.range.start].trim().is_empty()
}

/// "Sam will call", "Sam and I will", "Sam, our lead, will": whether a verb belongs to a single word that nobody knows for a
/// name. "Lovely, I'll ring you" names nobody.
fn follows(piece: &Piece, name: &Name, verb: usize) -> bool {
    let gap = piece.text.get(name.range.end..verb).unwrap_or("").trim();
    let closed = gap.len() > 1 && gap.ends_with([',', ')']);
    gap.is_empty() || (gap.starts_with([',', '(']) && closed) || gap.starts_with("and ")
}

/// Whether nothing but a title, brackets and commas stands between a name and the verb.
fn reaches(piece: &Piece, name: &Name, verb: usize) -> bool {
    let gap = piece.text.get(name.range.end..verb).unwrap_or("");
    gap.len() < 20
        || gap.trim_start().starts_with([',', '(', '-', '–', '<'])
        || gap.trim_start().starts_with("and ")
        || gap.trim_start().starts_with("from ")
}

/// How many bytes the bracket right behind a name takes, in which stands what its bearer is.
fn bracket(behind: &str) -> usize {
    let text = behind.trim_start_matches(' ');
    let open = behind.len() - text.len();
    if !text.starts_with('(') {
        return 0;
    }
    text.find(')').filter(|close| *close < BEHIND).map_or(0, |close| open + close + 1)
}

/// How many lines of a list stand below its label.
const MAX_LISTED: usize = 12;

/// Marks and numbers before a label.
fn is_bullet(c: char) -> bool {
    !c.is_alphabetic() && !matches!(c, '.' | ',' | ';')
}

/// Whether a label ends here: a colon or a bar, behind the endings that stand for both genders ("(a)", "/in", ":innen").
fn behind_label(text: &str) -> bool {
    let mut rest = text.trim_start_matches(['*', ' ', '\u{3000}', ')', 's', '】', ']']);
    let ending = |c: char| c.is_lowercase() || c == '-';
    for (open, close) in [("(", ")"), ("/", ""), (":", ""), ("*", ""), ("·", ""), ("_", "")] {
        let Some(inner) = rest.strip_prefix(open) else { continue };
        let length = inner.find(|c| !ending(c)).unwrap_or(inner.len());
        if !(1..=7).contains(&length) {
            continue;
        }
        if let Some(behind) = inner[length..].strip_prefix(close) {
            rest = behind.trim_start_matches([' ', '*']);
            break;
        }
    }
    rest.starts_with([':', '：', '|', '-', '–'])
}

/// "Panel: A; B", also over lines.
fn labelled(piece: &Piece, name: &Name) -> bool {
    let start = piece.text[..name.range.start].rfind('\n').map_or(0, |i| i + 1);
    let line = start..name.range.end;
    let label = |s: &super::cues::Sign, from: usize| {
        // "Je gesprekspartners", "Vos interlocuteurs", "Les membres du jury :".
        let head = piece.text[from..s.range.start].trim_matches(is_bullet);
        let tail = &piece.text[s.range.end..];
        let brief = head.split_whitespace().count() <= 1 && head.len() < 9;
        let short = head.len() < 24 && !head.contains(['.', ',', ':', ';', '?', '!']);
        (brief && behind_label(tail)) || (short && tail.trim_start().starts_with([':', '：']))
    };
    if piece
        .signs
        .all(Cue::Panel)
        .any(|s| s.range.start >= line.start && s.range.end <= name.range.start && label(s, start))
    {
        return true;
    }
    // The label may stand above the list, on a line of its own or before the first name.
    let begins =
        piece.text[start..name.range.start].trim_matches([' ', '|', '-', '•', '*']).is_empty();
    let mut above = start;
    for _ in 0..MAX_LISTED {
        if above == 0 {
            return false;
        }
        let end = above - 1;
        let begin = piece.text[..end].rfind('\n').map_or(0, |i| i + 1);
        let words = piece.text[begin..end].trim();
        if words.ends_with([':', '：']) || words.len() < 24 && !words.is_empty() {
            let sign =
                piece.signs.all(Cue::Panel).find(|s| s.range.start >= begin && s.range.end <= end);
            let alone = |s: &super::cues::Sign| {
                let tail = piece.text[s.range.end..end].chars();
                piece.text[begin..s.range.start].trim().len() < 12
                    && tail.into_iter().all(|c| !c.is_alphanumeric())
            };
            if sign.is_some_and(alone) {
                return true;
            }
        }
        let mut heads =
            piece.signs.all(Cue::Panel).filter(|s| s.range.start >= begin && s.range.end <= end);
        if begins && heads.any(|s| label(s, begin)) {
            return true;
        }
        if words.is_empty() || words.len() > 90 {
            return false;
        }
        above = begin;
    }
    false
}
