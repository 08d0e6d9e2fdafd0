//! What there is to read: plain, flowed and HTML text, quotations, signatures.

use super::read;
use afterword::message::Message;

/// A plain message with this body.
fn plain(body: &str) -> Message {
    read(&format!("Content-Type: text/plain; charset=utf-8\n\n{body}"))
}

/// What an HTML message reads as.
fn html(body: &str) -> String {
    read(&format!("Content-Type: text/html; charset=utf-8\n\n{body}")).text.new
}

/// A message of two alternatives.
fn alternatives(plain: &str, html: &str) -> Message {
    read(&format!(
        "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n{plain}\n--b\nContent-Type: text/html; charset=utf-8\n\n{html}\n--b--\n"
    ))
}

#[test]
fn odd_characters() {
    assert_eq!(
        plain("At\u{a0}2:30\u{202f}pm\u{200b}, Wed\u{ad}nesday\u{200e}\t!  \n\n\n\nx").text.new,
        "At 2:30 pm, Wednesday !\n\nx"
    );
}

#[test]
fn character_sets() {
    let body = |head: &str, bytes: &[u8]| {
        let mail = [format!("{head}\r\n\r\n").as_bytes(), bytes].concat();
        Message::parse(&mail, &super::owner()).text.new
    };
    assert_eq!(
        body("Content-Type: text/plain; charset=windows-1252", b"Caf\xe9 \x96 5\x80"),
        "Café – 5€"
    );
    assert_eq!(body("Content-Type: text/plain; charset=iso-2022-jp", b"\x1b$BNkLZ\x1b(B"), "鈴木");
    assert_eq!(body("Content-Type: text/plain; charset=gb2312", b"\xc4\xe3\xba\xc3"), "你好");
    // The label is wrong, or there is none, or nobody knows it.
    assert_eq!(body("Content-Type: text/plain; charset=iso-8859-1", "Café".as_bytes()), "Café");
    assert_eq!(body("Content-Type: text/plain; charset=us-ascii", "Café".as_bytes()), "Café");
    assert_eq!(body("Content-Type: text/plain", b"Caf\xe9"), "Café");
    assert_eq!(body("Content-Type: text/plain; charset=x-unheard-of", b"Caf\xe9"), "Café");
}

#[test]
fn transfer_encodings() {
    let body = |encoding: &str, text: &str| {
        read(&format!("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {encoding}\n\n{text}")).text.new
    };
    assert_eq!(body("quoted-printable", "Caf=C3=A9 a=\nt 3=3D=ZZ 50% ="), "Café at 3==ZZ 50%");
    assert_eq!(body("BASE64", "Q2Fm\nw6k=\n"), "Café");
    assert_eq!(body("base64", "Q2Fm!w6k"), "Café");
    assert_eq!(body("8bit", "Café"), "Café");
}

#[test]
fn flowed_text() {
    let flowed = |parameters: &str, body: &str| {
        read(&format!(
            "Content-Type: text/plain; charset=utf-8; format=flowed{parameters}\n\n{body}"
        ))
        .text
    };
    assert_eq!(flowed("", "We meet on \nTuesday.\nThen.").new, "We meet on Tuesday.\nThen.");
    assert_eq!(flowed("; DelSp=yes", "We meet on Tues \nday.").new, "We meet on Tuesday.");
    assert_eq!(flowed("", " From space-stuffing").new, "From space-stuffing");
    let text = flowed("", "New.\n\n> old \n> words\n>> older");
    assert_eq!((text.new.as_str(), text.quoted.as_str()), ("New.", "old words\nolder"));
    let text = flowed("", "See you.\n-- \nJane");
    assert_eq!((text.new.as_str(), text.signature.as_str()), ("See you.", "Jane"));
    // What is not flowed keeps its lines.
    assert_eq!(plain("We meet on \nTuesday.").text.new, "We meet on\nTuesday.");
}

/// What of a body is new; the rest of it, but for the signature, is quoted.
fn check_quote(body: &str, new: &str) {
    let text = plain(body).text;
    assert_eq!(text.new, new, "{body}");
    assert!(text.quoted.contains("OLD"), "{body}");
}

#[test]
fn quotations() {
    check_quote("Yes.\n\n> OLD", "Yes.");
    check_quote(
        "Yes.\n\nOn Mon, 2 Mar 2026 at 10:00, Jane Doe <j@x.example> wrote:\n> OLD",
        "Yes.",
    );
    check_quote(
        "Yes.\n\nOn Mon, 2 Mar 2026 at 10:00, Jane Doe\n<j@x.example> wrote:\n\n> OLD\n\nBest",
        "Yes.\n\n\nBest".replace("\n\n\n", "\n\n").as_str(),
    );
    check_quote("Yes.\n\nOn 2 Mar 2026, Jane Doe wrote:\n\nOLD without marks", "Yes.");
    check_quote("Ja.\n\nAm 2. März 2026 um 10:00 schrieb Jane Doe <j@x.example>:\n> OLD", "Ja.");
    check_quote(
        "Oui.\n\nLe lun. 2 mars 2026 à 10:00, Jane Doe <j@x.example> a écrit :\n> OLD",
        "Oui.",
    );
    check_quote("Sí.\n\nEl lun, 2 mar 2026, Jane Doe (<j@x.example>) escribió:\n> OLD", "Sí.");
    check_quote("Yes.\n\n-----Original Message-----\nFrom: Jane\nOLD", "Yes.");
    check_quote("FYI\n\n---------- Forwarded message ---------\nFrom: Jane\nOLD", "FYI");
    check_quote("FYI\n\nBegin forwarded message:\n\nOLD", "FYI");
    check_quote(
        "Yes.\n\nFrom: Jane Doe <j@x.example>\nSent: Monday\nTo: Alex\nSubject: Interview\n\nOLD",
        "Yes.",
    );
    check_quote("Yes.\n\n*From:* Jane\n*Sent:* Monday\n*Subject:* Interview\n\nOLD", "Yes.");
    check_quote("Ja.\n\nVon: Jane\nGesendet: Montag\nAn: Alex\nBetreff: Gespräch\n\nOLD", "Ja.");
    check_quote("Answer one.\n> OLD\nAnswer two.", "Answer one.\nAnswer two.");
}

#[test]
fn the_line_above_a_quotation_goes_with_it() {
    check_quote(
        "Yes.\n\n________________________________\nFrom: Jane\nSent: Monday\nSubject: x\n\nOLD",
        "Yes.",
    );
    let long = "> OLD\n".repeat(60);
    let text = plain(&format!("Yes.\n--\nJane\n{long}")).text;
    assert_eq!((text.new.as_str(), text.signature.as_str()), ("Yes.", "Jane"));
}

#[test]
fn what_only_looks_like_a_quotation() {
    let new = |body: &str| assert_eq!(plain(body).text.new, body);
    new("From: 10 AM\nTo: 11 AM\nDate: 3 March");
    new("On Monday we talk about what you wrote:\nyour essay");
    new("Agenda\n-----\nOriginal thinking");
}

#[test]
fn signatures() {
    let text = plain("See you.\n-- \nJane Doe\nAcme\n\n> old").text;
    assert_eq!(
        (text.new.as_str(), text.signature.as_str(), text.quoted.as_str()),
        ("See you.", "Jane Doe\nAcme", "old")
    );
    assert_eq!(plain("See you.\n--\nJane Doe").text.signature, "Jane Doe");
}

#[test]
fn html_paragraphs_and_tables() {
    assert_eq!(html("<p>One\ntwo</p><p>Three<br>four</p>"), "One two\n\nThree\nfour");
    assert_eq!(html("<div>One</div><div>Two</div>"), "One\nTwo");
    assert_eq!(html("<ul><li>One<li>Two</ul>"), "- One\n- Two");
    assert_eq!(html("a<b>b</b> <i>c</i>&nbsp;d &amp; &lt;e&gt;"), "ab c d & <e>");
    assert_eq!(html("<head><style>x{}</style><title>t</title></head><script>1</script>ok"), "ok");
    assert_eq!(
        html(
            "<table><tr><th>When</th><th>Who</th></tr><tr><td>9:00</td><td>Ann<br><small>CTO</small></td></tr></table>"
        ),
        "When | Who\n9:00 | Ann, CTO"
    );
    let column = format!("<p>{}</p>", "word ".repeat(100));
    assert!(
        !html(&format!("<table><tr><td>{column}</td><td>side</td></tr></table>")).contains(" | ")
    );
    assert_eq!(html("<table><tr><td><p>One</p><p>Two</p></td></tr></table>"), "One\n\nTwo");
}

#[test]
fn html_that_is_struck_out_or_hidden() {
    assert_eq!(html("<p>At <s>2</s><del>3</del><strike>4</strike> 5</p>"), "At 5");
    assert_eq!(html("At <span style='text-decoration: line-through'>2</span> 5"), "At 5");
    assert_eq!(html("<div style='display: none'>preview</div>At 5"), "At 5");
}

#[test]
fn html_links_and_quotations() {
    let message = read(
        "Content-Type: text/html\n\n<a href='mailto:jane@x.example'>Jane</a> <a href='https://x.example/'>here</a> <a href='#top'>up</a>",
    );
    assert_eq!(message.text.new, "Jane here up");
    let links: Vec<_> =
        message.text.links.iter().map(|l| (l.text.as_str(), l.target.as_str())).collect();
    assert_eq!(links, [("Jane", "mailto:jane@x.example"), ("here", "https://x.example/")]);

    let message = read(
        "Content-Type: text/html\n\n<div>Yes.</div><div class=gmail_quote>On 2 Mar 2026, Jane &lt;j@x.example&gt; wrote:<blockquote><div>old</div><div>older</div></blockquote></div>",
    );
    assert_eq!(message.text.new, "Yes.");
    assert!(message.text.quoted.ends_with("old\nolder"), "{}", message.text.quoted);
}

#[test]
fn which_alternative_is_read() {
    let rich = "<p>We meet on Tuesday at three with Ann and Bob in the big room, and then have lunch together.</p>";
    let stub = "Please view this email in your browser.";
    assert!(alternatives(stub, rich).text.new.starts_with("We meet"));
    assert!(alternatives("", rich).text.new.starts_with("We meet"));
    assert!(alternatives(".", rich).text.new.starts_with("We meet"));
    let plain = "We meet on Tuesday at three with Ann and Bob in the big room, and then have lunch together.";
    assert_eq!(alternatives(plain, "<p>Rich</p>").text.new, plain);
    assert_eq!(alternatives("At 2 3", "<p>At <s>2</s> 3</p>").text.new, "At 3");
    // The links are there whichever is read.
    assert_eq!(
        alternatives("Jane is there", "<a href='mailto:j@x.example'>Jane</a> is there")
            .text
            .links
            .len(),
        1
    );
}
