//! Fixture checks of the named questions.
