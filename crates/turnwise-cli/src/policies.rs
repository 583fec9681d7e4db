//! Where policies come from: a file, `policies/NAME.toml` below the current folder, or the shipped ones.

use std::{collections::BTreeMap, fs, path::Path};

use turnwise_policy::{PolicySource, PolicySpec, shipped, shipped_files};

use crate::{error::Failure, learned};

/// The folder in which policies are looked for.
const FOLDER: &str = "policies";

/// Finds a policy by its name or its file.
pub(crate) fn find(name: &str) -> Result<PolicySource, Failure> {
    if name.ends_with(".toml") {
        return read(Path::new(name));
    }
    let own = Path::new(FOLDER).join(format!("{name}.toml"));
    if own.is_file() {
        return read(&own);
    }
    let shipped = shipped();
    let names: Vec<String> = shipped.iter().map(|source| source.name.clone()).collect();
    shipped.into_iter().find(|source| source.name == name).ok_or_else(|| Failure::NoPolicy {
        name: name.to_owned(),
        advice: format!("there are {}, and any file ending in .toml", names.join(", ")),
    })
}

/// The word for every policy that can be named.
pub(crate) const ALL: &str = "all";

/// The policies of these names, each once; `all` stands for every one that can be named.
pub(crate) fn find_all(names: &[String]) -> Result<Vec<PolicySource>, Failure> {
    let mut sources: Vec<PolicySource> = Vec::new();
    for name in names {
        let named = if name == ALL { all()? } else { vec![find(name)?] };
        for source in named {
            if !sources.iter().any(|known| known.name == source.name) {
                sources.push(source);
            }
        }
    }
    Ok(sources)
}

/// Every policy that can be named: the shipped ones, and those of the folder.
pub(crate) fn all() -> Result<Vec<PolicySource>, Failure> {
    let mut sources = shipped();
    let Ok(entries) = fs::read_dir(FOLDER) else { return Ok(sources) };
    let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    for file in files {
        let own = read(&file)?;
        match sources.iter_mut().find(|source| source.name == own.name) {
            Some(source) => *source = own,
            None => sources.push(own),
        }
    }
    Ok(sources)
}

/// Loads a policy and runs its examples. Settings change the policy after its examples have been checked, as
/// the examples speak of the file.
pub(crate) fn load(source: &PolicySource, settings: &[String]) -> Result<PolicySpec, Failure> {
    let files = files_of(source, settings);
    let mut spec = PolicySpec::parse_with(source, &[], &files)?;
    spec.check()?;
    if !settings.is_empty() {
        spec = PolicySpec::parse_with(source, settings, &files)?;
    }
    learned::attach(source, &mut spec)?;
    Ok(spec)
}

/// The texts of the files with learned parameters that a policy names, with its settings and without them. One that cannot be read is left out: the
/// policy says where it is named.
fn files_of(source: &PolicySource, settings: &[String]) -> BTreeMap<String, String> {
    let folder = Path::new(&source.file).parent().unwrap_or(Path::new(""));
    let named = [source.files(&[]), source.files(settings)].concat();
    if named.is_empty() {
        return BTreeMap::new();
    }
    let shipped = shipped_files();
    let read = |path: String| {
        let own = fs::read_to_string(folder.join(&path)).ok();
        let text = own.or_else(|| shipped.get(&path).cloned())?;
        Some((path, text))
    };
    named.into_iter().filter_map(read).collect()
}

fn read(path: &Path) -> Result<PolicySource, Failure> {
    let text = fs::read_to_string(path).map_err(|source| Failure::File {
        path: path.to_owned(),
        access: "read as a policy",
        source,
    })?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(PolicySource { name, file: path.display().to_string(), text })
}
