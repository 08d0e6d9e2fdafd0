//! What an interviewer is in the process, by the title that a message gives: they read different things in a letter.

use serde::Serialize;

use super::name::Addressee;
use crate::extract::lexicon::fold;
use crate::extract::titles::Titled;

/// A part in the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Would lead the owner.
    Manager,
    /// Would work beside the owner.
    Peer,
    /// Arranges and chooses.
    Recruiter,
    /// Leads the company.
    Executive,
}

/// Beginnings of words in titles, the part that counts first above the others. A title that has none of them is a peer's.
const WORDS: [(Part, &[&str]); 3] = [
    (
        Part::Recruiter,
        &[
            "recruit",
            "talent",
            "people partner",
            "people & culture",
            "people and culture",
            "people operations",
            "hr",
            "human resources",
            "personalreferent",
            "personalabteilung",
            "personalleit",
            "bewerbermanagement",
            "ressources humaines",
            "rh",
            "recrutement",
            "recursos humanos",
            "rrhh",
            "selección",
            "seleção",
            "recrutador",
            "recrutadora",
            "risorse umane",
            "selezione",
            "personeelszaken",
            "p&o",
            "sourcer",
            "staffing",
            "coordinator, hiring",
        ],
    ),
    (
        Part::Executive,
        &[
            "ceo",
            "cto",
            "cfo",
            "coo",
            "cio",
            "cpo",
            "cmo",
            "chief",
            "vp",
            "vice president",
            "svp",
            "evp",
            "founder",
            "co-founder",
            "cofounder",
            "owner",
            "president",
            "managing director",
            "general manager",
            "executive director",
            "geschäftsführ",
            "vorstand",
            "inhaber",
            "directeur général",
            "directrice générale",
            "pdg",
            "gérant",
            "fondateur",
            "fondatrice",
            "director general",
            "directora general",
            "fundador",
            "amministratore delegato",
            "titolare",
            "fondatore",
            "diretor geral",
            "diretora geral",
            "sócio",
            "directeur-eigenaar",
            "eigenaar",
            "principal of the school",
            "headteacher",
            "head teacher",
            "schulleit",
        ],
    ),
    (
        Part::Manager,
        &[
            "manager",
            "head",
            "lead",
            "director",
            "supervisor",
            "superintendent",
            "foreman",
            "forewoman",
            "matron",
            "sister in charge",
            "ward sister",
            "charge nurse",
            "chef de",
            "head chef",
            "sous chef",
            "leiter",
            "leitung",
            "leitend",
            "meister",
            "chefarzt",
            "chefärzt",
            "responsable",
            "chef d'équipe",
            "directeur",
            "directrice",
            "cadre de santé",
            "jefe",
            "jefa",
            "encargad",
            "gerente",
            "coordenador",
            "coordinador",
            "coordinatore",
            "coordinatrice",
            "caposala",
            "caporeparto",
            "capo",
            "direttore",
            "direttrice",
            "diretor",
            "hoofd",
            "teamleider",
            "leidinggevende",
            "principal investigator",
            "team lead",
        ],
    ),
];

impl Part {
    /// By the title of a person; `None` where no message gives one.
    pub fn of<'a>(person: &Addressee, titles: impl Iterator<Item = &'a Titled>) -> Option<Self> {
        let name = person.name.as_deref()?;
        let title = titles.filter(|t| t.name == name).find_map(|t| t.title.as_deref())?;
        Some(Self::by_title(title))
    }

    /// By a title.
    pub fn by_title(title: &str) -> Self {
        let folded = fold(title);
        let names = |words: &[&str]| words.iter().any(|w| begins_word(&folded, w));
        let found = WORDS.iter().find(|(_, words)| names(words)).map(|(part, _)| *part);
        let leads = || ENDINGS.iter().any(|ending| folded.contains(ending));
        found.or_else(|| leads().then_some(Self::Manager)).unwrap_or(Self::Peer)
    }
}

/// What German and Dutch titles of those who lead end in: "Pflegedienstleitung", "Küchenmeister".
const ENDINGS: [&str; 5] = ["leiter", "leitung", "meister", "direktor", "manager"];

/// Whether a word of the text begins so; a short one ("hr") has to be the whole word.
fn begins_word(folded: &str, word: &str) -> bool {
    folded.match_indices(word).any(|(at, _)| {
        let free = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
        let long = word.chars().count() > 4;
        free(folded[..at].chars().next_back())
            && (long || free(folded[at + word.len()..].chars().next()))
    })
}
