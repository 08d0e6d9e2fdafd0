//! What kind of sender an address or a message is: a person, a machine, a list, a room.

use crate::address::{EmailAddress, Person};
use crate::message::Message;
use crate::message::icalendar::Attendee;

/// Whom a calendar object invites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A human being.
    Person,
    /// A room.
    Room,
    /// Equipment.
    Resource,
    /// A list or a shared address.
    Group,
    /// A note taker or another machine.
    Bot,
}

impl Kind {
    /// As `inspect --json` names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Room => "room",
            Self::Resource => "resource",
            Self::Group => "group",
            Self::Bot => "bot",
        }
    }
}

/// Registered domains at which applicant tracking and scheduling services send for their customers.
const SERVICES: [&str; 72] = [
    "apple.com",
    "applytojob.com",
    "bookings.microsoft.com",
    "easyapply.co",
    "factorialhr.com",
    "hubspot.com",
    "imip.me.com",
    "indeed.com",
    "indeedemail.com",
    "jazzhr.com",
    "jobteaser.com",
    "jobylon.com",
    "microsoft.com",
    "onlyfy.io",
    "outlook.office365.com",
    "personio.com",
    "resumatormail.com",
    "rippling.com",
    "savvycal.com",
    "seek.com.au",
    "softgarden.io",
    "stepstone.de",
    "teams.microsoft.com",
    "tellent.com",
    "tidycal.com",
    "welcomekit.co",
    "xing.com",
    "youcanbook.me",
    "zcal.co",
    "ashbyhq.com",
    "avature.net",
    "bamboohr.com",
    "breezy.hr",
    "breezy-mail.com",
    "cal.com",
    "calendly.com",
    "chilipiper.com",
    "cronofy.com",
    "doodle.com",
    "eightfold.ai",
    "gem.com",
    "goodtime.io",
    "google.com",
    "greenhouse.io",
    "greenhouse-mail.io",
    "hirevue.com",
    "homerun.co",
    "icims.com",
    "jobvite.com",
    "join.com",
    "lever.co",
    "linkedin.com",
    "modernloop.io",
    "myworkday.com",
    "myworkdayjobs.com",
    "oraclecloud.com",
    "paradox.ai",
    "personio.de",
    "pinpointhq.com",
    "prelude.co",
    "recruitee.com",
    "smartrecruiters.com",
    "successfactors.com",
    "taleo.net",
    "teamtailor.com",
    "teamtailor-mail.com",
    "workablemail.com",
    "workable.com",
    "webex.com",
    "ziprecruiter.com",
    "zohorecruit.com",
    "zoom.us",
];

/// Registered domains where anybody has an address: they name no employer.
const FREE_MAIL: [&str; 26] = [
    "aol.com",
    "fastmail.com",
    "free.fr",
    "gmail.com",
    "gmx.de",
    "gmx.net",
    "gmx.com",
    "googlemail.com",
    "hotmail.com",
    "icloud.com",
    "laposte.net",
    "libero.it",
    "live.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "naver.com",
    "orange.fr",
    "outlook.com",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "t-online.de",
    "web.de",
    "yahoo.com",
    "yandex.ru",
];

/// Registered domains of services that join meetings to take notes.
const NOTE_TAKERS: [&str; 16] = [
    "avoma.com",
    "brighthire.ai",
    "brighthire.com",
    "chorus.ai",
    "circleback.ai",
    "fathom.video",
    "fellow.app",
    "fireflies.ai",
    "gong.io",
    "grain.com",
    "metaview.ai",
    "otter.ai",
    "read.ai",
    "sembly.ai",
    "tldv.io",
    "zoom.us",
];

/// Whether the address belongs to a service that sends for employers.
pub fn is_service(address: &EmailAddress) -> bool {
    SERVICES.contains(&address.registered_domain().as_str())
        || address.domain().ends_with("group.calendar.google.com")
        || address.domain().starts_with("calendar.")
}

/// Registered domains, and words of PRODID, of services by which employers track applications: what they send is about one.
const TRACKING: [&str; 33] = [
    "ashby",
    "avature",
    "bamboohr",
    "breezy",
    "eightfold",
    "gem.com",
    "goodtime",
    "greenhouse",
    "hirevue",
    "homerun",
    "icims",
    "jazzhr",
    "jobvite",
    "join.com",
    "lever",
    "modernloop",
    "myworkday",
    "workday",
    "oraclecloud",
    "paradox.ai",
    "personio",
    "pinpointhq",
    "prelude",
    "recruitee",
    "smartrecruiters",
    "successfactors",
    "taleo",
    "teamtailor",
    "workable",
    "applytojob",
    "zohorecruit",
    "jobylon",
    "softgarden",
];

/// Whether an address belongs to a service that tracks applications.
pub fn is_tracking(address: &EmailAddress) -> bool {
    let domain = address.registered_domain();
    is_service(address) && TRACKING.iter().any(|t| domain.starts_with(t))
}

/// The service that tracks applications and sent the message or wrote its calendar object.
pub fn tracking_service(message: &Message) -> Option<String> {
    let from = message.from.as_ref().and_then(|p| p.address.as_ref()).filter(|a| is_tracking(a));
    let product = || {
        message.calendars.iter().filter_map(|c| c.product.as_deref()).find(|product| {
            let product = product.to_lowercase();
            let named =
                |t: &str| product.split(|c: char| !c.is_alphanumeric() && c != '.').any(|w| w == t);
            TRACKING.iter().any(|t| named(t))
        })
    };
    from.map(ToString::to_string).or_else(|| product().map(str::to_owned))
}

/// Whether the domain tells nothing of an employer.
pub fn is_free_mail(address: &EmailAddress) -> bool {
    let domain = address.registered_domain();
    FREE_MAIL.contains(&domain.as_str())
        || domain.starts_with("yahoo.")
        || domain.starts_with("hotmail.")
        || domain.starts_with("live.")
}

/// What the local parts of addresses hold that nobody reads, letters and digits only.
const NO_REPLY: &str = "noreply donotreply nichtantworten keineantwort neparsrepondre nepasrepondre naoresponder \
    naoresponda noresponder noresponda nocontestar nonrispondere nietantwoorden nietbeantwoorden nieodpowiadaj \
    nieodpowiadac svarainte svaraej ejsvar mailerdaemon postmaster bounce";

/// Whether nobody reads mail to this address.
pub fn is_no_reply(address: &EmailAddress) -> bool {
    let local: String =
        address.local().to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    NO_REPLY.split(' ').any(|n| local.contains(n))
        || [
            "notifications",
            "notification",
            "calendarnotification",
            "invitations",
            "alerts",
            "mailer",
        ]
        .contains(&local.as_str())
}

/// Local parts of shared addresses, and of lists, as companies name them.
const SHARED: [&str; 64] = [
    "leitung",
    "sekretariat",
    "segreteria",
    "secretaria",
    "direction",
    "kontakt",
    "verwaltung",
    "praxis",
    "appointments",
    "termine",
    "rezeption",
    "bonjour",
    "webinar",
    "webinars",
    "webinare",
    "newsletter",
    "marketing",
    "sales",
    "booking",
    "bookings",
    "rekrutacja",
    "rekrytering",
    "accounts",
    "admin",
    "all",
    "bewerbung",
    "bewerbungen",
    "board",
    "calendar",
    "candidates",
    "careers",
    "contact",
    "empleo",
    "engineering",
    "events",
    "everyone",
    "frontdesk",
    "hello",
    "help",
    "hiring",
    "hr",
    "human-resources",
    "info",
    "interviews",
    "interview",
    "invites",
    "jobs",
    "karriere",
    "mail",
    "meetings",
    "office",
    "people",
    "personal",
    "reception",
    "recruiting",
    "recruitment",
    "recrutement",
    "scheduling",
    "scheduler",
    "staff",
    "support",
    "talent",
    "talents",
    "team",
];

/// Words in a shared address of several words (`all-engineering`, `data-hiring`).
const SHARED_WORDS: [&str; 24] = [
    "all",
    "everyone",
    "team",
    "hiring",
    "recruiting",
    "interviews",
    "interview",
    "scheduling",
    "panel",
    "careers",
    "jobs",
    "talent",
    "announce",
    "list",
    "recrutement",
    "candidatures",
    "bewerbung",
    "bewerbungen",
    "rekrutacja",
    "rekrytering",
    "recrutamento",
    "seleccion",
    "selezione",
    "kadry",
];

/// What shared addresses of one word end in (`acmecareers`).
const SHARED_ENDS: [&str; 9] = [
    "careers",
    "recruiting",
    "recruitment",
    "jobs",
    "interviews",
    "hiring",
    "talent",
    "karriere",
    "bewerbung",
];

/// Words of the display name of a shared mailbox.
const SHARED_NAMES: [&str; 16] = [
    "careers",
    "recruiting",
    "recruitment",
    "interviews",
    "scheduling",
    "talent team",
    "hiring team",
    "hr team",
    "people team",
    "talent acquisition",
    "human resources",
    "jobs",
    "karriere",
    "personalabteilung",
    "recrutement",
    "team calendar",
];

/// Whether an address is a shared one or a list.
pub fn is_shared(address: &EmailAddress) -> bool {
    let local = address.local().to_lowercase();
    let bare = local.split('+').next().unwrap_or(&local);
    SHARED.contains(&bare)
        || SHARED_ENDS.iter().any(|end| bare.len() > end.len() && bare.ends_with(end))
        || (bare.contains(['-', '_', '.'])
            && bare.split(['-', '_', '.']).any(|w| SHARED_WORDS.contains(&w)))
}

/// What an attendee or organizer is. CUTYPE (RFC 5545 section 3.2.3) is believed where it says something other than a
/// person; generators leave it out or call everybody INDIVIDUAL, so names and addresses are looked at too.
pub fn kind(attendee: &Attendee) -> Kind {
    match attendee.cutype.as_deref() {
        Some("ROOM") => return Kind::Room,
        Some("RESOURCE") => {
            return if looks_like_room(attendee) { Kind::Room } else { Kind::Resource };
        }
        Some("GROUP") => return Kind::Group,
        _ => {}
    }
    let Some(address) = &attendee.address else { return Kind::Person };
    let domain = address.domain().to_lowercase();
    if domain == "resource.calendar.google.com" {
        return Kind::Room;
    }
    if is_bot(attendee.name.as_deref(), address) {
        return Kind::Bot;
    }
    if domain == "group.calendar.google.com" || is_shared(address) || is_no_reply(address) {
        return Kind::Group;
    }
    let name = attendee.name.as_deref().unwrap_or("").to_lowercase();
    if is_service(address) || SHARED_NAMES.iter().any(|shared| name.ends_with(shared)) {
        return Kind::Group;
    }
    if attendee.role.as_deref() == Some("NON-PARTICIPANT") && looks_like_room(attendee) {
        return Kind::Room;
    }
    Kind::Person
}

fn looks_like_room(attendee: &Attendee) -> bool {
    let name = attendee.name.as_deref().unwrap_or("").to_lowercase();
    let local = attendee.address.as_ref().map_or(String::new(), |a| a.local().to_lowercase());
    ["room", "conf-", "raum", "salle", "sala ", "meetingroom", "besprechung", "(vc"]
        .iter()
        .any(|w| name.contains(w) || local.starts_with(w))
        || name.chars().any(|c| c.is_ascii_digit())
}

fn is_bot(name: Option<&str>, address: &EmailAddress) -> bool {
    let name = name.unwrap_or("").to_lowercase();
    NOTE_TAKERS.contains(&address.registered_domain().as_str())
        || [
            "notetaker",
            "note taker",
            "note-taker",
            "ai assistant",
            "recorder bot",
            " bot",
            "recorder",
            "transcri",
        ]
        .iter()
        .any(|w| name.contains(w))
}

/// Whether an address is shared by several people.
pub fn is_shared_person(person: &Person) -> bool {
    let attendee = Attendee {
        name: person.name.clone(),
        address: person.address.clone(),
        ..Attendee::default()
    };
    kind(&attendee) != Kind::Person
}

/// Whether somebody could be written to: an address that a human being reads.
pub fn is_reachable(person: &Person) -> bool {
    person.address.as_ref().is_some_and(|a| !is_no_reply(a) && !is_service(a))
}

/// Whether a person wrote the message by hand: it carries no calendar object, no sign of a machine or a list, and comes
/// from an address that can be answered.
pub fn by_hand(message: &Message) -> bool {
    let Some(from) = message.from.as_ref() else { return false };
    message.calendars.is_empty()
        && message.auto_submitted.is_none()
        && !message.bulk
        && message.sender.is_none()
        && is_reachable(from)
}

/// Words in the names of houses and departments whose trade is filling positions.
const RECRUITERS: &str = "recruit talent staffing personnel careers career jobs headhunt bewerb casting hiring karriere \
    empleo rekryt rekrut personalberat interim emploi emprego trabajo lavoro uitzend bemanning";

/// Whether an address is of a house that fills the positions of others, by its domain.
pub fn is_of_agency(address: &EmailAddress) -> bool {
    let domain = address.registered_domain();
    RECRUITERS.split(' ').any(|w| domain.contains(w))
}

/// Whether an address is one of recruiters, by its own name or its domain's.
pub fn is_of_recruiters(address: &EmailAddress) -> bool {
    let local = address.local().to_lowercase();
    let domain = address.registered_domain();
    let department = local
        .split(['.', '-', '_', '+'])
        .any(|w| matches!(w, "hr" | "rh" | "personal" | "people" | "vacatures" | "rrhh"));
    department || RECRUITERS.split(' ').any(|w| local.contains(w) || domain.contains(w))
}
