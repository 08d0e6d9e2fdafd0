//! New words apart from the signature and from what is quoted.

use super::text::Text;

/// How many lines an attribution ("On ... wrote:") is wrapped over at most.
const ATTRIBUTION_LINES: usize = 3;
/// How many lines under a `From:` are looked at for the rest of a quoted header.
const HEADER_LINES: usize = 8;
/// A signature of more lines is none: somebody drew a line in the text.
const SIGNATURE_LINES: usize = 30;

/// Parts a text into what is new, the signature, and what is quoted.
pub(super) fn split(text: &str) -> Text {
    let lines: Vec<&str> = text.split('\n').collect();
    let mut parts = Parts::default();
    let mut at = 0;
    while let Some(&line) = lines.get(at) {
        let rest = lines.get(at..).unwrap_or_default();
        if let Some(quoted) = unquoted(line) {
            parts.quoted.push(quoted);
            at += 1;
        } else if is_separator(line) || is_header_block(rest) {
            parts.quote_rest(rest);
            break;
        } else if let Some(length) = attribution(rest) {
            let after = rest.get(length..).unwrap_or_default();
            let marked =
                after.iter().find(|l| !l.trim().is_empty()).is_some_and(|l| unquoted(l).is_some());
            if !marked {
                parts.quote_rest(rest);
                break;
            }
            parts.quoted.extend(rest.iter().take(length));
            at += length;
        } else {
            parts.own(line, rest);
            at += 1;
        }
    }
    parts.into_text()
}

#[derive(Default)]
struct Parts<'a> {
    new: Vec<&'a str>,
    signature: Vec<&'a str>,
    quoted: Vec<&'a str>,
    signing: bool,
}

impl<'a> Parts<'a> {
    /// A line of the sender's own.
    fn own(&mut self, line: &'a str, rest: &[&'a str]) {
        if !self.signing && begins_signature(line, rest) {
            self.signing = true;
        } else if self.signing {
            self.signature.push(line);
        } else {
            self.new.push(line);
        }
    }

    /// Everything from here on; the line that Outlook draws above it goes with it.
    fn quote_rest(&mut self, rest: &[&'a str]) {
        let drawn = |line: &str| line.trim().chars().all(|c| matches!(c, '_' | '-'));
        while self.new.last().is_some_and(|line| drawn(line)) {
            self.new.pop();
        }
        self.quoted.extend(rest.iter().map(|line| unquoted(line).unwrap_or(line)));
    }

    fn into_text(self) -> Text {
        let join = |lines: Vec<&str>| super::text::normalise(&lines.join("\n"));
        Text {
            new: join(self.new),
            signature: join(self.signature),
            quoted: join(self.quoted),
            ..Text::default()
        }
    }
}

/// A quoted line without its marks; `None` where it is not quoted.
fn unquoted(line: &str) -> Option<&str> {
    let line = line.trim_start();
    line.starts_with('>').then(|| line.trim_start_matches(['>', ' ']))
}

/// Whether the signature begins after this line: `-- ` does it always (RFC 3676 section 4.3), `--` near the end.
fn begins_signature(line: &str, rest: &[&str]) -> bool {
    let own =
        || rest.iter().take_while(|l| unquoted(l).is_none()).take(SIGNATURE_LINES + 1).count();
    line == "-- " || (line == "--" && own() <= SIGNATURE_LINES)
}

/// A line that a client puts above the message that is answered or forwarded.
fn is_separator(line: &str) -> bool {
    const PHRASES: [&str; 22] = [
        "original message",
        "forwarded message",
        "original appointment",
        "ursprüngliche nachricht",
        "originalnachricht",
        "original-nachricht",
        "weitergeleitete nachricht",
        "ursprünglicher termin",
        "message d'origine",
        "message original",
        "message transféré",
        "mensaje original",
        "mensaje reenviado",
        "messaggio originale",
        "messaggio inoltrato",
        "oorspronkelijk bericht",
        "doorgestuurd bericht",
        "mensagem original",
        "mensagem encaminhada",
        "ursprungligt meddelande",
        "wiadomość oryginalna",
        "wiadomość przekazana",
    ];
    let line = line.trim();
    if !line.starts_with(['-', '_', '=', 'B', 'b', 'A', 'a']) {
        return false;
    }
    let line = line.replace('\u{2019}', "'").to_lowercase();
    if matches!(
        line.as_str(),
        "begin forwarded message:" | "anfang der weitergeleiteten nachricht:"
    ) {
        return true;
    }
    let drawn = line.starts_with("--") || line.starts_with("__") || line.starts_with("==");
    let words = line.trim_matches(['-', '_', '=', ' ', ':']);
    drawn && PHRASES.iter().any(|phrase| words.starts_with(phrase))
}

/// Whether a header stands here as Outlook quotes it: `From:`, and soon after it `Subject:` with `Sent:` or `To:`.
fn is_header_block(rest: &[&str]) -> bool {
    const FROM: [&str; 13] = [
        "from",
        "von",
        "de",
        "da",
        "van",
        "från",
        "fra",
        "od",
        "lähettäjä",
        "от",
        "差出人",
        "发件人",
        "feladó",
    ];
    const SENT: [&str; 22] = [
        "sent",
        "date",
        "gesendet",
        "datum",
        "envoyé",
        "date",
        "enviado",
        "fecha",
        "inviato",
        "data",
        "verzonden",
        "skickat",
        "sendt",
        "wysłano",
        "enviada",
        "lähetetty",
        "отправлено",
        "дата",
        "送信日時",
        "发送时间",
        "elküldve",
        "dato",
    ];
    const SUBJECT: [&str; 13] = [
        "subject",
        "betreff",
        "objet",
        "asunto",
        "oggetto",
        "onderwerp",
        "ämne",
        "emne",
        "temat",
        "assunto",
        "тема",
        "件名",
        "主题",
    ];
    if !rest.first().and_then(|line| label(line)).is_some_and(|l| FROM.contains(&l.as_str())) {
        return false;
    }
    let labels: Vec<String> =
        rest.iter().take(HEADER_LINES).skip(1).filter_map(|line| label(line)).collect();
    let has = |set: &[&str]| labels.iter().any(|l| set.contains(&l.as_str()));
    has(&SUBJECT) && has(&SENT)
}

/// The label of a line such as `*From:* Jane`, in lower case.
fn label(line: &str) -> Option<String> {
    let line = line.trim_start_matches(['*', ' ', '|']);
    let (label, _) = line.split_once([':', '：'])?;
    (label.chars().count() <= 14).then(|| label.trim_matches(['*', ' ', '|']).to_lowercase())
}

/// How many lines an attribution takes that begins here ("On Mon, 2 Mar 2026, Jane Doe wrote:"); `None` where none does.
fn attribution(rest: &[&str]) -> Option<usize> {
    const VERBS: [&str; 14] = [
        " wrote",
        " schrieb",
        " a écrit",
        " escribió",
        " ha scritto",
        " schreef",
        " escreveu",
        " skrev",
        " napisał",
        " kirjoitti",
        " написал",
        " napsal",
        " írta",
        " yazdı",
    ];
    // An attribution has a date or an address in its first line.
    if !rest.first()?.bytes().any(|b| b == b'@' || b.is_ascii_digit()) {
        return None;
    }
    let mut joined = String::new();
    for (index, line) in rest.iter().take(ATTRIBUTION_LINES).enumerate() {
        let line = line.trim();
        if line.is_empty() || unquoted(line).is_some() || joined.len() + line.len() > 400 {
            return None;
        }
        joined.push(' ');
        joined.push_str(&line.to_lowercase());
        let ends = joined.ends_with(':') || joined.ends_with('：');
        let dated = joined.contains('@') || joined.bytes().any(|b| b.is_ascii_digit());
        if ends && dated && VERBS.iter().any(|verb| joined.contains(verb)) {
            return Some(index + 1);
        }
        if index == 0 && !opens_attribution(&joined) {
            return None;
        }
    }
    None
}

/// Whether a line can be the first of several that attribute a quotation.
fn opens_attribution(lower: &str) -> bool {
    const FIRST: [&str; 11] = ["on", "am", "le", "el", "il", "op", "em", "den", "w", "dnia", "dne"];
    let dated = lower.bytes().any(|b| b.is_ascii_digit());
    dated && lower.split_whitespace().next().is_some_and(|word| FIRST.contains(&word))
}
