//! Whom a candidate would write to.

use super::display::plain_name;
use super::lexicon::{List, fold};
use super::people::{Circle, same};
use super::senders::{self, Kind};
use super::{Evidence, told};
use crate::address::Person;
use crate::message::icalendar::Attendee;

impl Circle<'_> {
    /// Whom a candidate would write to: who arranges it, else the organizer, else the writer of the mail, else whom the
    /// text names with an address.
    pub fn contact(&self, interviewers: &[Person], evidence: &mut Vec<Evidence>) -> Option<Person> {
        let events = || self.message.calendars.iter().flat_map(|c| &c.events);
        let human = |a: &&Attendee| {
            a.address.as_ref().is_some_and(|x| !self.owner.has(x))
                && senders::kind(a) == Kind::Person
        };
        let from = self.message.from.as_ref().and_then(|p| p.address.as_ref());
        let in_person = events().filter_map(|e| e.organizer.as_ref().filter(human)).find(|o| {
            o.address.as_ref() == from
                && self.passages.iter().any(|p| !p.title && p.has(List::TakesPart))
        });
        let arranging = in_person.or_else(|| {
            events().find_map(|event| {
                let all = event.organizer.iter().chain(&event.attendees);
                all.filter(human).find(|a| self.only_arranges(a, event))
            })
        });
        let delegate = || {
            let by = events().find_map(|e| e.organizer.as_ref()?.sent_by.clone())?;
            let entry = Attendee { address: Some(by), ..Attendee::default() };
            human(&&entry).then(|| self.named(&entry))
        };
        let organizer = || events().find_map(|e| e.organizer.as_ref().filter(human));
        let writer = |people: &[Person]| {
            let usable = |p: &&Person| {
                senders::is_reachable(p)
                    && !senders::is_shared_person(p)
                    && p.address.as_ref().is_some_and(|a| !self.owner.has(a))
            };
            people.iter().find(usable).map(|p| Person {
                name: p.name.as_deref().map(plain_name),
                address: p.address.clone(),
            })
        };
        let from_calendar = arranging
            .map(|a| self.named(a))
            .or_else(delegate)
            .or_else(|| organizer().map(|a| self.named(a)))
            .map(|p| (p, "text/calendar ORGANIZER, ATTENDEE"));
        let from: Vec<Person> = self.message.from.iter().cloned().collect();
        let (person, source) = from_calendar
            .or_else(|| writer(&self.message.reply_to).map(|p| (p, "Reply-To")))
            .or_else(|| writer(&from).map(|p| (p, "From")))
            .or_else(|| self.written_contact(interviewers).map(|p| (p, "text")))
            .or_else(|| self.routed().map(|p| (p, "From")))
            .or_else(|| self.mailbox().map(|p| (p, "From")))?;
        evidence.push(Evidence {
            field: "contact".to_owned(),
            value: person.address.as_ref().map(ToString::to_string).unwrap_or_default(),
            source: source.to_owned(),
            quote: person.name.clone().unwrap_or_default(),
        });
        Some(person)
    }

    /// Somebody whom the text gives with a name and an address, and who does not interview; an interviewer only where
    /// questions go to them.
    fn written_contact(&self, interviewers: &[Person]) -> Option<Person> {
        let written = told::written(&self.text);
        let usable = |p: &&Person| {
            senders::is_reachable(p) && p.address.as_ref().is_some_and(|a| !self.owner.has(a))
        };
        let free =
            |p: &&Person| usable(p) && p.name.is_some() && !interviewers.iter().any(|i| same(i, p));
        let asked = |p: &&Person| {
            let address =
                p.address.as_ref().map(crate::address::EmailAddress::key).unwrap_or_default();
            let told = self.passages.iter().any(|passage| {
                passage
                    .all(List::Contact)
                    .any(|hit| passage.folded[passage.line(hit.start)].contains(&address))
            });
            usable(p) && told
        };
        let person = written.iter().find(free).or_else(|| written.iter().find(asked))?;
        let known = interviewers.iter().find(|i| i.address == person.address);
        Some(known.unwrap_or(person).clone())
    }

    /// A shared mailbox that the message comes from.
    fn mailbox(&self) -> Option<Person> {
        let mut people = self.message.reply_to.iter().chain(&self.message.from);
        let found = people.find(|p| {
            senders::is_reachable(p) && p.address.as_ref().is_some_and(|a| !self.owner.has(a))
        })?;
        Some(Person { name: found.name.clone(), address: found.address.clone() })
    }

    /// A person who writes through a service that tracks applications: what reaches the routing address reaches them.
    fn routed(&self) -> Option<Person> {
        let people = self.message.reply_to.iter().chain(&self.message.from);
        let routed = people.filter(|p| {
            let name = p.name.as_deref().map(plain_name).unwrap_or_default();
            let signed = name.contains(' ') && self.text.contains(&name);
            let answered = p
                .address
                .as_ref()
                .is_some_and(|a| senders::is_tracking(a) && !senders::is_no_reply(a));
            signed && answered
        });
        let is_company = |p: &&Person| p.name.as_deref().is_some_and(|n| fold(n) == self.company);
        let found = routed.filter(|p| !is_company(p)).map(|p| Person {
            name: p.name.as_deref().map(plain_name),
            address: p.address.clone(),
        });
        found.into_iter().next()
    }
}
