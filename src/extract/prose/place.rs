//! How a conversation is held, where no word of the lists says it: somebody calls, or there is an address to come to.

use super::piece::Piece;
use crate::extract::Medium;
use crate::extract::cues::Cue;

/// Words of places, as they stand in addresses and directions, lower case.
const PLACES: [&str; 92] = [
    "street",
    "st",
    "avenue",
    "ave",
    "road",
    "rd",
    "lane",
    "drive",
    "blvd",
    "boulevard",
    "suite",
    "floor",
    "level",
    "room",
    "building",
    "gate",
    "office",
    "offices",
    "reception",
    "entrance",
    "door",
    "car park",
    "parking",
    "lobby",
    "campus",
    "centre",
    "hall",
    "wing",
    "site",
    "studio",
    "yard",
    "workshop",
    "showroom",
    "salon",
    "store",
    "shop",
    "clinic",
    "depot",
    "warehouse",
    "raum",
    "haus",
    "werk",
    "pforte",
    "eingang",
    "empfang",
    "büro",
    "etage",
    "stock",
    "filiale",
    "rue",
    "salle",
    "bureau",
    "étage",
    "locaux",
    "accueil",
    "calle",
    "avenida",
    "av",
    "piso",
    "planta",
    "oficina",
    "sala",
    "local",
    "rua",
    "andar",
    "escritório",
    "via",
    "viale",
    "piazza",
    "sede",
    "ufficio",
    "straat",
    "laan",
    "kantoor",
    "lokaal",
    "kamer",
    "ul",
    "piętro",
    "biuro",
    "biurze",
    "sali",
    "adres",
    "gatan",
    "kontor",
    "verkstaden",
    "hos oss",
    "adress",
    "venue",
    "place",
    "lieu",
    "lugar",
    "luogo",
];
/// Ends of the names of streets written as one word.
const STREETS: [&str; 13] = [
    "straße", "strasse", "str.", "gasse", "platz", "weg", "allee", "ring", "straat", "laan",
    "plein", "gatan", "vägen",
];
/// Words of calls, lower case.
const CALLS: [&str; 34] = [
    "call you",
    "ring you",
    "phone you",
    "phone chat",
    "phone call",
    "telephone",
    "by phone",
    "on the phone",
    "give you a call",
    "give you a ring",
    "dial your",
    "on your mobile",
    "your number",
    "rufe",
    "ruft sie",
    "ruft dich",
    "anrufen",
    "telefon",
    "appeler",
    "appellera",
    "appellerai",
    "téléphon",
    "llamaré",
    "llamará",
    "le marco",
    "te marco",
    "ligarei",
    "ligar",
    "ti chiamo",
    "la chiamo",
    "chiamerà",
    "zadzwoni",
    "belt je",
    "ringer",
];
/// Words of video, lower case.
const VIDEO: [&str; 16] = [
    "zoom",
    "teams",
    "google meet",
    "meet.google",
    "webex",
    "skype",
    "whereby",
    "video",
    "vidéo",
    "visio",
    "vídeo",
    "wideo",
    "videollamada",
    "オンライン",
    "online",
    "screen sharing",
];

/// The medium, by the words of the texts; `None` where they say nothing.
pub(super) fn medium(pieces: &[&Piece]) -> Option<(Medium, &'static str, String)> {
    let says = |words: &[&str]| {
        pieces.iter().find_map(|p| {
            let lower = p.text.to_lowercase();
            words.iter().find(|w| begins_word(&lower, w)).map(|w| (p.source, (*w).to_owned()))
        })
    };
    if let Some((source, word)) = says(&VIDEO) {
        return Some((Medium::Video, source, word));
    }
    if let Some((source, word)) = says(&CALLS).filter(|_| {
        pieces
            .iter()
            .any(|p| p.signs.has(Cue::Leads) || p.signs.has(Cue::Myself) || p.signs.has(Cue::Meet))
    }) {
        return Some((Medium::Phone, source, word));
    }
    pieces.iter().filter(|p| p.source != "Subject").find_map(|p| {
        let lower = p.text.to_lowercase();
        let mut words =
            lower.split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | ';' | ':'));
        let place = words.find(|w| {
            PLACES.contains(&w.trim_end_matches('.'))
                || STREETS.iter().any(|s| w.len() > s.len() + 2 && w.ends_with(s))
        });
        place.map(|word| (Medium::Onsite, p.source, word.to_owned()))
    })
}

/// Whether a phrase stands in a text, and no letter before it: "bring your badge" rings nobody.
fn begins_word(text: &str, phrase: &str) -> bool {
    let free = |at: usize| {
        let before = text[..at].chars().next_back();
        !phrase.is_ascii() || !before.is_some_and(char::is_alphabetic)
    };
    text.match_indices(phrase).any(|(at, _)| free(at))
}
