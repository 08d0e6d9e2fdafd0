//! What folders are called: by well-known names in ten languages, and in modified UTF-7 (RFC 3501 section 5.1.3).

use base64::Engine as _;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::folder::Role;

/// Lenient about trailing bits: some writers leave them set, and the name is still clear.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &IMAP_MUTF7,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// In lower case; en de fr es pt nl it pl sv ja; within a role the likelier name first.
const DRAFTS: &[&str] = &[
    "drafts",
    "draft",
    "entwürfe",
    "brouillons",
    "borradores",
    "rascunhos",
    "concepten",
    "bozze",
    "kopie robocze",
    "szkice",
    "wersje robocze",
    "utkast",
    "下書き",
];
const SENT: &[&str] = &[
    "sent",
    "sent mail",
    "sent items",
    "sent messages",
    "gesendet",
    "gesendete elemente",
    "gesendete objekte",
    "envoyés",
    "messages envoyés",
    "éléments envoyés",
    "courrier envoyé",
    "enviados",
    "elementos enviados",
    "correo enviado",
    "itens enviados",
    "verzonden",
    "verzonden items",
    "verzonden berichten",
    "inviata",
    "posta inviata",
    "inviati",
    "wysłane",
    "elementy wysłane",
    "skickat",
    "skickade",
    "skickade objekt",
    "送信済み",
    "送信済みアイテム",
    "送信済みメール",
];
const TRASH: &[&str] = &[
    "trash",
    "deleted items",
    "deleted messages",
    "bin",
    "papierkorb",
    "gelöschte elemente",
    "gelöschte objekte",
    "corbeille",
    "éléments supprimés",
    "papelera",
    "elementos eliminados",
    "lixeira",
    "lixo",
    "itens excluídos",
    "itens eliminados",
    "prullenbak",
    "verwijderde items",
    "cestino",
    "posta eliminata",
    "kosz",
    "elementy usunięte",
    "papperskorg",
    "papperskorgen",
    "borttagna objekt",
    "ゴミ箱",
    "削除済みアイテム",
];
const ARCHIVE: &[&str] = &[
    "all mail",
    "archive",
    "archives",
    "alle nachrichten",
    "archiv",
    "tous les messages",
    "todos",
    "archivo",
    "todos os e-mails",
    "arquivo",
    "alle e-mail",
    "alle berichten",
    "archief",
    "tutti i messaggi",
    "archivio",
    "wszystkie",
    "archiwum",
    "alla mejl",
    "arkiv",
    "すべてのメール",
    "アーカイブ",
];

/// What a folder called so (the last part of its path, decoded) is for, and how likely: the lower, the likelier.
pub(super) fn role(name: &str) -> Option<(Role, usize)> {
    let name = name.to_lowercase();
    let lists = [
        (Role::Drafts, DRAFTS),
        (Role::Sent, SENT),
        (Role::Trash, TRASH),
        (Role::Archive, ARCHIVE),
    ];
    lists
        .iter()
        .find_map(|(role, list)| Some((*role, list.iter().position(|known| *known == name)?)))
}

/// Modified UTF-7 to text; a name that is none stays as it is.
pub(super) fn decode(name: &str) -> String {
    try_decode(name).unwrap_or_else(|| name.to_owned())
}

fn try_decode(name: &str) -> Option<String> {
    let mut text = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((plain, shifted)) = rest.split_once('&') {
        text.push_str(plain);
        let (code, after) = shifted.split_once('-')?;
        if code.is_empty() {
            text.push('&');
        } else {
            let bytes = BASE64.decode(code).ok()?;
            let (pairs, odd) = bytes.as_chunks::<2>();
            let units = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
            let letters: String = char::decode_utf16(units).collect::<Result<_, _>>().ok()?;
            if !odd.is_empty() {
                return None;
            }
            text.push_str(&letters);
        }
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

/// Text to modified UTF-7.
pub(super) fn encode(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    let mut shifted = Vec::new();
    for letter in text.chars() {
        if letter.is_ascii_graphic() || letter == ' ' {
            end_shift(&mut name, &mut shifted);
            name.push(letter);
            if letter == '&' {
                name.push('-');
            }
        } else {
            let mut units = [0; 2];
            shifted
                .extend(letter.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    end_shift(&mut name, &mut shifted);
    name
}

fn end_shift(name: &mut String, shifted: &mut Vec<u8>) {
    if !shifted.is_empty() {
        name.push('&');
        BASE64.encode_string(&*shifted, name);
        name.push('-');
        shifted.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn modified_utf7_goes_both_ways() {
        for (name, text) in [
            ("Drafts", "Drafts"),
            ("Entw&APw-rfe", "Entwürfe"),
            ("&Tgtm+DBN-", "下書き"),
            ("R&-D", "R&D"),
            ("&2D3cjA-", "💌"),
        ] {
            assert_eq!(decode(name), text);
            assert_eq!(encode(text), name);
        }
        // Not modified UTF-7: as it is.
        for name in ["Entwürfe", "a & b", "&APw", "&2D0-", "&A-"] {
            assert_eq!(decode(name), name);
        }
    }
}
