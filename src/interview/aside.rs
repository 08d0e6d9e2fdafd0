//! Mail that is no interview's by itself, heard beside the mail of the same matter.

use jiff::SignedDuration;

use super::directory::same_person;
use super::relation::{Placed, counterparts, domains, share};
use super::words::{Claim, Words};
use super::{Session, Standing};
use crate::extract::{Findings, Verdict};

/// A matter of which nothing was heard for so long is another one.
const SAME_MATTER: SignedDuration = SignedDuration::from_hours(60 * 24);

impl<'a> Words<'_, 'a> {
    /// What a mail says short of a verdict, where other mail before it shows what it is about.
    pub(super) fn hear_aside(&mut self, findings: &'a Findings) {
        let aside = &findings.aside;
        if findings.origin.by_owner || aside.is_empty() || !self.is_of_known_matter(findings) {
            return;
        }
        if aside.off {
            self.call_off(findings, Standing::CalledOff);
        } else if !aside.sessions.is_empty() {
            self.schedule(findings, asides(findings));
        }
    }

    /// Mail that could not be placed when it came, beside what came later: a note of the recruiter's, and the notice of the
    /// same minute that shows what it was about.
    pub(super) fn hear_again(&mut self, spoken: &[&'a Findings]) {
        for &one in spoken.iter().filter(|f| f.verdict == Verdict::None && !f.origin.by_owner) {
            for claim in asides(one) {
                let start = claim.session.start;
                let same = self.placed.iter().position(|p| {
                    p.session.start == start && !p.is_told_by(one) && !self.contradicts(p, one)
                });
                if let Some(index) = same {
                    self.hear_of(index, one, &claim);
                }
            }
        }
    }

    /// Takes those off who cannot come, and puts who comes in their place where no time says for which session.
    pub(super) fn swap(&mut self, findings: &'a Findings) {
        let aside = &findings.aside;
        if findings.origin.by_owner || aside.away.is_empty() {
            return;
        }
        let now = findings.origin.date;
        let meets = |s: &Session| {
            s.interviewers.iter().any(|p| aside.away.iter().any(|away| same_person(p, away)))
        };
        let ahead = |p: &Placed<'_>| p.session.start > now && meets(&p.session);
        let all = self.placed.iter().enumerate();
        let concerned: Vec<usize> =
            all.filter(|(_, p)| ahead(p) && self.relates(p, findings)).map(|(i, _)| i).collect();
        let replaced = aside.met.iter().filter(|p| !aside.away.iter().any(|a| same_person(p, a)));
        let replaced: Vec<_> = replaced.cloned().collect();
        for &index in &concerned {
            let session = &mut self.placed[index].session;
            session.interviewers.retain(|p| !aside.away.iter().any(|away| same_person(p, away)));
            session.because.push(format!("somebody cannot come, says {}", findings.name()));
            session.told = session.told.max(findings.origin.arrived);
            if let [_] = concerned.as_slice() {
                let strangers = replaced
                    .iter()
                    .filter(|r| !session.interviewers.iter().any(|p| same_person(p, r)));
                let strangers: Vec<_> = strangers.cloned().collect();
                session.interviewers.extend(strangers);
            }
            self.placed[index].members.push(findings);
        }
    }

    /// Whether mail of the other side has shown before that this conversation, or this house, interviews the owner.
    fn is_of_known_matter(&self, findings: &Findings) -> bool {
        let thread = self.threads.thread(findings);
        let (from, now) = (counterparts(findings), findings.origin.date);
        let houses = domains(from.iter().copied(), self.owner);
        let shows = |f: &Findings| {
            let others = counterparts(f);
            f.verdict != Verdict::None
                && now.duration_since(f.origin.date) <= SAME_MATTER
                && (thread.is_some() && self.threads.thread(f) == thread
                    || others.iter().any(|a| from.contains(a))
                    || share(&houses, &domains(others.into_iter(), self.owner)))
        };
        let recent = |p: &Placed<'_>| now.duration_since(p.first) <= SAME_MATTER;
        self.said.iter().any(|f| shows(f))
            || self.placed.iter().any(|p| recent(p) && p.first <= now && self.relates(p, findings))
    }
}

/// The times that a mail speaks of without being an interview's by itself.
fn asides(findings: &Findings) -> Vec<Claim> {
    let whole = |session: &crate::extract::Session| Claim {
        session: session.clone(),
        moves: findings.turn.moves,
        from: findings.turn.from,
    };
    findings.aside.sessions.iter().map(whole).collect()
}
