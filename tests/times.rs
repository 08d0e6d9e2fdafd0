//! Dates and times out of running text, in the ten languages.

use afterword::extract::Lexicon;
use afterword::extract::times::{self, Context, Nature, Reading};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// Reads a text of a message that was sent at a moment by somebody whose zone is the moment's, to an owner in a zone.
fn read(sent: &str, owner: &str, text: &str) -> Reading {
    let zoned: Zoned = sent.parse().unwrap();
    let zone = TimeZone::get(owner).unwrap();
    let context = Context {
        sent: zoned.timestamp(),
        offset: Some(zoned.offset()),
        zone: &zone,
        month_first: None,
        day: None,
        same: None,
    };
    times::read(text, &Lexicon::embedded().times, &context)
}

fn short(at: Timestamp) -> String {
    at.strftime("%m-%d %H:%M").to_string()
}

/// The moments of a text in UTC, as `03-05 19:30-20:15`, with the year where it is not 2026.
fn moments(reading: &Reading) -> Vec<String> {
    let shown = reading.moments.iter().filter(|m| m.nature == Nature::Definite).map(|m| {
        let year = m.start.strftime("%Y").to_string();
        let end = m.end.map(|e| e.strftime("-%H:%M").to_string()).unwrap_or_default();
        let year = if year == "2026" { String::new() } else { year + "-" };
        format!("{year}{}{end}", short(m.start))
    });
    shown.collect()
}

/// A message of Monday, 2 March 2026, nine in the morning in New York, where the owner lives too.
#[track_caller]
fn american(text: &str, expected: &[&str]) {
    let reading = read("2026-03-02T09:00-05:00[America/New_York]", "America/New_York", text);
    assert_eq!(moments(&reading), expected, "{text}\n{reading:#?}");
}

/// The same day and hour in Berlin.
#[track_caller]
fn european(text: &str, expected: &[&str]) {
    let reading = read("2026-03-02T09:00+01:00[Europe/Berlin]", "Europe/Berlin", text);
    assert_eq!(moments(&reading), expected, "{text}\n{reading:#?}");
}

#[test]
fn weekday_and_date_in_either_order() {
    for text in [
        "We will see you on Thursday, March 5 at 2:30pm.",
        "We will see you on Thursday, March 5th, 2026 at 2:30 PM.",
        "We will see you on Thu 5 March, 2.30pm.",
        "We will see you at 2:30 p.m. on Thursday the 5th.",
        "We will see you at half past two on March 5.",
        "It is on 3/5 at 2:30pm and you are expected.",
        "It is on 3/5/2026 at 2:30pm and you are expected.",
        "It is on 2026-03-05, 14:30 and you are expected.",
        "It is on the 5th of March at 14:30 and you are expected.",
        "You are on for Thursday at 2:30.",
        "You are on for this Thursday, 1430 hrs.",
        "It is Thursday (3/5), 2:30pm Eastern, for you.",
    ] {
        american(text, &["03-05 19:30"]);
    }
}

#[test]
fn relative_days_against_the_messages_own() {
    american("You are on for tomorrow at 10 and we will call.", &["03-03 15:00"]);
    american("You are on for today at noon.", &["03-02 17:00"]);
    american("You are on for the day after tomorrow at 4pm.", &["03-04 21:00"]);
    american("You are on for next Tuesday at 4pm.", &["03-10 20:00"]);
    american("You are on for Tuesday next week at 4pm.", &["03-10 20:00"]);
    let late = read(
        "2026-03-04T21:15-06:00[America/Chicago]",
        "America/Chicago",
        "Tomorrow at 10 works for you and me.",
    );
    assert_eq!(moments(&late), ["03-05 16:00"]);
}

#[test]
fn ranges() {
    for text in [
        "It is Thursday the 5th, 1-2pm, and you are on.",
        "It is Thursday the 5th, 1:00–2:00 PM, and you are on.",
        "It is Thursday the 5th, 1pm to 2pm, and you are on.",
        "It is Thursday the 5th from 1 to 2 and you are on.",
        "It is Thursday the 5th, 13:00 until 14:00, and you are on.",
        "It is Thursday the 5th, 1pm - 2pm ET, and you are on.",
    ] {
        american(text, &["03-05 18:00-19:00"]);
    }
    american("It is Thursday, 11:30-1pm, and you are on.", &["03-05 16:30-18:00"]);
    american("It is Thursday, 11am-1, and you are on.", &["03-05 16:00-18:00"]);
    american("It is Thursday, 11:00-11:45am, and you are on.", &["03-05 16:00-16:45"]);
    american(
        "Jan Novak will phone you Monday 3/9 from 11 to 11:30 Pacific.",
        &["03-09 18:00-18:30"],
    );
}

#[test]
fn zones_side_by_side_are_one_moment() {
    american(
        "You're on for Thursday the 5th, 1-2pm PT / 4-5pm ET with us.",
        &["03-05 21:00-22:00"],
    );
    american("You're on for Thursday the 5th, 1pm PT (4pm ET, 22:00 CET).", &["03-05 21:00"]);
    american("You are on for 5 March, 15:00 Stockholm time.", &["03-05 14:00"]);
    american("You are on for 5 March, 15:00 UTC+2.", &["03-05 13:00"]);
    american("You are on for 5 March, 3pm (London).", &["03-05 15:00"]);
    american("You are on for 5 March, 3pm your time.", &["03-05 20:00"]);
    american("You are on for July 7, 3pm EST.", &["07-07 19:00"]);
    american(
        "All times are Pacific. You are on for March 5, 9:00 - 10:00.",
        &["03-05 17:00-18:00"],
    );
}

#[test]
fn a_date_carries_to_the_times_that_follow() {
    let plan = "Here is the plan for Tuesday, March 17. All times Eastern.\n\n  10:00 - 10:45 Ravi\n  12:15 -  1:00 Charlotte\n   1:00 -  1:30 Dov";
    american(plan, &["03-17 14:00-14:45", "03-17 16:15-17:00", "03-17 17:00-17:30"]);
}

#[test]
fn the_year_is_the_nearest() {
    let december =
        |text| moments(&read("2026-12-18T09:00-05:00[America/New_York]", "America/New_York", text));
    assert_eq!(december("You are on for January 7 at 10am."), ["2027-01-07 15:00"]);
    assert_eq!(december("You are on for Thursday 1/7 at 10am."), ["2027-01-07 15:00"]);
    american("You and I had the chat on February 24 at 10am.", &["02-24 15:00"]);
}

#[test]
fn a_weekday_decides_between_orders_and_loses_to_a_date() {
    let reading = read(
        "2025-05-22T15:02+01:00[Europe/London]",
        "Europe/London",
        "Date:    Thursday 05/06/2025\nTime:    11:00 until 12:15",
    );
    assert_eq!(moments(&reading), ["2025-06-05 10:00-11:15"]);
    american("You are on for Friday, March 5 at 10am.", &["03-05 15:00"]);
}

#[test]
fn what_is_no_time() {
    for text in [
        "My cell is (617) 555-0142 and the office is 206.555.0110 x 2230.",
        "We have 9 to 5 jobs; it takes 3-4 hours and pays $80-90k.",
        "Suite 1430, 100 Main St. Ref TC/2291, job 10-14.",
        "Please have 45 minutes and 2 photos ready. 24/7 support, 1/2 page.",
        "See https://x.example/2026-03-05/10:30 for you.",
        "The code is 12.15.7 and the ratio 16:9.",
        "Office hours are Mon-Fri 8:00-5:00.",
    ] {
        american(text, &[]);
    }
}

#[test]
fn german() {
    for text in [
        "Wir freuen uns auf Sie am Donnerstag, den 5. März 2026, um 14.30 Uhr.",
        "Wir freuen uns auf Sie am Donnerstag, 05.03., um halb drei.",
        "Wir freuen uns auf Sie am 05.03.2026 um 14:30 Uhr.",
        "Wir freuen uns auf Sie am Do, 5.3., 14:30 Uhr.",
        "Wir freuen uns auf Sie um 14 Uhr 30 am kommenden Donnerstag.",
    ] {
        european(text, &["03-05 13:30"]);
    }
    european("Wir sehen uns morgen von 9 bis 10 Uhr.", &["03-03 08:00-09:00"]);
    european("Der Termin ist am Freitag um Viertel nach drei für Sie.", &["03-06 14:15"]);
}

#[test]
fn french_spanish_portuguese_italian() {
    european(
        "Je vous confirme votre entretien le mardi 10 mars à 15 h 30 (heure de Paris).",
        &["03-10 14:30"],
    );
    european("Nous vous attendons le mardi 10 mars de 14h à 15h30.", &["03-10 13:00-14:30"]);
    european("Nous vous attendons demain à midi.", &["03-03 11:00"]);
    european("Nous vous attendons jeudi prochain à trois heures et demie.", &["03-05 14:30"]);
    european("Te esperamos el jueves 5 de marzo a las 16:00 h en la oficina.", &["03-05 15:00"]);
    european(
        "Te esperamos el jueves 5 de marzo a las cuatro y media de la tarde.",
        &["03-05 15:30"],
    );
    european("Te esperamos mañana de 10 a 11 h.", &["03-03 09:00-10:00"]);
    european("A sua entrevista é na quinta-feira, dia 5 de março, às 15h30.", &["03-05 14:30"]);
    european("A entrevista é amanhã das 14h às 15h para você.", &["03-03 13:00-14:00"]);
    european(
        "Il colloquio si terrà giovedì 5 marzo alle ore 15.30 presso la nostra sede.",
        &["03-05 14:30"],
    );
    european("Il colloquio è domani dalle 10 alle 11 per lei.", &["03-03 09:00-10:00"]);
}

#[test]
fn dutch_polish_swedish_japanese() {
    european("We verwachten je op donderdag 5 maart om 14.30 uur.", &["03-05 13:30"]);
    european("We verwachten je donderdag om half drie bij ons.", &["03-05 13:30"]);
    european(
        "Rozmowa odbędzie się w czwartek, 5 marca o godz. 14:30 w naszym biurze.",
        &["03-05 13:30"],
    );
    european(
        "Zapraszamy na rozmowę we wtorek o wpół do trzeciej po południu w naszym biurze.",
        &["03-03 13:30"],
    );
    european("Välkommen till oss torsdag den 5 mars kl. 14.30.", &["03-05 13:30"]);
    european("Vi ses på torsdag kl 13-14 hos oss.", &["03-05 12:00-13:00"]);
    let japan = |text| moments(&read("2026-03-02T09:00+09:00[Asia/Tokyo]", "Asia/Tokyo", text));
    assert_eq!(japan("面接は3月5日（木）14時から15時までの予定です。"), ["03-05 05:00-06:00"]);
    assert_eq!(japan("面接日時：2026年3月5日(木) 午後2時半"), ["03-05 05:30"]);
    assert_eq!(japan("日時：3月5日（木）14:00〜15:00"), ["03-05 05:00-06:00"]);
    assert_eq!(japan("明日の10時にお願いいたします。"), ["03-03 01:00"]);
}

#[test]
fn lengths() {
    let minutes = |text: &str| {
        let reading = read("2026-03-02T09:00-05:00[America/New_York]", "America/New_York", text);
        reading.lengths.iter().map(|l| l.minutes).collect::<Vec<_>>()
    };
    assert_eq!(minutes("It should take about 30 min, you know."), [30]);
    assert_eq!(minutes("We have a 45-minute call and then an hour and a half for you."), [45, 90]);
    assert_eq!(
        minutes("Planen Sie bitte etwa eine Dreiviertelstunde ein, und wir rufen Sie an."),
        [45]
    );
    assert_eq!(minutes("La duración aproximada es de hora y media para la entrevista."), [90]);
    assert_eq!(
        minutes("Please arrive 15 minutes early; we reckon 3-4 hours of work."),
        Vec::<i32>::new()
    );
}
