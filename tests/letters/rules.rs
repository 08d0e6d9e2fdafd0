//! What holds for every letter, in every language, style and kind.
