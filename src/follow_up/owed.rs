//! Whom an interview's letters go to: each interviewer with an address; for those without one somebody who passes it on; and
//! where there is nobody, but a telephone number, the owner, with a script for a call.

use jiff::Timestamp;

use super::own::Letters;
use super::{FollowUp, Known, unsettled};
use crate::address::{EmailAddress, Person};
use crate::extract::senders;
use crate::interview::directory::same_person;
use crate::interview::{Interview, Session};
use crate::ledger::Kind;

/// To more people than this in one session nobody writes: whoever invited is asked to thank them all.
const MOST_AT_ONCE: usize = 6;

/// The letters that an interview owes and that are not settled.
pub(super) fn letters(
    known: &Known<'_>,
    letters: &Letters<'_>,
    interview: &Interview,
    due: Timestamp,
) -> Vec<FollowUp> {
    let debts = debts(known, interview, due);
    debts.into_iter().filter_map(|one| unsettled(known, letters, one)).collect()
}

/// Everybody who is to be thanked, settled or not.
pub(super) fn debts(known: &Known<'_>, interview: &Interview, due: Timestamp) -> Vec<FollowUp> {
    let contact = contact(known, interview);
    let mut direct: Vec<FollowUp> = Vec::new();
    let mut absent: Vec<(Person, Session)> = Vec::new();
    for session in interview.standing() {
        let many = contact.is_some() && session.interviewers.len() > MOST_AT_ONCE;
        for person in &session.interviewers {
            match person.address.clone().filter(|_| !many) {
                Some(address) if known.owner.has(&address) => {}
                Some(address) => meet(&mut direct, interview, person, address, session, due),
                None if person.name.is_some() => absent.push((person.clone(), session.clone())),
                None => {}
            }
        }
    }
    // Who is met twice, once with an address, is thanked directly.
    absent.retain(|(person, _)| !direct.iter().any(|d| same_person(&d.person, person)));
    match contact {
        Some(contact) if !absent.is_empty() => {
            pass_on(&mut direct, interview, contact, absent, due);
        }
        Some(_) => {}
        None => direct.extend(only_by_phone(known, interview, absent, due)),
    }
    direct
}

/// Scripts for calls to those of whom nothing but a telephone number is known.
fn only_by_phone(
    known: &Known<'_>,
    interview: &Interview,
    mut absent: Vec<(Person, Session)>,
    due: Timestamp,
) -> Vec<FollowUp> {
    absent.retain(|(person, _)| interview.number(person).is_some());
    scripts(known, interview, absent, due)
}

fn meet(
    direct: &mut Vec<FollowUp>,
    interview: &Interview,
    person: &Person,
    address: EmailAddress,
    session: &Session,
    due: Timestamp,
) {
    if let Some(known) = direct.iter_mut().find(|d| d.address == address) {
        known.sessions.push(session.clone());
        return;
    }
    let place = direct.len();
    let mut one = blank(Kind::Thanks, interview, person.clone(), address, place, due);
    one.sessions.push(session.clone());
    one.doubts.extend(session.doubts.iter().cloned());
    direct.push(one);
}

/// The contact is asked to thank those who have no address: in the letter that they get anyway, if they took part
/// themselves, else in one of its own.
fn pass_on(
    direct: &mut Vec<FollowUp>,
    interview: &Interview,
    (contact, address): (Person, EmailAddress),
    absent: Vec<(Person, Session)>,
    due: Timestamp,
) {
    let place = direct.len();
    let index = direct.iter().position(|d| d.address == address).unwrap_or_else(|| {
        direct.push(blank(Kind::PassOn, interview, contact, address, place, due));
        place
    });
    let letter = &mut direct[index];
    for (person, session) in absent {
        if !letter.on_behalf.iter().any(|known| same_person(known, &person)) {
            letter.on_behalf.push(person);
        }
        if letter.kind == Kind::PassOn && !letter.sessions.contains(&session) {
            letter.doubts.extend(session.doubts.iter().cloned());
            letter.sessions.push(session);
        }
    }
}

/// A call to each of the people of an interview. What is written for it goes to the owner.
pub(super) fn calls(known: &Known<'_>, interview: &Interview, due: Timestamp) -> Vec<FollowUp> {
    let met = interview.standing().flat_map(|s| s.interviewers.iter().map(move |p| (p, s)));
    let named = met.filter(|(person, _)| person.name.is_some());
    scripts(known, interview, named.map(|(p, s)| (p.clone(), s.clone())).collect(), due)
}

/// A script a person, for all conversations with them.
fn scripts(
    known: &Known<'_>,
    interview: &Interview,
    met: Vec<(Person, Session)>,
    due: Timestamp,
) -> Vec<FollowUp> {
    let own = interview.invited_as.as_ref().or_else(|| known.owner.addresses.first());
    let Some(own) = own else { return Vec::new() };
    let mut scripts: Vec<FollowUp> = Vec::new();
    for (person, session) in met {
        if let Some(known) = scripts.iter_mut().find(|c| same_person(&c.person, &person)) {
            known.sessions.push(session);
            continue;
        }
        let place = scripts.len();
        let mut script = blank(Kind::Call, interview, person, own.clone(), place, due);
        script.doubts.extend(session.doubts.iter().cloned());
        script.sessions.push(session);
        scripts.push(script);
    }
    scripts
}

fn blank(
    kind: Kind,
    interview: &Interview,
    person: Person,
    address: EmailAddress,
    place: usize,
    due: Timestamp,
) -> FollowUp {
    FollowUp {
        kind,
        interview: interview.clone(),
        person,
        address,
        on_behalf: Vec::new(),
        sessions: Vec::new(),
        place,
        due,
        doubts: Vec::new(),
        revision: 0,
        replaces: None,
    }
}

/// Who passes thanks on: whoever arranged the interview, if mail reaches them.
fn contact(known: &Known<'_>, interview: &Interview) -> Option<(Person, EmailAddress)> {
    let contact = interview.contact.as_ref().filter(|p| senders::is_reachable(p))?;
    let address = contact.address.clone().filter(|a| !known.owner.has(a))?;
    Some((contact.clone(), address))
}
