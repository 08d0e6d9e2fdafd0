//! Is it an interview, of the owner, as candidate? The words decide, and say so.

use std::collections::BTreeSet;

use super::employer::Employer;
use super::itip::{Method, Object};
use super::lexicon::{Hit, Lexicon, List, lower};
use super::people::Circle;
use super::{Evidence, Passage, Verdict, senders, side};
use crate::address::Owner;
use crate::message::Message;

/// From this weight of words on, an invitation is one to an interview.
const ENOUGH: i32 = 3;

/// More events than any loop of interviews has.
const MAX_STEPS: usize = 20;

/// What no sum of words outweighs.
const NEVER: i32 = 100;

/// What a message is judged to be.
#[derive(Clone, Debug, Default)]
pub struct Ruling {
    /// The verdict.
    pub verdict: Verdict,
    /// Why it is none, as the lexicon calls it: "an offer".
    pub reason: Option<String>,
}

impl From<Verdict> for Ruling {
    fn from(verdict: Verdict) -> Self {
        Self { verdict, reason: None }
    }
}

/// Judges a message by its calendar objects and its words.
#[allow(clippy::too_many_arguments, reason = "the evidence comes from everywhere")]
pub fn judge(
    message: &Message,
    objects: &[Object],
    passages: &[Passage],
    circle: &Circle<'_>,
    employer: &Employer,
    owner: &Owner,
    lexicon: &Lexicon,
    evidence: &mut Vec<Evidence>,
) -> Ruling {
    let steps: Vec<&Object> =
        objects.iter().filter(|o| matches!(o.method, Method::Request | Method::Cancel)).collect();
    if steps.is_empty() {
        return Verdict::None.into();
    }
    let mut say = |verdict: &str, source: &str, quoted: String| {
        evidence.push(Evidence {
            field: "verdict".into(),
            value: verdict.into(),
            source: source.into(),
            quote: quoted,
        });
    };
    if steps.len() > MAX_STEPS {
        say(
            "none",
            "text/calendar",
            format!("{} events are a calendar, no invitation", steps.len()),
        );
        return Verdict::None.into();
    }
    if steps.iter().all(|o| o.recurring) {
        say("none", "text/calendar RRULE", "a series is no interview".into());
        return Verdict::None.into();
    }
    let stages = |word: &str| {
        let folded = lower(word);
        lexicon.stages.contains(&folded)
            || lexicon.departments.contains(&folded)
            || lexicon.is_role_noun(&folded)
            || lexicon.is(List::Hiring, &folded)
            || lexicon.is(List::Interview, &folded)
    };
    if let Some((source, words)) = side::other(message, passages, circle, owner, &stages) {
        say("none", source, words);
        return Verdict::None.into();
    }
    let weight = weigh(message, passages, employer, owner, lexicon);
    if weight.total < ENOUGH || !weight.supported || !weight.core {
        let (source, words) =
            weight.against.or(weight.best).unwrap_or(("text", "no words of an interview".into()));
        say("none", source, words);
        return Ruling { verdict: Verdict::None, reason: weight.reason };
    }
    let (source, words) = weight.best.unwrap_or(("text", String::new()));
    let (verdict, because) = kind(message, &steps, passages);
    let (source, words) = because.unwrap_or((source, words));
    say(name(verdict), source, words);
    verdict.into()
}

/// What becomes of an interview by the objects, and the words that say that nothing is settled.
fn kind(
    message: &Message,
    steps: &[&Object],
    passages: &[Passage],
) -> (Verdict, Option<(&'static str, String)>) {
    let requests: Vec<&&Object> =
        steps.iter().filter(|o| o.method == Method::Request && o.start.is_some()).collect();
    if requests.is_empty() && steps.iter().any(|o| o.method == Method::Cancel) {
        return (Verdict::Cancelled, None);
    }
    if requests.is_empty() {
        return (Verdict::Proposed, Some(("text/calendar DTSTART", "a day without times".into())));
    }
    let first = |list: List, title: bool| {
        first(list, passages, title).map(|(p, hit)| (p.source, p.quote(hit, 80)))
    };
    let offered = first(List::Offers, false).or_else(|| first(List::Offers, true));
    let held = first(List::Hold, true);
    let events = || message.calendars.iter().flat_map(|c| &c.events);
    let tentative = events().all(|e| e.status.as_deref() == Some("TENTATIVE"));
    let several = requests.len() > 1;
    let open = match (offered, held) {
        (Some(words), _) if several || tentative => Some(words),
        (Some(words), Some(_)) => Some(words),
        (None, Some(words)) if several || tentative => Some(words),
        (None, Some(words))
            if first(List::ToCandidate, false).is_none()
                && requests.iter().all(|o| o.interviewers.is_empty()) =>
        {
            Some(words)
        }
        (None, None) if several && tentative => {
            Some(("text/calendar STATUS", "several tentative times".to_owned()))
        }
        _ => None,
    };
    match open {
        Some(words) => (Verdict::Proposed, Some(words)),
        None => (Verdict::Scheduled, None),
    }
}

/// As `inspect --json` names it.
pub fn name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Scheduled => "scheduled",
        Verdict::Cancelled => "cancelled",
        Verdict::Proposed => "proposed",
        Verdict::None => "none",
    }
}

/// What the words weigh together.
#[derive(Default)]
struct Weight {
    total: i32,
    /// Whether something besides the word "interview" speaks for one: a position, an application, the owner as candidate.
    supported: bool,
    /// Whether something speaks of an interview or an application by more than a word for a job.
    core: bool,
    best: Option<(&'static str, String)>,
    against: Option<(&'static str, String)>,
    reason: Option<String>,
    /// Whether `against` stands in a title.
    titled: bool,
}

impl Weight {
    fn add(&mut self, points: i32, passage: &Passage, at: Hit) {
        self.total += points;
        self.supported |= at.list != List::Interview;
        self.core |= at.list != List::Job;
        if self.best.is_none() {
            self.best = Some((passage.source, passage.quote(at, 100)));
        }
    }

    /// Words of something else. In a title they outweigh everything; in running text several of them weigh more, and more
    /// where no position is named.
    fn against(&mut self, reason: &str, list: List, passages: &[Passage], role: bool) {
        let titled = first(list, passages, true);
        let Some((passage, at)) = titled.or_else(|| first(list, passages, false)) else { return };
        self.total -= match (titled.is_some(), role) {
            (true, _) => NEVER,
            (false, false) => 5,
            (false, true) => 3,
        };
        let others = distinct(list, passages) - 1;
        self.total -= if others > 1 { 4 } else { 2 * others };
        self.blame(reason, passage, at);
    }

    /// Words that interviews have as well: they count where they are many, or in the title.
    fn doubt(&mut self, reason: &str, list: List, passages: &[Passage], role: bool) {
        let titled = first(list, passages, true);
        let Some((passage, at)) = titled.or_else(|| first(list, passages, false)) else { return };
        let weight = if titled.is_some() { 3 } else { 1 };
        let once = if role { 1 } else { 2 };
        self.total -= weight * once + distinct(list, passages) - 1;
        self.blame(reason, passage, at);
    }

    fn blame(&mut self, reason: &str, passage: &Passage, at: Hit) {
        // What a title says tells more than the first that is found in running text.
        if self.against.is_none() || (passage.title && !self.titled) {
            self.titled = passage.title;
            self.reason = Some(reason.to_owned());
            self.against = Some((passage.source, format!("{reason}: {}", passage.quote(at, 80))));
        }
    }
}

/// How many terms of a list stand in the passages, at most three.
fn distinct(list: List, passages: &[Passage]) -> i32 {
    let terms: BTreeSet<&str> = passages
        .iter()
        .flat_map(|p| p.all(list).map(|hit| &p.folded[hit.start..hit.end]))
        .collect();
    i32::try_from(terms.len().min(3)).unwrap_or(3)
}

/// A title weighs more than running text; the same kind of word counts once in each.
fn weigh(
    message: &Message,
    passages: &[Passage],
    employer: &Employer,
    owner: &Owner,
    lexicon: &Lexicon,
) -> Weight {
    let mut weight = Weight::default();
    for (list, in_title, in_text) in [
        (List::Interview, 3, 2),
        (List::Hiring, 2, 1),
        (List::Job, 1, 1),
        (List::ToCandidate, 2, 2),
    ] {
        if let Some((p, at)) = first(list, passages, true) {
            weight.add(in_title, p, at);
        }
        if let Some((p, at)) = first(list, passages, false) {
            weight.add(in_text, p, at);
        }
    }
    let (title_role, text_role) = employer.named;
    weight.total += if title_role { 2 } else { i32::from(text_role) };
    let titled = |p: &&Passage| p.title && side::names_owner(&p.folded, owner);
    let titled = passages.iter().any(|p| titled(&p));
    weight.total += i32::from(titled);
    weight.supported |= title_role || text_role || titled;
    weight.core |= title_role && titled;
    if let Some(service) = senders::tracking_service(message) {
        weight.total += 2;
        weight.supported = true;
        weight.core = true;
        weight.best.get_or_insert(("From, PRODID", service));
    }
    let named = title_role || text_role;
    for (number, reason) in (0..).zip(&lexicon.reasons) {
        weight.against(reason, List::Other(number), passages, named);
        weight.doubt(reason, List::Maybe(number), passages, named);
    }
    let internal = passages.iter().any(|p| p.has(List::Internal));
    if side::from_colleague(message, owner) && !internal {
        weight.total -= 6;
    }
    weight
}

fn first(list: List, passages: &[Passage], title: bool) -> Option<(&Passage, Hit)> {
    passages.iter().filter(|p| p.title == title).find_map(|p| Some((p, p.first(list)?)))
}
