//! Who talks with the owner, and who only arranges it.

use super::Passage;
use super::display;
pub use super::display::{first_name, name_for, plain_name, squash};
use super::lexicon::{Lexicon, List, fold};
use super::partners;
use super::prose::{self, Met};
use super::roster::Roster;
use super::senders::{self, Kind};
use super::told;
use super::words::position;
use crate::address::{EmailAddress, Owner, Person};
use crate::message::Message;
use crate::message::icalendar::{Attendee, Event};

/// What is known of the people of one message.
pub struct Circle<'a> {
    pub(super) message: &'a Message,
    pub(super) passages: &'a [Passage],
    pub(super) owner: &'a Owner,
    /// Whom the text names as those whom the owner will talk with.
    told: Vec<Person>,
    /// Everybody named with an address.
    known: Vec<Person>,
    pub(super) text: String,
    /// The company's name, folded.
    pub(super) company: String,
    /// Whether the text names the owner among those who interview.
    owner_is_told: bool,
    /// Whether whoever wrote the text says that they take part.
    writer_joins: bool,
}

impl<'a> Circle<'a> {
    /// Reads whom the message names.
    pub fn new(
        message: &'a Message,
        passages: &'a [Passage],
        owner: &'a Owner,
        company: Option<&str>,
        lexicon: &'a Lexicon,
    ) -> Self {
        let text: String = passages.iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join("\n");
        let known = told::known(message, &text);
        let read = told::read(passages, &known, owner, lexicon);
        let name = company;
        let company = company.map(fold).unwrap_or_default();
        let is_company = |name: &str| {
            let name = fold(name);
            !company.is_empty() && (name.contains(&company) || company.contains(&name))
        };
        let is_they =
            |p: &Person| p.name.as_deref().is_some_and(|n| !is_company(n) && !is_owners(n, owner));
        let invites = message.calendars.iter().any(|c| !c.events.is_empty());
        let met = if invites { prose::met(message, owner, lexicon, name) } else { Met::default() };
        let mut told = Vec::new();
        for person in read.people.into_iter().chain(met.people).filter(is_they) {
            partners::push(&mut told, person);
        }
        let owner_is_told = read.owner;
        let writer_joins = met.writer;
        Self { message, passages, owner, told, known, text, company, owner_is_told, writer_joins }
    }

    /// Whether the text names the owner among those who interview.
    pub fn owner_is_told(&self) -> bool {
        self.owner_is_told
    }

    /// The people of one event whom the owner talks with: its human guests, without those who declined or only arrange;
    /// the organizer where nobody else is left, or where the text says that they take part; and whom the text names.
    pub fn interviewers(&self, event: &Event, alone: bool) -> Vec<Person> {
        let mut people = self.guests(event);
        let mut told = self.told_of(event);
        if !alone {
            told.retain(|p| names(event, p));
        }
        let required = people.iter().any(|p| !p.optional);
        people.retain(|p| {
            let named = told.iter().any(|t| same(t, &p.person));
            !p.optional || named || (told.is_empty() && !required)
        });
        let mut people: Vec<Person> = people.into_iter().map(|g| g.person).collect();
        let told_guests = told.iter().any(|t| people.iter().any(|p| same(t, p)));
        let nobody = people.is_empty();
        for person in told {
            if nobody || told_guests || person.address.is_some() {
                push(&mut people, person);
            }
        }
        if let Some(organizer) = self.organizer(event, !people.is_empty()) {
            push(&mut people, organizer);
        }
        let nobody = people.is_empty() && (alone || self.told.is_empty());
        if nobody || self.says_takes_part() {
            let host = self.host().filter(|h| !self.only_arranges(h, event));
            if let Some(host) = host {
                push(&mut people, self.named(&host));
            }
        }
        people
    }

    /// Everybody whom the message names with an address.
    pub fn known_people(&self) -> &[Person] {
        &self.known
    }

    /// Somebody named in the text, with the address that the message knows.
    pub fn as_known(&self, person: &Person) -> Person {
        let mut found = self.known.iter().filter(|k| same(k, person));
        match (found.next(), found.next()) {
            (Some(one), None) => one.clone(),
            (Some(one), Some(_)) if person.address.is_none() => one.clone(),
            _ => person.clone(),
        }
    }

    /// Whether somebody may be talked with: neither the owner nor the company, nobody who has declined.
    pub fn may_talk(&self, person: &Person) -> bool {
        let name = person.name.as_deref().unwrap_or("");
        let events = self.message.calendars.iter().flat_map(|c| &c.events);
        let mut entries = events
            .flat_map(|e| &e.attendees)
            .filter(|a| a.address.is_some() && a.address == person.address);
        !is_owners(name, self.owner)
            && !person.address.as_ref().is_some_and(|a| self.owner.has(a))
            && (self.company.is_empty() || !fold(name).contains(&self.company))
            && entries.all(|a| self.may_interview(a))
    }

    /// The human guests other than the organizer.
    fn guests(&self, event: &Event) -> Vec<Guest> {
        let mut out: Vec<Guest> = Vec::new();
        for guest in event.attendees.iter().filter(|a| self.may_interview(a)) {
            let known = out.iter().any(|g| g.person.address == guest.address);
            if known || is_organizer(guest, event) || self.only_arranges(guest, event) {
                continue;
            }
            let optional = guest.role.as_deref() == Some("OPT-PARTICIPANT");
            out.push(Guest { person: self.named(guest), optional });
        }
        out
    }

    /// Whom the text names for an event, each as the objects know them; without those who declined.
    fn told_of(&self, event: &Event) -> Vec<Person> {
        let stays_away = |person: &Person| {
            event.attendees.iter().chain(&event.organizer).any(|a| {
                let named =
                    Person { name: a.name.as_deref().map(plain_name), address: a.address.clone() };
                let is_they = same(person, &named);
                is_they && (!self.may_interview(a) || self.only_arranges(a, event))
            })
        };
        self.told.iter().map(|p| self.as_known(p)).filter(|p| !stays_away(p)).collect()
    }

    /// The organizer, where they take part.
    fn organizer(&self, event: &Event, others: bool) -> Option<Person> {
        let organizer = event.organizer.as_ref().filter(|o| self.may_interview(o))?;
        let declined =
            event.attendees.iter().any(|a| is_organizer(a, event) && !self.may_interview(a));
        if declined || self.only_arranges(organizer, event) {
            return None;
        }
        // A delegate has sent it for them: they hold it themselves.
        let delegated =
            organizer.sent_by.as_ref().is_some_and(|by| organizer.address.as_ref() != Some(by));
        if others && !delegated && !self.takes_part(organizer) {
            return None;
        }
        let entry = event.attendees.iter().find(|a| is_organizer(a, event) && a.name.is_some());
        Some(self.named(entry.unwrap_or(organizer)))
    }

    /// Who invites where the objects name nobody, as those of Zoom and Calendly do: the person whom an answer would reach.
    fn host(&self) -> Option<Attendee> {
        let events = || self.message.calendars.iter().flat_map(|c| &c.events);
        let organized = |e: &Event| e.organizer.as_ref().is_some_and(|o| self.may_interview(o));
        if events().any(|e| organized(e) || e.attendees.iter().any(|a| self.may_interview(a))) {
            return None;
        }
        let as_guest = |p: &Person| Attendee {
            name: p.name.clone(),
            address: p.address.clone(),
            ..Attendee::default()
        };
        let writers = self.message.reply_to.iter().chain(&self.message.from);
        let reachable = writers.filter(|p| senders::is_reachable(p)).map(as_guest);
        reachable.filter(|a| self.may_interview(a)).find(|a| self.invites_in_person(a))
    }

    /// Whether a writer holds the meeting: not where a service sends for the employer and the writer only answers questions.
    fn invites_in_person(&self, writer: &Attendee) -> bool {
        let from = self.message.from.as_ref();
        let by_service = from.and_then(|p| p.address.as_ref()).is_some_and(senders::is_tracking);
        let same_name = from.and_then(|p| p.name.as_deref()).map(plain_name)
            == writer.name.as_deref().map(plain_name);
        !by_service || same_name
    }

    /// A human being other than the owner who has not declined, stays away or sends somebody else.
    fn may_interview(&self, attendee: &Attendee) -> bool {
        let Some(address) = &attendee.address else { return false };
        !self.owner.has(address)
            && senders::kind(attendee) == Kind::Person
            && attendee.partstat.as_deref() != Some("DECLINED")
            && attendee.role.as_deref() != Some("NON-PARTICIPANT")
            && attendee.delegated_to.is_none()
    }

    /// Attendee as a person, with a name from the text or the header where the object has none.
    pub(super) fn named(&self, attendee: &Attendee) -> Person {
        let own =
            attendee.name.as_deref().map(plain_name).filter(|n| !n.is_empty() && !n.contains('@'));
        let by_address = || {
            let known =
                self.known.iter().find(|k| k.address == attendee.address && k.name.is_some());
            known.and_then(|k| k.name.clone())
        };
        let by_text = || attendee.address.as_ref().and_then(|a| name_for(a, &self.text));
        let name = own.or_else(by_address).or_else(by_text);
        let name = match (&name, &attendee.address) {
            (Some(name), Some(address)) => Some(display::in_order(name, address)),
            _ => name,
        };
        Person { name, address: attendee.address.clone() }
    }

    /// Whether the text says that this person only arranges: a word for it in a sentence in which theirs is the nearest
    /// name, or one in the first person under an invitation of theirs that names nobody else.
    pub(super) fn only_arranges(&self, attendee: &Attendee, event: &Event) -> bool {
        let writer = self.writer(event).is_some_and(|w| Some(w) == attendee.address.as_ref());
        let says_so = |passage: &Passage| {
            passage.all(List::Arranges).any(|hit| {
                let range = passage.sentence(hit.start);
                let sentence = &passage.folded[range.clone()];
                let at = hit.start - range.start;
                let spoken = writer && first_person(last_words(&sentence[..at], 3));
                match nearest(sentence, at, &self.known).filter(|_| !spoken) {
                    Some(person) => person.address.is_some() && person.address == attendee.address,
                    None => writer && first_person(sentence),
                }
            })
        };
        let mut texts = self.passages.iter().filter(|p| !p.title);
        texts.any(|p| says_so(p) || (writer && p.has(List::ArrangesSelf)))
    }

    /// Who says "I": the sender, where that is a person, else the organizer.
    fn writer<'e>(&'e self, event: &'e Event) -> Option<&'e EmailAddress> {
        let from = self.message.from.as_ref().filter(|p| senders::is_reachable(p));
        let from = from.and_then(|p| p.address.as_ref());
        from.or_else(|| event.organizer.as_ref().and_then(|o| o.address.as_ref()))
    }

    /// Whether the writer says that they take part.
    fn says_takes_part(&self) -> bool {
        self.passages.iter().any(|p| !p.title && p.has(List::TakesPart))
    }

    /// Whether the text says that the organizer takes part: in words, or with their full name in the title.
    fn takes_part(&self, organizer: &Attendee) -> bool {
        let in_words = self.writer_joins || self.says_takes_part();
        let name =
            organizer.name.as_deref().map(plain_name).map(|n| fold(&n)).filter(|n| n.contains(' '));
        let titled =
            |n: String| self.passages.iter().any(|p| p.title && position(&p.folded, &n).is_some());
        let told = organizer.name.as_deref().map(plain_name).is_some_and(|n| {
            self.told.iter().any(|p| p.name.as_deref().is_some_and(|t| fold(t) == fold(&n)))
        });
        in_words || told || name.is_some_and(titled)
    }
}

/// Whether a name is the owner's, or made of parts of it.
fn is_owners(name: &str, owner: &Owner) -> bool {
    let own = fold(&owner.name);
    let parts: Vec<&str> = own.split(' ').collect();
    fold(name).split(' ').all(|word| parts.contains(&word))
}

struct Guest {
    person: Person,
    optional: bool,
}

/// Whether an event's own words name somebody: of several events each has its own people.
fn names(event: &Event, person: &Person) -> bool {
    let name = person.name.as_deref().map(fold).unwrap_or_default();
    let said = fold(&format!("{}\n{}", event.summary, event.description));
    !name.is_empty() && position(&said, &name).is_some()
}

fn is_organizer(attendee: &Attendee, event: &Event) -> bool {
    event.organizer.as_ref().is_some_and(|o| o.address.is_some() && o.address == attendee.address)
}

/// Whether two entries mean one person: the same address, or the same name where one has no address; a family name alone,
/// as behind a title, is enough.
pub(super) fn same(a: &Person, b: &Person) -> bool {
    if let (Some(x), Some(y)) = (&a.address, &b.address) {
        return x == y;
    }
    let (Some(x), Some(y)) = (&a.name, &b.name) else { return false };
    let (x, y) = (fold(x), fold(y));
    let last_of =
        |long: &str, short: &str| !short.contains(' ') && long.rsplit(' ').next() == Some(short);
    x == y || last_of(&x, &y) || last_of(&y, &x)
}

pub(super) fn push(people: &mut Vec<Person>, person: Person) {
    if !people.iter().any(|p| same(p, &person)) {
        people.push(person);
    }
}

/// The last words of a text.
fn last_words(text: &str, count: usize) -> &str {
    let at = text.trim_end().rmatch_indices(' ').nth(count - 1).map_or(0, |(at, _)| at);
    &text[at..]
}

fn first_person(folded: &str) -> bool {
    const I: [&str; 15] = [
        "i", "i'm", "i'll", "i've", "ich", "we", "je", "yo", "eu", "io", "ik", "jag", "jeg",
        "minä", "я",
    ];
    folded.split([' ', ',', '.']).any(|word| I.contains(&word))
}

/// The person whose name stands nearest to a place in a sentence.
fn nearest<'a>(folded: &str, at: usize, known: &'a [Person]) -> Option<&'a Person> {
    let distance = |p: &Person| {
        let name = fold(p.name.as_deref()?);
        let found = [name.as_str(), first_name(&name)]
            .into_iter()
            .filter(|n| n.len() > 1)
            .find_map(|n| position(folded, n));
        found.map(|x| x.abs_diff(at))
    };
    known.iter().filter_map(|p| Some((distance(p)?, p))).min_by_key(|(d, _)| *d).map(|(_, p)| p)
}

/// Whether a line greets the owner by the first name alone: "Hi Alex,", "Noor - 45 minutes on ...".
pub fn calls_by_first_name(passages: &[Passage], owner: &Owner) -> bool {
    let name = fold(&owner.name);
    let first = first_name(&name);
    let greetings = [
        "hi ",
        "hello ",
        "hey ",
        "dear ",
        "hallo ",
        "liebe ",
        "lieber ",
        "good morning ",
        "good afternoon ",
        "bonjour ",
        "hola ",
        "",
    ];
    passages.iter().filter(|p| !p.title).flat_map(|p| p.text.lines()).map(fold).any(|line| {
        let rest = greetings.iter().find_map(|g| line.strip_prefix(g)?.strip_prefix(first));
        rest.is_some_and(|r| {
            r.is_empty() || r.starts_with([',', '!', ':', '.']) || r.starts_with(" -")
        })
    })
}

/// How many people of one message are kept.
const MAX_PEOPLE: usize = 60;

/// Everybody whom a message names together with an address, the owner left out: in its header fields, its calendar objects,
/// its cards and its texts. Nobody, where it went to a list.
pub fn named_with_address(message: &Message, owner: &Owner, lexicon: &Lexicon) -> Vec<Person> {
    if message.bulk {
        return Vec::new();
    }
    let guests = message.calendars.iter().flat_map(|c| &c.events).flat_map(|e| {
        e.organizer.iter().chain(&e.attendees).map(|a| Person {
            name: a.name.as_deref().map(plain_name).filter(|n| !n.is_empty() && !n.contains('@')),
            address: a.address.clone(),
        })
    });
    let text = &message.text;
    let roster = Roster::new(message, &[&text.new, &text.signature, &text.quoted], owner, lexicon);
    let mut out: Vec<Person> = Vec::new();
    for person in guests.chain(roster.with_address().cloned()) {
        let whole = person.name.is_some() && person.address.as_ref().is_some_and(|a| !owner.has(a));
        if whole && !out.contains(&person) && out.len() < MAX_PEOPLE {
            out.push(person);
        }
    }
    out
}
