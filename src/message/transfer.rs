//! Content-Transfer-Encoding (RFC 2045 section 6), read so that damage in one place costs no more than that place.

use std::borrow::Cow;

/// Undoes a transfer encoding; anything but base64 and quoted-printable is taken as it is (RFC 2045 section 6.4).
pub(super) fn decode<'a>(body: &'a [u8], encoding: &str) -> Cow<'a, [u8]> {
    match encoding {
        "base64" => Cow::Owned(base64(body)),
        "quoted-printable" => Cow::Owned(quoted_printable(body)),
        _ => Cow::Borrowed(body),
    }
}

/// Decodes base64, passing over what is not of its alphabet (RFC 2045 section 6.8). Padding ends one run, and another
/// may follow: some gateways join two encoded bodies.
pub(super) fn base64(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for &byte in body {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                (bits, count) = (0, 0);
                continue;
            }
            _ => continue,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(((bits >> count) & 0xff) as u8);
        }
    }
    out
}

/// Decodes quoted-printable (RFC 2045 section 6.7); an `=` that begins nothing stays as it is.
pub(super) fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'=' {
            out.push(byte);
            continue;
        }
        if let [high, low, after @ ..] = rest
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            out.push((high << 4) | low);
            rest = after;
            continue;
        }
        match soft_break(rest) {
            Some(after) => rest = after,
            None => out.push(byte),
        }
    }
    out
}

/// What follows a soft line break, the white space that a gateway added before it included.
fn soft_break(rest: &[u8]) -> Option<&[u8]> {
    let blank = rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
    match rest.get(blank) {
        Some(b'\n') => rest.get(blank + 1..),
        None => Some(&[]),
        Some(_) => None,
    }
}

/// The value of a hexadecimal digit.
fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok())
}
