//! Folder names on the wire: modified UTF-7 (RFC 3501 section 5.1.3).

use base64::Engine as _;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &IMAP_MUTF7,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The name as it is sent: printable ASCII as it is, `&` as `&-`, everything else as base64 of UTF-16 between `&` and `-`.
pub(super) fn encode(name: &str) -> String {
    let mut out = String::new();
    let mut shifted: Vec<u8> = Vec::new();
    for c in name.chars() {
        if matches!(c, ' '..='~') {
            flush(&mut shifted, &mut out);
            out.push(c);
            if c == '&' {
                out.push('-');
            }
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                shifted.extend(unit.to_be_bytes());
            }
        }
    }
    flush(&mut shifted, &mut out);
    out
}

fn flush(shifted: &mut Vec<u8>, out: &mut String) {
    if shifted.is_empty() {
        return;
    }
    out.push('&');
    out.push_str(&BASE64.encode(&*shifted));
    out.push('-');
    shifted.clear();
}

/// The name as people read it; the raw name itself where it is not valid modified UTF-7 (some servers send UTF-8).
pub(super) fn decode(raw: &str) -> String {
    try_decode(raw).unwrap_or_else(|| raw.to_owned())
}

fn try_decode(raw: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let (shifted, after) = after.split_once('-')?;
        rest = after;
        if shifted.is_empty() {
            out.push('&');
            continue;
        }
        let bytes = BASE64.decode(shifted).ok()?;
        if bytes.len() % 2 != 0 {
            return None;
        }
        let units: Vec<u16> =
            bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        out.push_str(&String::from_utf16(&units).ok()?);
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_from_life() {
        for (name, raw) in [
            ("Drafts", "Drafts"),
            ("Entwürfe", "Entw&APw-rfe"),
            ("下書き", "&Tgtm+DBN-"),
            ("R&D", "R&-D"),
            ("Éléments envoyés", "&AMk-l&AOk-ments envoy&AOk-s"),
            ("a😀b", "a&2D3eAA-b"),
        ] {
            assert_eq!(encode(name), raw);
            assert_eq!(decode(raw), name);
        }
    }

    #[test]
    fn bad_input_is_kept_as_it_is() {
        for raw in ["R&D", "&", "&AP", "&AP-", "&!!!-", "&2D0-", "Entwürfe", "a&b&c-"] {
            assert_eq!(decode(raw), raw);
        }
    }

    proptest! {
        #[test]
        fn what_is_encoded_comes_back(name in ".*") {
            prop_assert!(encode(&name).is_ascii());
            prop_assert_eq!(decode(&encode(&name)), name);
        }

        #[test]
        fn decoding_never_panics(raw in "[&A-Za-z0-9+,/ =é-]*") {
            let _ = decode(&raw);
        }
    }
}
