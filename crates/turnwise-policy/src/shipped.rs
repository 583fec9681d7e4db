//! The policies that come with the program, compiled in. The files in `policies/` are their documentation.

use crate::PolicySource;

/// The shipped policies, in the order in which they are listed.
pub fn shipped() -> Vec<PolicySource> {
    macro_rules! policies {
        ($($name:literal),* $(,)?) => {
            [$(($name, concat!("policies/", $name, ".toml"), include_str!(concat!("../../../policies/", $name, ".toml")))),*]
        };
    }
    policies!["unlimited", "fixed", "fixed-ladder", "dynamic", "dynamic-no-patch", "dynamic-asked", "repeat",]
        .into_iter()
        .map(|(name, file, text)| PolicySource {
            name: name.to_owned(),
            file: file.to_owned(),
            text: text.to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::shipped;
    use crate::PolicySpec;

    #[test]
    fn every_shipped_policy_loads_and_keeps_its_examples() {
        for source in shipped() {
            let spec = PolicySpec::parse(&source, &[]).unwrap_or_else(|error| panic!("{error}"));
            assert!(spec.examples.len() >= 2, "{} should show more", source.name);
            spec.check().unwrap_or_else(|error| panic!("{error}"));
        }
    }
}
