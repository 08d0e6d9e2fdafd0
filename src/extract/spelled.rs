//! Names of companies that spell the domain of somebody's address.

use std::collections::BTreeSet;

use super::aside::House;
use super::people::squash;
use super::{senders, told};
use crate::address::{EmailAddress, Owner};
use crate::message::Message;

/// The longest name, in words.
const MAX_WORDS: usize = 6;
/// How many names of houses are kept of one message.
const MAX_HOUSES: usize = 8;

/// The names in a message whose letters are those of the domain of somebody in it: "Corrib Biologics" and
/// `siobhan@corribbiologics.example`, wherever each stands.
pub(super) fn houses(message: &Message, owner: &Owner) -> Vec<House> {
    let text = &message.text;
    let texts = [&message.subject, &text.new, &text.signature, &text.quoted];
    let header = message.from.iter().chain(&message.reply_to).chain(&message.to).chain(&message.cc);
    let guests = message.calendars.iter().flat_map(|c| &c.events);
    let guests = guests.flat_map(|e| e.organizer.iter().chain(&e.attendees));
    let addresses = header.filter_map(|p| p.address.clone());
    let addresses = addresses.chain(guests.filter_map(|a| a.address.clone()));
    let written = texts.iter().flat_map(|t| told::written(t)).filter_map(|p| p.address);
    let of_house =
        |a: &EmailAddress| !senders::is_free_mail(a) && !senders::is_service(a) && !owner.has(a);
    let domains: BTreeSet<String> = addresses
        .chain(written)
        .filter(of_house)
        .map(|a| a.registered_domain())
        .take(MAX_HOUSES)
        .collect();
    let labels: Vec<(String, &String)> = domains
        .iter()
        .map(|d| (squash(d.split('.').next().unwrap_or("")), d))
        .filter(|(label, _)| label.chars().count() >= MIN_LABEL)
        .collect();
    let found = texts.iter().flat_map(|t| {
        let mut found = named_like(t, &labels, squash);
        found.extend(named_like(t, &labels, bare));
        found
    });
    found.collect::<BTreeSet<House>>().into_iter().take(MAX_HOUSES).collect()
}

/// Shorter names are words of the language too often.
const MIN_LABEL: usize = 5;

/// Words in a row, each with a capital or small between two such, that spell a label.
fn named_like(text: &str, labels: &[(String, &String)], letters: fn(&str) -> String) -> Vec<House> {
    let text = &text[..text.floor_char_boundary(MAX_SPELLED)];
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut out = Vec::new();
    for at in 0..words.len() {
        let first = words[at].trim_start_matches(['(', '"', '*', '_', '>', '[', '\'']);
        if !first.starts_with(|c: char| c.is_uppercase() || c.is_numeric()) {
            continue;
        }
        let head = letters(first);
        for (label, domain) in labels.iter().filter(|(l, _)| l.starts_with(&head)) {
            let mut so_far = String::new();
            for length in 1..=MAX_WORDS.min(words.len() - at) {
                so_far += &letters(words[at + length - 1]);
                if so_far == *label {
                    let name = [&[first], &words[at + 1..at + length]].concat().join(" ");
                    let name = name.trim_end_matches(|c: char| !c.is_alphanumeric());
                    let name = name.strip_suffix("'s").or(name.strip_suffix("’s")).unwrap_or(name);
                    out.push(House { domain: (*domain).clone(), name: name.to_owned() });
                }
                if !label.starts_with(&so_far) {
                    break;
                }
            }
        }
    }
    out
}

/// The letters of a word as domains outside of Germany spell them: "bjorkvik".
fn bare(word: &str) -> String {
    let base = |c: char| match c {
        'ä' | 'Ä' => 'a',
        'ö' | 'Ö' | 'ø' | 'Ø' => 'o',
        'ü' | 'Ü' => 'u',
        c => c,
    };
    squash(&word.chars().map(base).collect::<String>())
}

/// How many bytes of a text are looked through for the names of houses.
const MAX_SPELLED: usize = 16 << 10;
