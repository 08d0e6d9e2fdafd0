//! HTML to text: a table's row on one line, struck-out words left out, links' targets apart.
//!
//! html2text reads the HTML; the tree is rendered here. Its own rendering spreads a cell of several lines over rows, shows
//! what was struck out, and takes time that is quadratic in the nesting, and every mail's layout is nested tables.

use std::collections::BTreeMap;

use html2text::{Comment, Document, Element, Handle};

use super::text::{self, Link};
use super::{MAX_PART, guarded};

/// How deep elements are nested before the structure is given up.
const MAX_DEPTH: usize = 150;
/// How many tables inside each other have rows: what is deeper is a page's layout, and each level reads its text again.
const MAX_ROWS: usize = 12;
/// How many words a tag has before the structure is given up.
const MAX_ATTRIBUTES: usize = 2_000;
/// How many `&` there are before the structure is given up.
const MAX_REFERENCES: usize = 50_000;
/// How many links are noted.
const MAX_LINKS: usize = 300;
/// A cell of more lines, or of more bytes, is a part of a page's layout, not of a table.
const CELL_LINES: usize = 6;
/// See [`CELL_LINES`].
const CELL_BYTES: usize = 400;

/// HTML as text.
#[derive(Debug, Default)]
pub(super) struct Rendered {
    /// The text, normalised.
    pub text: String,
    /// Its links.
    pub links: Vec<Link>,
    /// Whether something was struck out, which plain text beside it cannot show.
    pub struck: bool,
    /// Whether the structure was given up.
    pub flattened: bool,
}

/// Renders a document.
pub(super) fn render(source: &str) -> Rendered {
    let source = super::event::clipped(source, MAX_PART);
    if is_sane(source)
        && let Some(rendered) = guarded(|| structured(source)).flatten()
    {
        return rendered;
    }
    let flat = guarded(|| mail_parser::decoders::html::html_to_text(source)).unwrap_or_default();
    Rendered { text: text::normalise(&flat), flattened: true, ..Rendered::default() }
}

/// Renders the HTML that calendars carry in text properties: their own line breaks count, unless it is a whole document.
pub(super) fn render_fragment(source: &str) -> String {
    let lower =
        source.get(..source.floor_char_boundary(300)).unwrap_or_default().to_ascii_lowercase();
    let document =
        lower.contains("<html") || lower.contains("<!doctype") || lower.contains("<body");
    let source = if document { source.to_owned() } else { source.replace('\n', "<br>") };
    render(&source).text
}

/// Whether a text property holds HTML.
pub(super) fn looks_like_html(source: &str) -> bool {
    const TAGS: [&str; 20] = [
        "<html",
        "<!doctype",
        "<body",
        "<br>",
        "<br/>",
        "<br />",
        "<p>",
        "<p ",
        "</p>",
        "<ul",
        "<ol",
        "<li",
        "<table",
        "<div",
        "</b>",
        "</i>",
        "</u>",
        "</a>",
        "<span",
        "</strong>",
    ];
    if !source.contains('<') {
        return false;
    }
    let lower = source.to_ascii_lowercase();
    TAGS.iter().any(|tag| lower.contains(tag))
}

/// Whether html5ever reads this in reasonable time: its work grows with the square of the nesting, and of the attributes
/// of a tag.
fn is_sane(source: &str) -> bool {
    let attributes = |tag: &str| {
        tag.split('>').next().unwrap_or_default().bytes().filter(u8::is_ascii_whitespace).count()
    };
    depth(source) <= MAX_DEPTH
        && source.split('<').skip(1).all(|tag| attributes(tag) <= MAX_ATTRIBUTES)
        && source.bytes().filter(|&b| b == b'&').count() <= MAX_REFERENCES
}

/// How deep elements nest at most, by their tags. Elements whose end is made up by the next one do not nest.
fn depth(source: &str) -> usize {
    const FLAT: [&str; 24] = [
        "br", "img", "hr", "meta", "link", "input", "col", "base", "area", "embed", "source",
        "wbr", "param", "track", "p", "li", "td", "th", "tr", "dd", "dt", "option", "tbody",
        "thead",
    ];
    let mut open: BTreeMap<String, usize> = BTreeMap::new();
    let mut name = String::new();
    let (mut now, mut most) = (0_usize, 0_usize);
    for piece in source.split('<').skip(1) {
        let (closing, piece) = piece.strip_prefix('/').map_or((false, piece), |rest| (true, rest));
        let end = piece
            .bytes()
            .take_while(|b| !matches!(b, b'>' | b'/') && !b.is_ascii_whitespace())
            .count()
            .min(20);
        name.clear();
        name.push_str(piece.get(..piece.floor_char_boundary(end)).unwrap_or_default());
        name.make_ascii_lowercase();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || FLAT.contains(&name.as_str()) {
            continue;
        }
        if !closing {
            match open.get_mut(&name) {
                Some(count) => *count += 1,
                None => drop(open.insert(name.clone(), 1)),
            }
            now += 1;
            most = most.max(now);
        } else if let Some(count) = open.get_mut(&name).filter(|count| **count > 0) {
            *count -= 1;
            now -= 1;
        }
    }
    most
}

/// Reads and renders; `None` where html2text cannot.
fn structured(source: &str) -> Option<Rendered> {
    let dom = html2text::config::plain_no_decorate().parse_html(source.as_bytes()).ok()?;
    let mut renderer = Renderer::default();
    renderer.children(&dom.document, 0);
    Some(Rendered { text: text::normalise(&renderer.out), ..renderer.rendered })
}

#[derive(Default)]
struct Renderer {
    out: String,
    /// Whether white space was passed that the next word has to be parted by.
    space: bool,
    preformatted: usize,
    /// How many rows, and how many quotations, this is inside of.
    rows: usize,
    quotations: usize,
    rendered: Rendered,
}

impl Renderer {
    fn children(&mut self, node: &Handle, depth: usize) {
        if depth > MAX_DEPTH * 2 {
            self.rendered.flattened = true;
            return;
        }
        for child in node.children.borrow().iter() {
            self.node(child, depth + 1);
        }
    }

    fn node(&mut self, node: &Handle, depth: usize) {
        match &node.data {
            Element { name, .. } => self.element(node, name.local.as_ref(), depth),
            Comment { .. } => {}
            Document => self.children(node, depth),
            _ => self.words(&text_of(node)),
        }
    }

    fn element(&mut self, node: &Handle, name: &str, depth: usize) {
        let style = style(node);
        if matches!(name, "s" | "del" | "strike") || style.contains("line-through") {
            self.rendered.struck = true;
            return;
        }
        if is_hidden(node, name, &style) {
            return;
        }
        match name {
            "br" => self.out.push('\n'),
            "hr" => self.line(),
            "tr" if self.rows < MAX_ROWS => self.row(node, depth),
            "a" => self.link(node, depth),
            "blockquote" if self.quotations == 0 && !style.contains("border:none") => {
                self.quotation(node, depth);
            }
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "dl" | "table"
            | "blockquote" => {
                self.paragraph();
                self.children(node, depth);
                self.paragraph();
            }
            "pre" => {
                self.paragraph();
                self.preformatted += 1;
                self.children(node, depth);
                self.preformatted -= 1;
                self.paragraph();
            }
            "li" => {
                self.line();
                self.out.push_str("- ");
                self.children(node, depth);
                self.line();
            }
            _ if is_block(name) => {
                self.line();
                self.children(node, depth);
                self.line();
            }
            _ => self.children(node, depth),
        }
    }

    /// Text, its white space collapsed as HTML does; a no-break space is none.
    fn words(&mut self, words: &str) {
        if self.preformatted > 0 {
            self.out.push_str(words);
            return;
        }
        for (index, word) in words.split(|c: char| c.is_ascii_whitespace()).enumerate() {
            self.space |= index > 0;
            if word.is_empty() {
                continue;
            }
            if self.space && !self.out.is_empty() && !self.out.ends_with(['\n', ' ']) {
                self.out.push(' ');
            }
            self.space = false;
            self.out.push_str(word);
        }
    }

    /// Goes to a new line.
    fn line(&mut self) {
        self.space = false;
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    /// Goes to a new line, an empty one before it.
    fn paragraph(&mut self) {
        self.line();
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// Renders children apart from what was rendered before.
    fn apart(&mut self, node: &Handle, depth: usize) -> String {
        let before = std::mem::take(&mut self.out);
        self.space = false;
        self.children(node, depth);
        self.space = false;
        text::normalise(&std::mem::replace(&mut self.out, before))
    }

    /// What is cited, marked as plain text marks it.
    fn quotation(&mut self, node: &Handle, depth: usize) {
        self.quotations += 1;
        let cited = self.apart(node, depth);
        self.quotations -= 1;
        self.paragraph();
        for line in cited.split('\n') {
            self.out.push_str("> ");
            self.out.push_str(line);
            self.out.push('\n');
        }
        self.paragraph();
    }

    /// A table's row: its cells on one line where they are short, one under the other where they are a page's columns.
    fn row(&mut self, node: &Handle, depth: usize) {
        let mut cells = Vec::new();
        self.rows += 1;
        for child in node.children.borrow().iter() {
            let Element { name, .. } = &child.data else { continue };
            if !is_hidden(child, name.local.as_ref(), &style(child)) {
                cells.push(self.apart(child, depth + 1));
            }
        }
        self.rows -= 1;
        cells.retain(|cell| !cell.trim().is_empty());
        let short =
            |cell: &String| cell.len() <= CELL_BYTES && cell.split('\n').count() <= CELL_LINES;
        let columns = cells.len() > 1 && cells.iter().all(short);
        self.line();
        if columns {
            let on_one_line = |cell: &String| {
                let lines: Vec<&str> =
                    cell.split('\n').map(str::trim).filter(|l| !l.is_empty()).collect();
                lines.join(", ")
            };
            self.out.push_str(&cells.iter().map(on_one_line).collect::<Vec<_>>().join(" | "));
        } else {
            self.out.push_str(&cells.join("\n\n"));
        }
        self.line();
    }

    /// A link: its words stay in the text, its target goes into the list.
    fn link(&mut self, node: &Handle, depth: usize) {
        let before = self.out.len();
        self.children(node, depth);
        let words = super::header::one_line(self.out.get(before..).unwrap_or_default());
        let target = super::header::one_line(&attribute(node, "href").unwrap_or_default());
        let lower = target.to_ascii_lowercase();
        let wanted =
            ["http:", "https:", "mailto:", "tel:"].iter().any(|scheme| lower.starts_with(scheme));
        let link = Link { text: super::event::clipped(&words, 300).to_owned(), target };
        let links = &mut self.rendered.links;
        if wanted && link.target.len() <= 4_000 && links.len() < MAX_LINKS && !links.contains(&link)
        {
            links.push(link);
        }
    }
}

/// Whether an element is not shown: a page's machinery, or the line that only a list of mails shows.
fn is_hidden(node: &Handle, name: &str, style: &str) -> bool {
    matches!(
        name,
        "head" | "style" | "script" | "title" | "template" | "object" | "svg" | "math" | "select"
    ) || style.contains("display:none")
        || style.contains("mso-hide:all")
        || style.contains("visibility:hidden")
        || attribute(node, "hidden").is_some()
}

/// Whether an element begins a line.
fn is_block(name: &str) -> bool {
    matches!(
        name,
        "div"
            | "address"
            | "article"
            | "aside"
            | "body"
            | "center"
            | "dd"
            | "dt"
            | "fieldset"
            | "figure"
            | "footer"
            | "form"
            | "header"
            | "main"
            | "nav"
            | "section"
            | "tr"
            | "td"
            | "th"
            | "caption"
    )
}

/// The `style` of an element in lower case, without blanks.
fn style(node: &Handle) -> String {
    attribute(node, "style").map_or_else(String::new, |s| s.to_ascii_lowercase().replace(' ', ""))
}

/// An attribute of an element.
fn attribute(node: &Handle, wanted: &str) -> Option<String> {
    let Element { attrs, .. } = &node.data else { return None };
    attrs.borrow().iter().find(|a| &*a.name.local == wanted).map(|a| a.value.to_string())
}

/// The text of a text node. html2text does not name that kind of node, but writes it, with the five escapes of HTML.
fn text_of(node: &Handle) -> String {
    let mut written = Vec::new();
    if node.serialize(&mut written).is_err() {
        return String::new();
    }
    let written = String::from_utf8(written).unwrap_or_default();
    if written.starts_with("<!") {
        return String::new();
    }
    if !written.contains('&') {
        return written;
    }
    written
        .replace("&nbsp;", "\u{a0}")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}
