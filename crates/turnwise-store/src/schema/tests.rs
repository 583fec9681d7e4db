//! The schema as a snapshot.
