//! The fold: sessions out of calendar objects and words, sessions to interviews, interviews to what is known of them.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::directory::{Circle, Directory, same_person};
use super::relation::{
    Placed, Threads, belong_together, company, counterparts, domains, same_company,
};
use super::{Forgotten, Interview, Meeting, Session, Standing, calendar, words};
use crate::address::{EmailAddress, Owner, Person};
use crate::extract::itip::Method;
use crate::extract::{Findings, Verdict, hex, note, senders};
use crate::folder::Role;

/// How many telephone numbers an interview knows.
const MAX_NUMBERS: usize = 50;

/// Computes the interviews of all findings. `accounts` gives the order in which accounts are preferred.
pub fn merge<'a>(
    findings: impl Iterator<Item = &'a Findings>,
    owner: &Owner,
    accounts: &[String],
) -> Vec<Interview> {
    let mut findings: Vec<&Findings> = findings.filter(|f| speaks_of_interviews(f)).collect();
    findings.sort_by(|a, b| (a.origin.date, &a.origin.key).cmp(&(b.origin.date, &b.origin.key)));
    let threads = Threads::of(&findings);
    let (mut placed, others) = calendar::sessions(&findings, &threads, owner);
    words::apply(&mut placed, &findings, &threads, owner);
    adopt(&mut placed, others);
    twins(&mut placed);
    placed.sort_by(|a, b| a.order().cmp(&b.order()));
    let matters = Matters::of(&findings, &threads, owner);
    let directory = Directory::of(&findings);
    let mut out: Vec<Interview> = group(placed)
        .into_iter()
        .map(|members| matters.interview(members, &directory, accounts))
        .collect();
    rounds(&mut out);
    mailed_notes(&mut out, &findings, &threads);
    out
}

/// What a machine tells of an application that is no interview answers one, and is no part of it.
fn speaks_of_interviews(findings: &Findings) -> bool {
    let origin = &findings.origin;
    let only_answers = findings.verdict == Verdict::None
        && findings.objects.is_empty()
        && !origin.by_owner
        && !origin.by_hand;
    origin.role != Role::Drafts && !only_answers
}

/// Two calendar objects of one conversation, as the booking tool's and the interviewer's own: nobody sits in two interviews
/// of one employer with the same people at the same minute.
fn twins(placed: &mut Vec<Placed<'_>>) {
    let mut index = 0;
    while index < placed.len() {
        let twin = (0..index).find(|&other| are_twins(&placed[other], &placed[index]));
        let Some(other) = twin else {
            index += 1;
            continue;
        };
        let spare = placed.remove(index);
        placed[other].absorb(spare);
    }
}

/// An invitation that does not call itself an interview, at the very time of one that a mail confirms, from the same people
/// or their house: "Carolina / Rosalind". Its time counts from then on where only words gave one.
fn adopt<'a>(placed: &mut [Placed<'a>], others: Vec<Placed<'a>>) {
    for other in others {
        let known = |p: &&mut Placed<'a>| {
            p.times.iter().any(|(start, _)| other.times.iter().any(|(s, _)| s == start))
                && (of_one_house(p, &other) || meet_somebody(p, &other))
        };
        let Some(session) = placed.iter_mut().find(known) else { continue };
        if session.by_calendar {
            session.absorb(other);
        } else {
            let words = std::mem::replace(session, other);
            if words.session.standing != Standing::Stands && words.since >= session.since {
                session.session.standing = words.session.standing;
            }
            session.absorb(words);
        }
    }
}

fn of_one_house(a: &Placed<'_>, b: &Placed<'_>) -> bool {
    let houses =
        |p: &Placed<'_>| -> BTreeSet<String> { p.held_by.union(&p.arranged_by).cloned().collect() };
    super::relation::share(&houses(a), &houses(b))
}

fn meet_somebody(a: &Placed<'_>, b: &Placed<'_>) -> bool {
    let mut met = a.session.interviewers.iter();
    met.any(|p| b.session.interviewers.iter().any(|q| same_person(p, q)))
}

fn are_twins(a: &Placed<'_>, b: &Placed<'_>) -> bool {
    let meets_same = a.session.interviewers.is_empty()
        || b.session.interviewers.is_empty()
        || meet_somebody(a, b);
    a.session.uid != b.session.uid
        && a.session.start == b.session.start
        && a.session.standing == b.session.standing
        && meets_same
        && super::relation::same_employer(a, b)
}

/// Sessions of one company on one day. What is unknown is never equal to another unknown.
fn group(placed: Vec<Placed<'_>>) -> Vec<Vec<Placed<'_>>> {
    let mut groups: Vec<Vec<Placed<'_>>> = Vec::new();
    for one in placed {
        // One session may be what joins two groups that knew nothing of each other.
        let (joined, apart): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|g| g.iter().any(|other| belong_together(other, &one)));
        let mut group: Vec<Placed<'_>> = joined.into_iter().flatten().collect();
        group.push(one);
        group.sort_by(|a, b| a.order().cmp(&b.order()));
        groups = apart;
        groups.push(group);
    }
    groups.sort_by(|a, b| a[0].order().cmp(&b[0].order()));
    groups
}

/// The messages of each application: what an interview's own messages leave out may stand in one of these.
struct Matters<'a, 'm> {
    threads: &'m Threads,
    owner: &'m Owner,
    by_thread: BTreeMap<usize, Vec<&'a Findings>>,
    by_domain: BTreeMap<String, Vec<&'a Findings>>,
    /// Names of companies by the domains that they spell.
    houses: BTreeMap<&'a str, String>,
}

impl<'a, 'm> Matters<'a, 'm> {
    fn of(findings: &[&'a Findings], threads: &'m Threads, owner: &'m Owner) -> Self {
        let houses = houses(findings);
        let (by_thread, by_domain) = (BTreeMap::new(), BTreeMap::new());
        let mut out = Self { threads, owner, by_thread, by_domain, houses };
        for one in findings
            .iter()
            .copied()
            .filter(|f| f.company.is_some() || f.role.is_some() || f.contact.is_some())
        {
            if let Some(thread) = threads.thread(one) {
                out.by_thread.entry(thread).or_default().push(one);
            }
            for domain in domains(counterparts(one).into_iter(), owner) {
                out.by_domain.entry(domain).or_default().push(one);
            }
        }
        out
    }

    /// One interview of its sessions.
    fn interview(
        &self,
        members: Vec<Placed<'a>>,
        directory: &Directory<'a>,
        accounts: &[String],
    ) -> Interview {
        let own: Vec<&Findings> = members
            .iter()
            .flat_map(|m| [m.winner].into_iter().chain(m.members.iter().copied()))
            .collect();
        let company = best(&own, |f| f.company.clone());
        let kin = self.kin(&members, company.as_deref());
        let account = account(&own, accounts);
        let ids: BTreeSet<String> = members.iter().flat_map(|m| names(&m.session)).collect();
        let first = &members[0];
        let mut out = Interview {
            id: id_of(&first.session.uid, first.session.recurrence_id.as_deref()),
            ids: ids.into_iter().collect(),
            role: best(&own, |f| f.role.clone()).or_else(|| only(&kin, |f| f.role.clone())),
            company: self.employer(&members, company.or(only(&kin, |f| f.company.clone()))),
            medium: own.iter().find_map(|f| f.medium),
            contact: contact(&own).or_else(|| contact(&kin)).map(|p| full(p, directory)),
            invited_as: self.invited_as(&members, &own, &account),
            account,
            language: first.winner.language.clone(),
            first_names: own.iter().any(|f| f.first_names),
            earlier: Vec::new(),
            messages: messages(&own),
            members: keys(&own),
            notes: Vec::new(),
            numbers: own.iter().flat_map(|f| f.numbers.clone()).take(MAX_NUMBERS).collect(),
            sessions: Vec::new(),
        };
        out.sessions = self.met(members, directory, &out);
        out
    }

    /// The sessions with every interviewer's address and name, as far as the mailbox knows them.
    fn met(
        &self,
        members: Vec<Placed<'a>>,
        directory: &Directory<'a>,
        interview: &Interview,
    ) -> Vec<Session> {
        let mut houses: BTreeSet<String> = BTreeSet::new();
        let mut threads: BTreeSet<usize> = BTreeSet::new();
        for member in &members {
            houses.extend(member.held_by.iter().chain(&member.arranged_by).cloned());
            threads.extend(&member.threads);
        }
        houses.extend(domains(
            interview.contact.iter().filter_map(|p| p.address.as_ref()),
            self.owner,
        ));
        let name = interview.company.as_deref().map(crate::extract::lexicon::fold);
        let is_near = |f: &Findings| {
            self.threads.thread(f).is_some_and(|t| threads.contains(&t))
                || company(f).zip(name.as_ref()).is_some_and(|(a, b)| same_company(&a, b))
        };
        let circle = Circle { domains: &houses, is_near: &is_near };
        let session = |m: Placed<'a>| Session {
            sent: m.since,
            threads: first_mails(&m.members),
            ..complete(m.session, directory, &circle)
        };
        members.into_iter().map(session).collect()
    }

    /// Other messages of the same application: of its conversations, and of its employer's house where they name no other
    /// company.
    fn kin(&self, members: &[Placed<'a>], name: Option<&str>) -> Vec<&'a Findings> {
        let mut out: Vec<&Findings> = Vec::new();
        for member in members {
            for thread in &member.threads {
                out.extend(self.by_thread.get(thread).into_iter().flatten());
            }
            for domain in member.held_by.iter().chain(&member.arranged_by) {
                out.extend(self.by_domain.get(domain).into_iter().flatten());
            }
        }
        let name = name.map(crate::extract::lexicon::fold);
        out.retain(|f| match (company(f), &name) {
            (Some(one), Some(other)) => same_company(&one, other),
            _ => true,
        });
        out.sort_by(|a, b| (a.origin.date, &a.origin.key).cmp(&(b.origin.date, &b.origin.key)));
        out.dedup_by_key(|f| &f.origin.key);
        out
    }

    /// The company as the messages name it, unless that is the agency's; else the name that spells the domain of those who
    /// are met, or of those who arrange it.
    fn employer(&self, members: &[Placed<'a>], named: Option<String>) -> Option<String> {
        let house = |domain: &String| self.houses.get(domain.as_str());
        let met = || members.iter().flat_map(|m| &m.held_by);
        let arrange = || members.iter().flat_map(|m| m.arranged_by.difference(&m.held_by));
        let own = met().find_map(house);
        let is_agencys = |name: &String| {
            let name = crate::extract::lexicon::fold(name);
            arrange()
                .filter_map(house)
                .any(|h| same_company(&crate::extract::lexicon::fold(h), &name))
        };
        // "Lodestone", where the domain and another mail say "Lodestone Architects".
        let is_more = |own: &String, name: &String| {
            let fold = crate::extract::lexicon::fold;
            own.len() > name.len() && same_company(&fold(own), &fold(name))
        };
        match (named, own) {
            (Some(name), Some(own)) if is_agencys(&name) || is_more(own, &name) => {
                Some(own.clone())
            }
            (Some(name), _) => Some(name),
            (None, own) => own.or_else(|| arrange().find_map(house)).cloned(),
        }
    }

    fn invited_as(
        &self,
        members: &[Placed<'a>],
        own: &[&Findings],
        account: &str,
    ) -> Option<EmailAddress> {
        let steps = members.iter().flat_map(|m| &m.steps);
        let in_object = steps
            .filter(|s| s.object.method == Method::Request && s.findings.origin.account == account)
            .find_map(|s| s.object.owner.clone());
        let addressed = || {
            let received = own.iter().filter(|f| !f.origin.by_owner && f.origin.account == account);
            received.flat_map(|f| &f.origin.recipients).find(|a| self.owner.has(a)).cloned()
        };
        let invited = in_object.or_else(addressed)?;
        self.owner.addresses.iter().find(|o| o.reaches(&invited)).cloned()
    }
}

/// The names that spell domains: of several the one that most messages write, the first in the alphabet in a tie.
fn houses<'a>(findings: &[&'a Findings]) -> BTreeMap<&'a str, String> {
    let mut written: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for house in findings.iter().flat_map(|f| &f.houses) {
        *written.entry(&house.domain).or_default().entry(&house.name).or_default() += 1;
    }
    let most = |names: BTreeMap<&'a str, usize>| {
        let best = names.into_iter().rev().max_by_key(|(_, count)| *count);
        best.map(|(name, _)| name.to_owned())
    };
    written.into_iter().filter_map(|(domain, names)| Some((domain, most(names)?))).collect()
}

/// The first mails of the threads in which these messages stand.
fn first_mails(members: &[&Findings]) -> Vec<String> {
    let origins = members.iter().map(|f| &f.origin);
    let firsts = origins.filter_map(|o| o.references.first().or(o.message_id.as_ref()));
    firsts.cloned().collect::<BTreeSet<String>>().into_iter().collect()
}

/// The names by which a session was ever called.
fn names(session: &Session) -> impl Iterator<Item = String> {
    let own = id_of(&session.uid, session.recurrence_id.as_deref());
    [own].into_iter().chain(session.also.iter().map(|uid| id_of(uid, None)))
}

/// The account whose Drafts the letters belong into: the first listed of those that were written to.
fn account(own: &[&Findings], accounts: &[String]) -> String {
    let rank = |account: &str| accounts.iter().position(|a| a == account).unwrap_or(usize::MAX);
    let received = || own.iter().filter(|f| !f.origin.by_owner).map(|f| f.origin.account.as_str());
    let any = || own.iter().map(|f| f.origin.account.as_str());
    received().min_by_key(|a| (rank(a), *a)).or_else(|| any().min()).unwrap_or_default().to_owned()
}

/// What most messages say, the first one's word in a tie: the best evidence wins, not the latest.
fn best<T: Ord + Clone>(own: &[&Findings], says: impl Fn(&Findings) -> Option<T>) -> Option<T> {
    let said: Vec<T> = own.iter().filter_map(|f| says(f)).collect();
    let count = |value: &T| said.iter().filter(|v| *v == value).count();
    let most = said.iter().map(count).max()?;
    said.iter().find(|v| count(v) == most).cloned()
}

/// What the messages say where they all say the same.
fn only(kin: &[&Findings], says: impl Fn(&Findings) -> Option<String>) -> Option<String> {
    let said: BTreeSet<String> = kin.iter().filter_map(|f| says(f)).collect();
    if said.len() == 1 { said.into_iter().next() } else { None }
}

/// Whom a candidate would write to: who wrote by hand, before who only stands in an invitation.
fn contact(own: &[&Findings]) -> Option<Person> {
    let written = || own.iter().rev().filter(|f| !f.origin.by_owner);
    let told = |f: &Findings| f.contact.clone().filter(senders::is_reachable);
    // Whoever wrote of it by hand, although the mail alone did not show what it was about.
    let writer = |f: &Findings| f.origin.from.clone().filter(|_| !f.aside.is_empty());
    let by_hand = written().filter(|f| f.origin.by_hand).find_map(|f| told(f).or(writer(f)));
    by_hand.or_else(|| written().find_map(|f| told(f)))
}

/// A session whose people have the addresses and the full names that the mailbox knows.
fn complete(session: Session, directory: &Directory<'_>, circle: &Circle<'_>) -> Session {
    let mut session = session;
    let mut met: Vec<Person> = Vec::new();
    for person in session.interviewers {
        let found = match (&person.address, &person.name) {
            (None, Some(name)) => directory.find(name, circle),
            _ => None,
        };
        let person = match found {
            Some((known, findings)) => {
                let (who, address) = (known.name.as_deref().unwrap_or(""), known.address.as_ref());
                let address = address.map(ToString::to_string).unwrap_or_default();
                session.because.push(format!("{who} is {address} in {}", findings.name()));
                session.told = session.told.max(findings.origin.arrived);
                known
            }
            None => full(person, directory),
        };
        let twice = met.iter().any(|m| m.address.is_some() && m.address == person.address);
        if !twice {
            met.push(person);
        }
    }
    session.interviewers = met;
    session
}

/// A person whose name is missing or in part only, with the name that the mailbox knows for the address.
fn full(person: Person, directory: &Directory<'_>) -> Person {
    let Some(address) = &person.address else { return person };
    let short = person.name.as_deref().is_none_or(|n| {
        n.split_whitespace().filter(|w| w.trim_end_matches('.').chars().count() > 1).count() < 2
    });
    let known = if short { directory.name_of(address).map(str::to_owned) } else { None };
    Person { name: known.or(person.name), address: person.address }
}

fn keys(own: &[&Findings]) -> Vec<String> {
    let keys: BTreeSet<&String> = own.iter().map(|f| &f.origin.key).collect();
    keys.into_iter().cloned().collect()
}

fn messages(own: &[&Findings]) -> Vec<String> {
    let ids: BTreeSet<&String> = own.iter().filter_map(|f| f.origin.message_id.as_ref()).collect();
    ids.into_iter().cloned().collect()
}

/// Tells each interview of the earlier ones with the same company, and whom the owner met there.
fn rounds(interviews: &mut [Interview]) {
    for index in 0..interviews.len() {
        let (before, rest) = interviews.split_at_mut(index);
        let this = &mut rest[0];
        let Some(start) = this.standing().map(|s| s.start).min() else { continue };
        let earlier = before.iter().filter(|b| same_house(b, this)).filter_map(|b| {
            let over = b.over().filter(|over| *over <= start)?;
            let people = b.standing().flat_map(|s| s.interviewers.iter().cloned()).collect();
            Some(Meeting { interview: b.id.clone(), over, people })
        });
        this.earlier = earlier.collect();
    }
}

/// Puts what the owner mailed to himself beside the interview that it is about: the one whose mail it answers, or the one
/// with the company that its subject names; of several the nearest in time.
fn mailed_notes(interviews: &mut [Interview], findings: &[&Findings], threads: &Threads) {
    let told = findings.iter().filter_map(|f| Some((f, f.note.as_ref()?)));
    for (findings, text) in told {
        let thread = threads.thread(findings);
        let subject = crate::extract::lexicon::fold(&findings.origin.subject);
        let answered = |i: &Interview| {
            thread.is_some() && i.messages.iter().any(|m| threads.named(m) == thread)
        };
        let named = |i: &Interview| {
            let company = i.company.as_deref().map(crate::extract::lexicon::fold);
            note::names_itself(&subject) && company.is_some_and(|c| subject.contains(&c))
        };
        let distance = |i: &&mut Interview| {
            let start = i.sessions.iter().map(|s| s.start).max().unwrap_or_default();
            start.duration_since(findings.origin.date).abs()
        };
        let about = interviews.iter_mut().filter(|i| answered(i) || named(i)).min_by_key(distance);
        if let Some(interview) = about {
            let (at, text) = (findings.origin.date, text.clone());
            interview.notes.push(Forgotten { at, text, source: findings.name() });
        }
    }
}

/// Whether two interviews are with one employer: by name, else by the house of those who were met.
fn same_house(a: &Interview, b: &Interview) -> bool {
    let name = |i: &Interview| i.company.as_deref().map(crate::extract::lexicon::fold);
    if let (Some(one), Some(other)) = (name(a), name(b)) {
        return same_company(&one, &other);
    }
    let houses = |i: &Interview| -> BTreeSet<String> {
        let met =
            i.sessions.iter().flat_map(|s| &s.interviewers).filter_map(|p| p.address.as_ref());
        met.filter(|a| !senders::is_free_mail(a) && !senders::is_service(a))
            .map(EmailAddress::registered_domain)
            .collect()
    };
    houses(a).intersection(&houses(b)).next().is_some()
}

/// The short stable name of the interview that a calendar object opens.
pub fn id_of(uid: &str, recurrence_id: Option<&str>) -> String {
    let mut hash = Sha256::new();
    hash.update(uid.as_bytes());
    hash.update([0]);
    hash.update(recurrence_id.unwrap_or("").as_bytes());
    hex(&hash.finalize()[..4])
}

impl<'a> Placed<'a> {
    /// Takes in another calendar object of the same conversation.
    fn absorb(&mut self, spare: Placed<'a>) {
        for person in spare.session.interviewers {
            let known = &mut self.session.interviewers;
            match known.iter_mut().find(|k| same_person(k, &person)) {
                Some(known) => words::complete(known, &person),
                None => known.push(person),
            }
        }
        self.session.also.push(spare.session.uid);
        self.session.also.extend(spare.session.also);
        self.session.end = self.session.end.or(spare.session.end);
        self.session.because.extend(spare.session.because);
        self.session.doubts.extend(spare.session.doubts);
        self.session.told = self.session.told.max(spare.session.told);
        self.held_by.extend(spare.held_by);
        self.arranged_by.extend(spare.arranged_by);
        self.threads.extend(spare.threads);
        self.members.extend(spare.members);
        self.steps.extend(spare.steps);
        self.company = self.company.take().or(spare.company);
    }
}
