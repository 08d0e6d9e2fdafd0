//! The words of dates and times in every language: phrases, and what they mean.

use std::collections::BTreeMap;

use jiff::civil::{Time, Weekday};
use serde::Deserialize;

use super::token::{Known, Token, bare};
use crate::extract::cues::{self, Cue};

/// A part of the day that an hour is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Before noon.
    Morning,
    /// From noon on.
    Afternoon,
}

/// What a phrase means. One phrase may mean several things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Stands in every text of its language, and seldom in others.
    Common,
    Month(i8),
    Weekday(Weekday),
    /// So many days after the message's.
    Day(i8),
    /// So many weeks after the message's.
    Week(i8),
    /// With a weekday: that of the next calendar week.
    Next,
    /// With a weekday: the nearest.
    Coming,
    /// With a weekday: the one before.
    Last,
    Number(i8),
    /// Behind a number: "th".
    Ordinal,
    /// "fifth": a day of a month in one word.
    OrdinalDay(i8),
    /// Joins the parts of a date: "of".
    Of,
    /// Before a bare day of a month: "the".
    Article,
    /// Behind a year, a month or a day in Japanese.
    YearMark,
    MonthMark,
    DayMark,
    /// Noon and midnight.
    Clock(Time),
    /// Behind an hour: "o'clock".
    OClock,
    /// Between hour and minutes: "13h30".
    MinuteMark,
    /// Before an hour or behind it.
    Am,
    Pm,
    /// Behind or before an hour: "in the afternoon".
    In(Part),
    /// Before an hour, with so many minutes: "half past", "halb".
    Minutes(i8),
    /// Behind an hour: "et demie".
    AndMinutes(i8),
    /// Before a time: "at".
    At,
    /// Before the first time of a range: "from".
    From,
    /// Before the first time of a range within which something lies: "between".
    Between,
    /// Between the times of a range.
    To,
    /// Between the times of a range that "between" begins.
    And,
    /// Behind a number: a length in minutes.
    Unit(i16),
    /// Before or behind a length: it is none of a meeting ("15 minutes early").
    Apart,
    /// A length by itself, in minutes.
    Length(i16),
    /// A time zone, by its place in [`Words::zones`].
    Zone(u16),
    /// A place, by the place of its zone there.
    Place(u16),
    /// Behind a place: "Paris time".
    ZoneBehind,
    /// Before a place: "heure de".
    ZoneBefore,
    /// The reader's zone.
    Yours,
    /// The writer's zone.
    Ours,
    /// The time that was named before.
    Same,
    /// Before a date that stands for its week.
    WeekOf,
    /// Says something of what stands around it.
    Cue(Cue),
}

/// The `[times]` table of a language's file.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::extract) struct File {
    common: Vec<String>,
    months: Vec<Vec<String>>,
    weekdays: Vec<Vec<String>>,
    days: BTreeMap<String, i8>,
    weeks: BTreeMap<String, i8>,
    next: Vec<String>,
    coming: Vec<String>,
    last: Vec<String>,
    numbers: BTreeMap<String, i8>,
    ordinals: Vec<String>,
    ordinal_days: Vec<Vec<String>>,
    of: Vec<String>,
    article: Vec<String>,
    year_mark: Vec<String>,
    month_mark: Vec<String>,
    day_mark: Vec<String>,
    clock: BTreeMap<String, Time>,
    oclock: Vec<String>,
    minute_mark: Vec<String>,
    am: Vec<String>,
    pm: Vec<String>,
    morning: Vec<String>,
    afternoon: Vec<String>,
    minutes: BTreeMap<String, i8>,
    and_minutes: BTreeMap<String, i8>,
    at: Vec<String>,
    from: Vec<String>,
    between: Vec<String>,
    to: Vec<String>,
    and: Vec<String>,
    units: BTreeMap<String, i16>,
    lengths: BTreeMap<String, i16>,
    apart: Vec<String>,
    zones: BTreeMap<String, String>,
    places: BTreeMap<String, String>,
    zone_behind: Vec<String>,
    zone_before: Vec<String>,
    yours: Vec<String>,
    ours: Vec<String>,
    same: Vec<String>,
    week_of: Vec<String>,
}

/// One phrase of one language.
#[derive(Clone, Debug)]
struct Phrase {
    /// The tokens behind its first.
    rest: Vec<u32>,
    language: u8,
    meaning: Meaning,
}

/// All phrases.
#[derive(Clone, Debug, Default)]
pub struct Words {
    pub(super) known: Known,
    /// What dates and times are made of, by the first token's number; the longest phrases first.
    phrases: Vec<Vec<Phrase>>,
    /// Cues, likewise: far more of them begin with a word than of the others.
    cues: Vec<Vec<Phrase>>,
    /// The languages in which a token's number is that of a common word.
    common: Vec<Vec<u8>>,
    languages: Vec<String>,
    zones: Vec<String>,
}

/// A set of languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::extract) struct Tongues(u64);

impl Tongues {
    /// Whether a language is one of them, by its place in the lexicon.
    pub(in crate::extract) fn has(self, language: u8) -> bool {
        self.0 & (1 << (language & 63)) != 0
    }
}

impl Words {
    /// Adds a language.
    pub(in crate::extract) fn add(&mut self, language: &str, file: &File, cues: &cues::File) {
        let number = u8::try_from(self.languages.len()).unwrap_or(63);
        self.languages.push(language.to_owned());
        let mut adder = Adder { words: self, language: number };
        adder.dates(file);
        adder.clocks(file);
        adder.zones(file);
        for (cue, phrases) in cues {
            adder.all(phrases, Meaning::Cue(*cue));
        }
        let english =
            self.languages.iter().position(|l| l == "en").and_then(|i| u8::try_from(i).ok());
        for phrases in self.phrases.iter_mut().chain(&mut self.cues) {
            // Of two languages the other one knows better what it borrowed: "half drie" is no English half.
            phrases.sort_by_key(|p| (std::cmp::Reverse(p.rest.len()), english == Some(p.language)));
        }
    }

    /// Whether a word, as it is written, is the name of a month or of a weekday.
    pub fn is_date_word(&self, word: &str) -> bool {
        let phrases = at(&self.phrases, self.known.id(&bare(word.trim_end_matches('.'))));
        let long = word.chars().count() > 3;
        phrases.iter().filter(|p| p.rest.is_empty()).any(|p| {
            matches!(p.meaning, Meaning::Weekday(_) | Meaning::Day(_) | Meaning::Month(_)) && long
        })
    }

    /// The name of a zone.
    pub(super) fn zone(&self, number: u16) -> &str {
        self.zones.get(usize::from(number)).map_or("", String::as_str)
    }

    /// The longest phrase that begins with the token at `place`, is no cue, and means what is wanted: what, and how many tokens it has.
    pub(super) fn find<T>(
        &self,
        tokens: &[Token],
        place: usize,
        tongues: Tongues,
        want: impl Fn(Meaning) -> Option<T>,
    ) -> Option<(T, usize)> {
        let tokens = tokens.get(place..)?;
        longest(at(&self.phrases, tokens.first()?.id), tokens, tongues, want)
    }

    /// How many tokens the longest phrase at a place has, cues among them, that means what is wanted.
    pub(super) fn length(
        &self,
        tokens: &[Token],
        place: usize,
        tongues: Tongues,
        want: impl Fn(Meaning) -> bool,
    ) -> Option<usize> {
        let tokens = tokens.get(place..)?;
        let first = tokens.first()?.id;
        let lists = [at(&self.phrases, first), at(&self.cues, first)];
        let lengths = lists.map(|list| longest(list, tokens, tongues, |m| want(m).then_some(())));
        lengths.into_iter().flatten().map(|((), length)| length).max()
    }

    /// Every phrase that begins with the token at `place` and is a cue: what it shows, and how many tokens it has.
    pub(super) fn cues(
        &self,
        tokens: &[Token],
        place: usize,
        tongues: Tongues,
    ) -> Vec<(Cue, usize)> {
        let mut found: Vec<(Cue, usize)> = Vec::new();
        let tokens = tokens.get(place..).unwrap_or_default();
        let first = tokens.first().map_or(0, |t| t.id);
        for phrase in at(&self.cues, first) {
            let Meaning::Cue(cue) = phrase.meaning else { continue };
            if tongues.has(phrase.language)
                && phrase.begins(tokens)
                && !found.iter().any(|(c, _)| *c == cue)
            {
                found.push((cue, phrase.rest.len() + 1));
            }
        }
        found
    }

    /// The languages of a text by the words that are common in them, the most frequent first.
    pub(super) fn languages(&self, tokens: &[Token]) -> Vec<(&str, usize)> {
        let counts = self.counts(tokens);
        let mut found: Vec<_> =
            self.languages.iter().map(String::as_str).zip(counts).filter(|(_, n)| *n > 0).collect();
        found.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        found
    }

    fn counts(&self, tokens: &[Token]) -> Vec<usize> {
        let mut counts = vec![0; self.languages.len()];
        for language in tokens.iter().flat_map(|token| at(&self.common, token.id)) {
            if let Some(count) = counts.get_mut(usize::from(*language)) {
                *count += 1;
            }
        }
        counts
    }

    /// The languages whose words are read in a text: those that it is written in, and English, from which all borrow. All
    /// of them where it is too short to tell.
    pub(super) fn tongues(&self, tokens: &[Token]) -> Tongues {
        let counts = self.counts(tokens);
        let most = counts.iter().copied().max().unwrap_or(0);
        if most < 2 {
            return Tongues(u64::MAX);
        }
        // A language without common words is never known as such: what it says is read everywhere.
        let telling = self.common.iter().flatten().fold(0, |set, l| set | 1_u64 << (l & 63));
        let mut set = !telling;
        for (index, (language, count)) in self.languages.iter().zip(&counts).enumerate().take(64) {
            if *count * 2 >= most || language == "en" {
                set |= 1 << index;
            }
        }
        Tongues(set)
    }
}

impl Phrase {
    /// Whether tokens, of which the first is the phrase's, begin with it.
    fn begins(&self, tokens: &[Token]) -> bool {
        let rest = tokens.get(1..=self.rest.len());
        rest.is_some_and(|r| r.iter().zip(&self.rest).all(|(t, id)| t.id == *id))
    }
}

/// What a list holds for a token's number; nothing for 0, which is no word's.
fn at<T>(list: &[Vec<T>], number: u32) -> &[T] {
    usize::try_from(number).ok().and_then(|n| list.get(n)).map_or(&[], Vec::as_slice)
}

/// Makes room for a number, and adds to what is held for it.
fn push<T>(list: &mut Vec<Vec<T>>, number: u32, item: T) {
    let Ok(number) = usize::try_from(number) else { return };
    if list.len() <= number {
        list.resize_with(number + 1, Vec::new);
    }
    list[number].push(item);
}

/// Of phrases that begin alike the longest that stands at the beginning of tokens and means what is wanted.
fn longest<T>(
    phrases: &[Phrase],
    tokens: &[Token],
    tongues: Tongues,
    want: impl Fn(Meaning) -> Option<T>,
) -> Option<(T, usize)> {
    let spoken = phrases.iter().filter(|phrase| tongues.has(phrase.language));
    let wanted = spoken.filter_map(|phrase| Some((phrase, want(phrase.meaning)?)));
    let mut standing = wanted.filter(|(phrase, _)| phrase.begins(tokens));
    standing.next().map(|(phrase, wanted)| (wanted, phrase.rest.len() + 1))
}

struct Adder<'a> {
    words: &'a mut Words,
    language: u8,
}

impl Adder<'_> {
    fn add(&mut self, phrase: &str, meaning: Meaning) {
        let ids = self.words.known.intern(phrase);
        let Some((first, rest)) = ids.split_first() else { return };
        let phrase = Phrase { rest: rest.to_vec(), language: self.language, meaning };
        if meaning == Meaning::Common {
            push(&mut self.words.common, *first, self.language);
        }
        let cue = matches!(meaning, Meaning::Cue(_));
        let list = if cue { &mut self.words.cues } else { &mut self.words.phrases };
        push(list, *first, phrase);
    }

    fn all(&mut self, phrases: &[String], meaning: Meaning) {
        for phrase in phrases {
            self.add(phrase, meaning);
        }
    }

    fn each<N: Copy>(&mut self, phrases: &BTreeMap<String, N>, meaning: impl Fn(N) -> Meaning) {
        for (phrase, n) in phrases {
            self.add(phrase, meaning(*n));
        }
    }

    fn dates(&mut self, file: &File) {
        self.all(&file.common, Meaning::Common);
        for (number, names) in (1_i8..).zip(&file.months) {
            self.all(names, Meaning::Month(number));
        }
        for (number, names) in (0_i8..7).zip(&file.weekdays) {
            if let Ok(day) = Weekday::from_monday_zero_offset(number) {
                self.all(names, Meaning::Weekday(day));
            }
        }
        for (number, names) in (1_i8..).zip(&file.ordinal_days) {
            self.all(names, Meaning::OrdinalDay(number));
        }
        self.each(&file.days, Meaning::Day);
        self.each(&file.weeks, Meaning::Week);
        self.each(&file.numbers, Meaning::Number);
        for (phrases, meaning) in [
            (&file.next, Meaning::Next),
            (&file.coming, Meaning::Coming),
            (&file.last, Meaning::Last),
            (&file.ordinals, Meaning::Ordinal),
            (&file.of, Meaning::Of),
            (&file.article, Meaning::Article),
            (&file.year_mark, Meaning::YearMark),
            (&file.month_mark, Meaning::MonthMark),
            (&file.day_mark, Meaning::DayMark),
            (&file.week_of, Meaning::WeekOf),
        ] {
            self.all(phrases, meaning);
        }
    }

    fn clocks(&mut self, file: &File) {
        self.each(&file.clock, Meaning::Clock);
        self.each(&file.minutes, Meaning::Minutes);
        self.each(&file.and_minutes, Meaning::AndMinutes);
        self.each(&file.units, Meaning::Unit);
        self.each(&file.lengths, Meaning::Length);
        for (phrases, meaning) in [
            (&file.oclock, Meaning::OClock),
            (&file.minute_mark, Meaning::MinuteMark),
            (&file.am, Meaning::Am),
            (&file.pm, Meaning::Pm),
            (&file.morning, Meaning::In(Part::Morning)),
            (&file.afternoon, Meaning::In(Part::Afternoon)),
            (&file.at, Meaning::At),
            (&file.from, Meaning::From),
            (&file.between, Meaning::Between),
            (&file.to, Meaning::To),
            (&file.and, Meaning::And),
            (&file.same, Meaning::Same),
            (&file.apart, Meaning::Apart),
        ] {
            self.all(phrases, meaning);
        }
    }

    fn zones(&mut self, file: &File) {
        let named = file.zones.iter().map(|(phrase, zone)| (phrase, zone, true));
        for (phrase, zone, is_zone) in named.chain(file.places.iter().map(|(p, z)| (p, z, false))) {
            let number = u16::try_from(self.words.zones.len()).unwrap_or(u16::MAX);
            self.words.zones.push(zone.clone());
            self.add(phrase, if is_zone { Meaning::Zone(number) } else { Meaning::Place(number) });
        }
        for (phrases, meaning) in [
            (&file.zone_behind, Meaning::ZoneBehind),
            (&file.zone_before, Meaning::ZoneBefore),
            (&file.yours, Meaning::Yours),
            (&file.ours, Meaning::Ours),
        ] {
            self.all(phrases, meaning);
        }
    }
}
