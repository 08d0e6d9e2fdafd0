//! DURATION values (RFC 5545 section 3.3.6).

use jiff::{Span, ToSpan};

/// The longest duration that is believed, in days: what is longer was not meant.
const MAX_DAYS: i64 = 3660;

/// Reads a duration; `None` for a negative, an empty, an unreadable or an absurd one.
pub(super) fn parse(text: &str) -> Option<Span> {
    let text = text.trim();
    let text = text.strip_prefix('+').unwrap_or(text);
    let mut rest = text.strip_prefix(['P', 'p'])?;
    let (mut days, mut seconds, mut time) = (0_i64, 0_i64, false);
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix(['T', 't']) {
            (rest, time) = (after, true);
            continue;
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let count: i64 = rest.get(..digits)?.parse().ok().filter(|&n: &i64| n <= 1_000_000_000)?;
        match (rest.as_bytes().get(digits)?.to_ascii_uppercase(), time) {
            (b'W', false) => days += count * 7,
            (b'D', _) => days += count,
            (b'H', _) => seconds += count * 3600,
            (b'M', _) => seconds += count * 60,
            (b'S', _) => seconds += count,
            _ => return None,
        }
        rest = rest.get(digits + 1..)?;
    }
    let sane = days + seconds / 86_400 <= MAX_DAYS;
    (sane && days + seconds > 0).then(|| days.days().seconds(seconds))
}
