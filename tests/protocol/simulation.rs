//! A month of a mailbox, made up by chance from a seed: several companies, an owner at work in a second client, a server that
//! loses answers, stores late or twice, shows things late and renumbers them, and a daemon that is killed, suspended, and
//! given a wrong clock. Every promise is checked at every step, from what was true and not from what the engine thinks.
//!
//! `AFTERWORD_SEED=N` plays one seed and prints what happens; `AFTERWORD_SEEDS=N` sets how many are tried.

mod chance;
mod daemon;
mod mailbox;
mod month;
mod owner;
mod promises;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;

use afterword::engine::{Engine, Setup};
use afterword::folder::{Position, Role};
use afterword::ledger::Ledger;
use jiff::Timestamp;

use chance::Chance;
use daemon::{Loss, Stored};
use mailbox::{Copy, Folder, Shelf};
use month::{DAY, HOUR, MINUTE, Process, Seconds, Step};
use promises::{Letter, Own};

/// A moment, in seconds since the month began.
pub fn moment(seconds: Seconds) -> Timestamp {
    Timestamp::from_second(1_772_323_200 + seconds).unwrap()
}

/// The seconds of a moment.
pub fn seconds(moment: Timestamp) -> Seconds {
    moment.as_second() - 1_772_323_200
}

/// A moment as a Date field has it.
pub fn date(seconds: Seconds) -> String {
    moment(seconds).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// What happens by itself.
#[derive(Debug)]
enum Event {
    Arrive(Role, Seconds, Rc<Vec<u8>>),
    /// The server stores what a cut APPEND left on its way.
    StoreLate(Copy),
    /// The owner comes upon a letter.
    Find(usize),
    /// The owner writes to a person, at once or in a draft.
    Write {
        process: usize,
        person: usize,
        draft: bool,
    },
    /// The owner sends or throws away a draft of their own.
    Finish {
        id: String,
        send: bool,
    },
    Renumber(Role),
    /// From now on, or no longer, commands fail.
    Storm(bool),
    /// The clock is wrong by so much.
    Clock(Seconds),
    /// Nobody is awake for so long.
    Sleep(Seconds),
    Restart(Loss),
    /// A quiet hour, at whose end everything must be at rest.
    Rest,
}

/// The month.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Simulation {
    chance: Chance,
    now: Seconds,
    /// How wrong the daemon's clock is.
    wrong: Seconds,
    events: BTreeMap<(Seconds, usize), Event>,
    scheduled: usize,
    processes: Vec<Process>,
    inbox: Folder,
    sent: Folder,
    drafts: Shelf,
    letters: Vec<Letter>,
    /// Their bytes.
    texts: Vec<Rc<Vec<u8>>>,
    own: Vec<Own>,
    setup: Arc<Setup>,
    engine: Engine,
    /// What would survive the power.
    stored: Stored,
    /// What was put into the store and not flushed.
    pending: Vec<daemon::Change>,
    /// When the daemon's last round began, in truth and by its own clock.
    began: Seconds,
    since: Timestamp,
    /// One command of so many fails in a storm; `None` in a calm.
    storm: bool,
    fails: u64,
    tells_uid: bool,
    /// Nothing happens by itself now.
    hold: bool,
    /// A round is under way, and whether the process is to be killed in it.
    busy: bool,
    killed: Option<Loss>,
    /// Prints what happens.
    verbose: bool,
    /// What was done so far: a test that the simulation does what it is for.
    pub counts: Counts,
}

/// How often things happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub appends: u64,
    pub withdrawals: u64,
    pub stars: u64,
    pub faults: u64,
    pub restarts: u64,
    pub rests: u64,
    pub decisions: u64,
    pub rounds: u64,
}

impl Simulation {
    fn new(seed: u64, setup: &Arc<Setup>, verbose: bool) -> Self {
        let mut chance = Chance::new(seed);
        let fails = [8, 15, 30, 100][usize::try_from(chance.below(4)).unwrap()];
        let (moves, tells_uid) = (!chance.once_in(4), !chance.once_in(3));
        let shelf = Shelf {
            position: Position { uid_validity: 100, uid_next: 2 },
            copies: Vec::new(),
            bin: Vec::new(),
            moves,
        };
        let mut new = Self {
            chance,
            now: 0,
            wrong: 0,
            events: BTreeMap::new(),
            scheduled: 0,
            processes: Vec::new(),
            inbox: Folder::new(300),
            sent: Folder::new(500),
            drafts: shelf,
            letters: Vec::new(),
            texts: Vec::new(),
            own: Vec::new(),
            engine: Engine::new(Arc::clone(setup), BTreeMap::new(), Ledger::default()),
            setup: Arc::clone(setup),
            stored: Stored::default(),
            pending: Vec::new(),
            began: 0,
            since: moment(0),
            storm: false,
            fails,
            tells_uid,
            hold: false,
            busy: false,
            killed: None,
            verbose,
            counts: Counts::default(),
        };
        new.script();
        new
    }

    /// Everything that is to happen in this month, as far as it is no answer to what the daemon does.
    fn script(&mut self) {
        let processes = usize::try_from(self.chance.between(1, 4)).unwrap();
        for number in 0..processes {
            let process = month::process(number, &mut self.chance);
            for version in &process.versions {
                let role =
                    if matches!(version.step, Step::Reply(_)) { Role::Sent } else { Role::Inbox };
                let bytes = Rc::new(process.mail(version));
                self.at(version.shown, Event::Arrive(role, version.sent, Rc::clone(&bytes)));
                if self.chance.once_in(6) {
                    let again = version.shown + self.chance.between(1, DAY);
                    self.at(again, Event::Arrive(role, again, bytes));
                }
                if self.chance.once_in(8) {
                    let person = usize::try_from(self.chance.below(3)).unwrap();
                    let when = version.end + self.chance.between(1, 3 * HOUR);
                    let draft = self.chance.once_in(2);
                    self.at(when, Event::Write { process: number, person, draft });
                }
                self.trouble(version.end + 15 * MINUTE);
                let rest = version.end + self.chance.between(2 * HOUR, 22 * HOUR);
                self.at(rest, Event::Rest);
            }
            self.say(&format!("{process:?}"));
            self.processes.push(process);
        }
        self.at(32 * DAY, Event::Rest);
    }

    /// What goes wrong around the moment when something falls due.
    fn trouble(&mut self, due: Seconds) {
        let around = |chance: &mut Chance| due + chance.between(-20, 60) * MINUTE;
        if self.chance.once_in(2) {
            let from = due - self.chance.between(0, 30) * MINUTE;
            self.at(from, Event::Storm(true));
            let until = due + self.chance.between(1, 90) * MINUTE;
            self.at(until, Event::Storm(false));
        }
        for _ in 0..self.chance.below(3) {
            let when = around(&mut self.chance);
            let event = match self.chance.below(12) {
                0..=3 => {
                    Event::Sleep(self.chance.between(1, 10) * self.chance.between(MINUTE, HOUR))
                }
                4..=6 => Event::Restart(Loss::Unflushed),
                7 => Event::Restart(Loss::Database),
                8 => Event::Restart(Loss::Everything),
                9 => Event::Renumber(
                    [Role::Inbox, Role::Sent, Role::Drafts]
                        [usize::try_from(self.chance.below(3)).unwrap()],
                ),
                _ => {
                    let wrong = [-3 * HOUR, 2 * HOUR, -600 * DAY, 500 * DAY, 7 * MINUTE];
                    Event::Clock(wrong[usize::try_from(self.chance.below(5)).unwrap()])
                }
            };
            if matches!(event, Event::Clock(_)) {
                let right = when + self.chance.between(1, 40) * MINUTE;
                self.at(right, Event::Clock(0));
            }
            self.at(when, event);
        }
    }

    fn at(&mut self, when: Seconds, event: Event) {
        self.scheduled += 1;
        self.events.insert((when.max(self.now), self.scheduled), event);
    }

    fn clock(&self) -> Timestamp {
        moment(self.now + self.wrong)
    }

    /// Plays the month to its end.
    fn play(&mut self) {
        while let Some(((event, _), _)) = self.events.first_key_value() {
            let wake = self.engine.wake(self.since).map(|w| seconds(w) - self.wrong);
            let noticed = event + self.chance.between(0, 5 * MINUTE);
            self.advance(wake.map_or(noticed, |w| w.clamp(self.now, noticed.max(self.now))));
            self.live();
        }
    }

    /// Time passes, and what is to happen until then happens.
    fn advance(&mut self, to: Seconds) {
        while !self.hold
            && let Some(entry) = self.events.first_entry()
            && entry.key().0 <= to
        {
            self.now = self.now.max(entry.key().0);
            let event = entry.remove();
            self.happen(event);
        }
        self.now = self.now.max(to);
    }

    fn happen(&mut self, event: Event) {
        match &event {
            Event::Arrive(role, ..) => self.say(&format!("a mail for {role:?}")),
            other => self.say(&format!("{other:?}")),
        }
        match event {
            Event::Arrive(role, arrived, bytes) => {
                let folder = if role == Role::Sent { &mut self.sent } else { &mut self.inbox };
                folder.deliver(arrived, bytes);
            }
            Event::StoreLate(copy) => {
                let shown = self.now;
                self.drafts.put(Copy { shown, ..copy });
            }
            Event::Find(letter) => self.find(letter),
            Event::Write { process, person, draft } => {
                self.write(process, person, draft);
            }
            Event::Finish { id, send } => self.finish(&id, send),
            Event::Renumber(Role::Inbox) => self.inbox.renumber(),
            Event::Renumber(Role::Sent) => self.sent.renumber(),
            Event::Renumber(_) => self.drafts.renumber(),
            Event::Storm(on) => self.storm = on,
            Event::Clock(wrong) => self.wrong = wrong,
            Event::Sleep(time) => self.now += time,
            Event::Restart(loss) if self.busy => self.killed = Some(loss),
            Event::Restart(loss) => self.restart(loss),
            Event::Rest if self.busy => self.at(self.now + HOUR, Event::Rest),
            Event::Rest => self.rest(),
        }
    }

    #[expect(clippy::print_stdout, reason = "a seed that is played shows what happens")]
    fn say(&self, what: &str) {
        if self.verbose {
            println!("{} {what}", moment(self.now));
        }
    }

    /// An hour and a quarter without a fault, in which the owner and the world go on; then nothing happens any more, and
    /// everything must come to rest.
    fn rest(&mut self) {
        // What is to be shown in that time would come too late.
        let mut soon = self.events.range(..(self.now + 2 * HOUR, 0));
        let soon = soon.any(|(_, e)| !matches!(e, Event::Rest));
        if self.wrong != 0 || soon {
            self.at(self.now + HOUR / 2, Event::Rest);
            return;
        }
        let storm = std::mem::take(&mut self.storm);
        self.hold = true;
        let end = self.now + 75 * MINUTE;
        while self.now < end {
            let wake = self.engine.wake(self.since).map_or(end, seconds);
            self.advance(wake.max(self.now + MINUTE).min(end));
            self.live();
        }
        let since = self.now;
        for _ in 0..3 {
            self.advance(self.now + 11 * MINUTE);
            self.live();
        }
        self.hold = false;
        self.counts.rests += 1;
        let on_its_way = |e: &Event| matches!(e, Event::StoreLate(_));
        if !self.events.values().any(on_its_way) {
            self.at_rest(since);
        }
        self.storm = storm;
    }
}

/// Plays a range of seeds; the first that breaks a promise is printed, with how to play it again.
#[expect(clippy::print_stdout, reason = "the number of seeds, and what happened in them")]
fn seeds(part: u64) {
    let setup = Arc::new(super::world::setup());
    let number = |name: &str| std::env::var(name).ok().and_then(|v| v.parse::<u64>().ok());
    if let Some(seed) = number("AFTERWORD_SEED") {
        Simulation::new(seed, &setup, true).play();
        return;
    }
    let each = number("AFTERWORD_SEEDS").unwrap_or(1000) / PARTS;
    let mut total = Counts::default();
    for seed in part * each..(part + 1) * each {
        let result = std::panic::catch_unwind(AssertUnwindSafe(|| {
            let mut month = Simulation::new(seed, &setup, false);
            month.play();
            month.counts
        }));
        let Ok(counts) = result else { panic!("seed {seed}: play it with AFTERWORD_SEED={seed}") };
        total.add(&counts);
    }
    println!("{each} seeds: {total:?}");
    if each >= 100 {
        total.assert_busy(each);
    }
}

impl Counts {
    fn add(&mut self, other: &Self) {
        self.appends += other.appends;
        self.withdrawals += other.withdrawals;
        self.stars += other.stars;
        self.faults += other.faults;
        self.restarts += other.restarts;
        self.rests += other.rests;
        self.decisions += other.decisions;
        self.rounds += other.rounds;
    }

    /// A simulation in which nothing happens shows nothing.
    fn assert_busy(&self, seeds: u64) {
        assert!(self.appends > 3 * seeds && self.faults > seeds, "{self:?}");
        assert!(self.withdrawals >= seeds / 8 && self.stars >= seeds / 20, "{self:?}");
        assert!(self.decisions > seeds && self.rests > 2 * seeds, "{self:?}");
    }
}

const PARTS: u64 = 4;

#[test]
fn a_month_of_any_seed_keeps_every_promise_1() {
    seeds(0);
}

#[test]
fn a_month_of_any_seed_keeps_every_promise_2() {
    seeds(1);
}

#[test]
fn a_month_of_any_seed_keeps_every_promise_3() {
    seeds(2);
}

#[test]
fn a_month_of_any_seed_keeps_every_promise_4() {
    seeds(3);
}
