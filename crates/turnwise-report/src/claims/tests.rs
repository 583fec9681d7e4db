//! The claims on made-up runs of which the answers are known.
