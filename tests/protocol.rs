//! The engine: what messages in any order of arrival make of an interview, and each letter once, whatever happens.

mod check_in;
mod faults;
mod headers;
mod itip;
mod letters;
mod once;
mod order;
mod simulation;
mod world;
