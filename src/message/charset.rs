//! Bytes to text: what a part says about its character set, and what its bytes say.

use mail_parser::decoders::charsets::map::charset_decoder;

use super::guarded;

/// Decodes text. UTF-8 is believed before a declared single-byte character set, since text in one of those is all but
/// never valid UTF-8, and the label is often a generator's default; the CJK and 7-bit sets are believed first, since
/// their bytes can pass for UTF-8. Without a label that helps: windows-1252, in which nothing is lost.
pub(super) fn decode(bytes: &[u8], declared: Option<&str>) -> String {
    if let Some(text) = byte_order_mark(bytes) {
        return text;
    }
    let label = declared.unwrap_or_default().trim().to_ascii_lowercase();
    if overlaps_utf8(&label)
        && let Some(text) = labelled(bytes, &label)
        && !(text.contains('\u{fffd}') && std::str::from_utf8(bytes).is_ok())
    {
        return text;
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    if is_utf8(&label) && mostly_utf8(bytes) {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let known = if is_utf8(&label) { None } else { labelled(bytes, &label) };
    known
        .or_else(|| labelled(bytes, "windows-1252"))
        .unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned())
}

/// Text that says by itself what it is.
fn byte_order_mark(bytes: &[u8]) -> Option<String> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => std::str::from_utf8(rest).ok().map(str::to_owned),
        [0xff, 0xfe, rest @ ..] => labelled(rest, "utf-16le"),
        [0xfe, 0xff, rest @ ..] => labelled(rest, "utf-16be"),
        _ => None,
    }
}

/// Decodes by mail-parser's table of character sets.
fn labelled(bytes: &[u8], label: &str) -> Option<String> {
    if label.is_empty() {
        return None;
    }
    let decoder = charset_decoder(label.as_bytes())?;
    guarded(|| decoder(bytes))
}

/// Whether text in this character set can be valid UTF-8 by accident (or always is, being 7-bit).
fn overlaps_utf8(label: &str) -> bool {
    const SETS: [&str; 12] = [
        "iso-2022", "utf-7", "utf-16", "hz-", "shift", "sjis", "euc-", "ks_c", "big5", "gb",
        "cp936", "cp932",
    ];
    SETS.iter().any(|set| label.starts_with(set)) || label.starts_with("windows-31j")
}

/// Whether a label means UTF-8, or the ASCII that is a part of it.
fn is_utf8(label: &str) -> bool {
    matches!(label, "utf-8" | "utf8" | "us-ascii" | "ascii" | "unicode-1-1-utf-8")
}

/// Whether bytes are UTF-8 but for a few that were cut or spoiled.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good > bad
}
