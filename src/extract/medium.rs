//! How an interview is held: by telephone, by video or in person.

use super::lexicon::List;
use super::{Evidence, Medium, Passage, quote};
use crate::message::Message;
use crate::message::icalendar::Event;

/// Hosts of video conferences, as they stand in links.
const VIDEO_HOSTS: [&str; 15] = [
    "app.cal.com/video",
    "meet.proton.me",
    "chime.aws",
    "around.co",
    "livestorm.co",
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

/// The medium, from the strongest sign to the weakest: words that say it, the place, a link to a conference. Sessions that are
/// held in several ways have none in common.
pub fn find(
    message: &Message,
    passages: &[Passage],
    evidence: &mut Vec<Evidence>,
) -> Option<Medium> {
    let mut places: Vec<Medium> = events(message).filter_map(by_place).collect();
    places.sort_unstable();
    places.dedup();
    if places.len() > 1 {
        return None;
    }
    let place = events(message).find(|e| !e.location.trim().is_empty());
    let told =
        place.and_then(|e| by_place(e).map(|m| (m, "text/calendar LOCATION", e.location.clone())));
    let by_title = |list: List, medium: Medium| {
        passages
            .iter()
            .filter(|p| p.title)
            .find_map(|p| Some((medium, p.source, p.quote(p.first(list)?, 80))))
    };
    // A place that is an address says more than words that may be about something else.
    let fixed = told.filter(|(m, ..)| *m != Medium::Video);
    let (medium, source, quote) = by_title(List::Phone, Medium::Phone)
        .or_else(|| {
            by_title(List::Video, Medium::Video)
                .filter(|_| fixed.as_ref().is_none_or(|f| f.0 == Medium::Video))
        })
        .or(fixed)
        .or_else(|| by_phone(message, passages))
        .or_else(|| by_conference(message, passages))
        .or_else(|| {
            let video = events(message).find(|e| by_place(e) == Some(Medium::Video))?;
            Some((Medium::Video, "text/calendar LOCATION", video.location.clone()))
        })
        .or_else(|| by_words(List::Onsite, Medium::Onsite, passages))
        .or_else(|| by_words(List::Video, Medium::Video, passages))
        .or_else(|| {
            let place = events(message).find(|e| !e.location.trim().is_empty())?;
            Some((Medium::Onsite, "text/calendar LOCATION", place.location.clone()))
        })?;
    let value = match medium {
        Medium::Phone => "phone",
        Medium::Video => "video",
        Medium::Onsite => "onsite",
    };
    evidence.push(Evidence {
        field: "medium".into(),
        value: value.into(),
        source: source.into(),
        quote,
    });
    Some(medium)
}

/// A medium, where it stands, and the words.
type Found = (Medium, &'static str, String);

fn events(message: &Message) -> impl Iterator<Item = &Event> {
    message.calendars.iter().flat_map(|c| &c.events)
}

fn by_words(list: List, medium: Medium, passages: &[Passage]) -> Option<Found> {
    passages.iter().find_map(|p| Some((medium, p.source, p.quote(p.first(list)?, 80))))
}

/// What the place of one event says by itself.
fn by_place(event: &Event) -> Option<Medium> {
    let place = event.location.trim();
    if place.is_empty() {
        return event.conference.as_ref().map(|_| Medium::Video);
    }
    if is_phone(place) {
        return Some(Medium::Phone);
    }
    let linked = event.conference.is_some() || is_video(place) || place.starts_with("http");
    Some(if linked { Medium::Video } else { Medium::Onsite })
}

fn by_phone(message: &Message, passages: &[Passage]) -> Option<Found> {
    let place = events(message).find(|e| is_phone(&e.location));
    place
        .map(|e| (Medium::Phone, "text/calendar LOCATION", e.location.clone()))
        .or_else(|| by_words(List::Phone, Medium::Phone, passages))
}

fn by_conference(message: &Message, passages: &[Passage]) -> Option<Found> {
    let link = events(message).find_map(|e| {
        e.conference.clone().or_else(|| is_video(&e.location).then(|| e.location.clone()))
    });
    if let Some(link) = link {
        return Some((Medium::Video, "text/calendar LOCATION", link));
    }
    passages.iter().find_map(|p| {
        let text = p.text.to_ascii_lowercase();
        let at = VIDEO_HOSTS.iter().find_map(|h| text.find(h))?;
        Some((Medium::Video, p.source, quote(&text, at, at, 80)))
    })
}

fn is_video(location: &str) -> bool {
    let location = location.to_lowercase();
    VIDEO_HOSTS.iter().any(|h| location.contains(h))
        || ["zoom", "microsoft teams", "google meet", "webex"].iter().any(|w| location.contains(w))
        || ["video", "online", "virtual", "remote", "teams", "visio", "videocall", "video call"]
            .contains(&location.trim())
}

/// A place that is a telephone: the word, or a number and nothing else (`+351 555 010 224`).
fn is_phone(location: &str) -> bool {
    const WORDS: [&str; 20] = [
        "phone",
        "telephone",
        "telefon",
        "telefonisch",
        "téléphone",
        "teléfono",
        "telefone",
        "telefono",
        "telefoon",
        "telefonicznie",
        "電話",
        "电话",
        "전화",
        "телефон",
        "τηλέφωνο",
        "call",
        "mobile",
        "handy",
        "puhelin",
        "par téléphone",
    ];
    let folded = location.trim().to_lowercase();
    let first = folded.split([' ', ':', ',', '(', '-']).next().unwrap_or("");
    let digits = location.chars().filter(char::is_ascii_digit).count();
    let number =
        digits >= 7 && location.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c));
    let named =
        WORDS.contains(&first) || folded.ends_with("phone call") || folded.ends_with("phone");
    let called = digits >= 7
        && (folded.contains('+') || folded.contains(" call ") || folded.contains("phone"));
    number || (called && !folded.contains("://")) || (named && !folded.contains("://"))
}

/// As `inspect --json` names it.
pub fn name(medium: Medium) -> &'static str {
    match medium {
        Medium::Phone => "phone",
        Medium::Video => "video",
        Medium::Onsite => "onsite",
    }
}
