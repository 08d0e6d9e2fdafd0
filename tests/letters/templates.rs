//! The owner's own templates.
