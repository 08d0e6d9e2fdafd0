//! The days that dates mean, counted from the message's own.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::date::{DateAt, Reach, Spec};

/// What a date is resolved against.
#[derive(Clone, Copy, Debug)]
pub(super) struct Calendar {
    /// The message's own day, where it was written.
    pub today: Date,
    /// Whether `3/5` is the fifth of March.
    pub month_first: bool,
}

impl DateAt {
    /// The day that is meant; `None` where there is none, as for a week.
    pub fn resolve(&self, calendar: Calendar) -> Option<Date> {
        let today = calendar.today;
        match self.spec {
            Spec::Full(year, month, day) => Date::new(year, month, day).ok(),
            Spec::MonthDay(month, day) => self.of_year(month, day, today),
            Spec::Slashed(first, second, year) => self.slashed(first, second, year, calendar),
            Spec::Day(day) => day_of_month(day, self.weekday, today),
            Spec::Weekday(reach) => weekday(self.weekday?, reach, today),
            Spec::After(days) => today.checked_add(i64::from(days).days()).ok(),
            Spec::Week(_) => None,
        }
    }

    /// Both orders, the weekday deciding, then the country.
    fn slashed(
        &self,
        first: i8,
        second: i8,
        year: Option<i16>,
        calendar: Calendar,
    ) -> Option<Date> {
        let day = |month: i8, day: i8| match year {
            Some(year) => Date::new(year, month, day).ok(),
            None => self.of_year(month, day, calendar.today),
        };
        let (month_first, day_first) = (day(first, second), day(second, first));
        let fits = |date: &Option<Date>| {
            date.is_some_and(|d| self.weekday.is_some_and(|w| d.weekday() == w))
        };
        match (fits(&month_first), fits(&day_first)) {
            (true, false) => return month_first,
            (false, true) => return day_first,
            _ => {}
        }
        let (likely, other) =
            if calendar.month_first { (month_first, day_first) } else { (day_first, month_first) };
        likely.or(other)
    }

    /// The nearest such day from the message on; one that is just gone is gone.
    fn of_year(&self, month: i8, day: i8, today: Date) -> Option<Date> {
        let dates: Vec<Date> = (today.year() - 1..=today.year() + 1)
            .filter_map(|year| Date::new(year, month, day).ok())
            .collect();
        let away = |date: &Date| today.until(*date).map_or(i32::MAX, |span| span.get_days());
        let near = dates.iter().find(|d| (-90..=275).contains(&away(d)));
        let named = self.weekday.and_then(|w| {
            dates.iter().find(|d| d.weekday() == w && (-60..=366).contains(&away(d)))
        });
        let ahead = dates.iter().find(|d| away(d) >= 0);
        named.or(near).or(ahead).copied()
    }
}

/// The nearest such day of a month from today on; with a weekday that fits it, that one.
fn day_of_month(day: i8, weekday: Option<Weekday>, today: Date) -> Option<Date> {
    let first = today.first_of_month();
    let months: Vec<Date> = (0..=12_i64)
        .filter_map(|n| first.checked_add(n.months()).ok())
        .filter_map(|m| Date::new(m.year(), m.month(), day).ok())
        .filter(|d| *d >= today)
        .collect();
    let fitting = weekday.and_then(|w| months.iter().take(4).find(|d| d.weekday() == w));
    fitting.or(months.first()).copied()
}

fn weekday(weekday: Weekday, reach: Reach, today: Date) -> Option<Date> {
    let ahead = i64::from(today.weekday().until(weekday));
    let monday =
        today.checked_sub(i64::from(today.weekday().to_monday_zero_offset()).days()).ok()?;
    match reach {
        Reach::Nearest => today.checked_add(ahead.days()).ok(),
        Reach::Coming => today.checked_add(if ahead == 0 { 7 } else { ahead }.days()).ok(),
        Reach::OfWeek(weeks) => {
            let days = i64::from(weeks) * 7 + i64::from(weekday.to_monday_zero_offset());
            monday.checked_add(days.days()).ok()
        }
        Reach::Past => today.checked_sub((7 - ahead).days()).ok(),
    }
}
