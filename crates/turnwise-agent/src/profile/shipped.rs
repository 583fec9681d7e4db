//! The profiles that come with the program, compiled in. The files in `profiles/` are their documentation.

use super::ProfileSource;

/// The shipped profiles, in the order in which they are listed.
pub fn shipped() -> Vec<ProfileSource> {
    macro_rules! profiles {
        ($($name:literal),* $(,)?) => {
            [$(($name, concat!("profiles/", $name, ".toml"), include_str!(concat!("../../profiles/", $name, ".toml")))),*]
        };
    }
    profiles!["pocket", "mini-text", "mini-xml", "mini-tool", "mini-edit"]
        .into_iter()
        .map(|(name, file, text)| ProfileSource {
            name: name.to_owned(),
            file: file.to_owned(),
            text: text.to_owned(),
        })
        .collect()
}
