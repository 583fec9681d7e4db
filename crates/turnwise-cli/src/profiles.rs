//! Where profiles come from: a file, the shipped ones, or the model itself.

use std::{fs, path::Path, sync::Arc};

use turnwise_agent::{Profile, ProfileSource, shipped_profiles};
use turnwise_core::Model;

use crate::{error::Failure, options::ModelOptions};

/// Models that write plain commands, whatever they are told.
const PLAIN: [&str; 2] = ["gold", "nop"];

/// The profile that `model` is run with: the one that the options name, or else its own.
pub(crate) fn of_model(options: &ModelOptions, model: &dyn Model) -> Result<Arc<Profile>, Failure> {
    Ok(Arc::new(Profile::load(&source_of(options, model)?)?))
}

/// The file of that profile, unread.
pub(crate) fn source_of(options: &ModelOptions, model: &dyn Model) -> Result<ProfileSource, Failure> {
    let info = model.info();
    match (&options.profile, model.own_profile()) {
        (Some(_), _) if PLAIN.contains(&info.spec.as_str()) => {
            let message = format!("model `{}` writes plain commands; leave `--profile` out", info.spec);
            Err(Failure::Usage { message })
        }
        (Some(name), _) => find(name),
        (None, Some(text)) => Ok(ProfileSource {
            name: info.profile.clone(),
            file: format!("{} of {}", info.profile, info.spec),
            text: text.to_owned(),
        }),
        (None, None) => shipped(&info.profile)
            .ok_or_else(|| Failure::ModelProfile { model: info.name.clone(), profile: info.profile.clone() }),
    }
}

/// Whether every turnwise has this profile.
pub(crate) fn is_shipped(source: &ProfileSource) -> bool {
    shipped(&source.name).is_some_and(|known| known.text == source.text)
}

/// Finds a profile by its name or its file.
pub(crate) fn find(name: &str) -> Result<ProfileSource, Failure> {
    if !name.ends_with(".toml") {
        return shipped(name).ok_or_else(|| Failure::NoProfile { name: name.to_owned(), advice: advice() });
    }
    let path = Path::new(name);
    let text = fs::read_to_string(path).map_err(|source| Failure::File {
        path: path.to_owned(),
        access: "read as a profile",
        source,
    })?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(ProfileSource { name: stem, file: path.display().to_string(), text })
}

fn shipped(name: &str) -> Option<ProfileSource> {
    shipped_profiles().into_iter().find(|source| source.name == name)
}

fn advice() -> String {
    let names: Vec<String> = shipped_profiles().into_iter().map(|source| source.name).collect();
    format!("there are {}, and any file ending in .toml", names.join(", "))
}
