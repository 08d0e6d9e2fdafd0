//! Where the mails begin that a quotation is made of.

/// Labels of the sender in the header of a quotation, lower case.
const FROM: [&str; 8] = ["from", "von", "de", "van", "från", "da", "od", "差出人"];

/// The words of the first of several mails that are quoted within each other; `None` where there is one only.
pub(super) fn first_level(quoted: &str) -> Option<&str> {
    let mut starts = Vec::new();
    let mut at = 0;
    for line in quoted.split_inclusive('\n') {
        let words = line.trim_end();
        let attributes = words.ends_with(':')
            && (words.contains('@') || words.contains('>') || words.ends_with("wrote:"));
        // "From: Jane <jane@acme.example>", as Outlook heads what it quotes.
        let label = words.trim_start_matches(['*', ' ']).split(':').next().unwrap_or("");
        let heads = words.contains('@') && FROM.contains(&label.to_lowercase().as_str());
        if attributes || heads {
            starts.push((at, at + line.len()));
        }
        at += line.len();
    }
    match starts.as_slice() {
        [(_, from), (to, _), ..] => quoted.get(*from..*to),
        _ => None,
    }
}

/// Whether a time stands in the line above a quotation or in its header.
pub(super) fn heads(text: &str, at: usize) -> bool {
    let start = text[..at].rfind('\n').map_or(0, |i| i + 1);
    let line = text[start..].lines().next().unwrap_or("");
    let label = line.split(':').next().unwrap_or("").trim().to_lowercase();
    line.contains('@')
        || line.trim_end().ends_with(':')
        || [
            "date",
            "sent",
            "datum",
            "gesendet",
            "envoyé",
            "fecha",
            "enviado",
            "data",
            "inviato",
            "verzonden",
            "skickat",
            "wysłano",
            "enviada em",
            "日時",
            "送信日時",
        ]
        .contains(&label.as_str())
}
