//! The command `turnwise`: the only place where the parts are put together.
fn main() {}
