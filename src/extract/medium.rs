//! How an interview is held: by telephone, by video or in person.

use super::lexicon::List;
use super::{Evidence, Medium, Passage, quote};
use crate::message::Message;

/// Hosts of video conferences, as they stand in links.
const VIDEO_HOSTS: [&str; 10] = [
    "meet.google.com",
    "teams.microsoft.com",
    "teams.live.com",
    "zoom.us/",
    "webex.com",
    "whereby.com",
    "meet.jit.si",
    "skype.com",
    "bluejeans.com",
    "gotomeeting.com",
];

/// The medium, from the strongest sign to the weakest: words that say it, the place, a link to a conference.
pub fn find(
    message: &Message,
    passages: &[Passage],
    evidence: &mut Vec<Evidence>,
) -> Option<Medium> {
    let events = || message.calendars.iter().flat_map(|c| &c.events);
    let by_words = |list: List| passages.iter().find_map(|p| Some((p, p.first(list)?)));
    let mut say = |medium: Medium, source: &str, quoted: String| {
        let value = name(medium);
        evidence.push(Evidence {
            field: "medium".into(),
            value: value.into(),
            source: source.into(),
            quote: quoted,
        });
        Some(medium)
    };
    if let Some((p, at)) = by_words(List::Phone) {
        return say(Medium::Phone, p.source, p.quote(at, 80));
    }
    if let Some(event) = events().find(|e| is_phone_number(&e.location)) {
        return say(Medium::Phone, "text/calendar LOCATION", event.location.clone());
    }
    let link = events().find_map(|e| {
        e.conference.clone().or_else(|| is_video(&e.location).then(|| e.location.clone()))
    });
    if let Some(link) = link {
        return say(Medium::Video, "text/calendar LOCATION", link);
    }
    let hosted = passages.iter().find_map(|p| {
        let text = p.text.to_lowercase();
        let at = VIDEO_HOSTS.iter().find_map(|h| text.find(h))?;
        Some((p.source, quote(&text, at, at, 80)))
    });
    if let Some((source, link)) = hosted {
        return say(Medium::Video, source, link);
    }
    if let Some((p, at)) = by_words(List::Onsite) {
        return say(Medium::Onsite, p.source, p.quote(at, 80));
    }
    if let Some((p, at)) = by_words(List::Video) {
        return say(Medium::Video, p.source, p.quote(at, 80));
    }
    let place = events().find(|e| !e.location.trim().is_empty())?;
    say(Medium::Onsite, "text/calendar LOCATION", place.location.clone())
}

fn is_video(location: &str) -> bool {
    let location = location.to_lowercase();
    VIDEO_HOSTS.iter().any(|h| location.contains(h))
        || ["zoom", "microsoft teams", "google meet", "webex"].iter().any(|w| location.contains(w))
}

/// A number and nothing else: `+351 555 010 224`.
fn is_phone_number(location: &str) -> bool {
    let digits = location.chars().filter(char::is_ascii_digit).count();
    digits >= 7 && location.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c))
}

/// As `inspect --json` names it.
pub fn name(medium: Medium) -> &'static str {
    match medium {
        Medium::Phone => "phone",
        Medium::Video => "video",
        Medium::Onsite => "onsite",
    }
}
