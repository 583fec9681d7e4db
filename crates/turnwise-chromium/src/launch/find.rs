//! Where Chromium is on this machine.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use super::ChromiumError;

/// The variable that names the program.
const VARIABLE: &str = "TURNWISE_CHROMIUM";
/// Names of the program, in the order of preference.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Chromium's program: what `TURNWISE_CHROMIUM` names, else the first of `chromium`, `chromium-browser` and
/// `google-chrome` on `PATH`.
///
/// # Errors
/// When there is none.
pub fn find_chromium() -> Result<PathBuf, ChromiumError> {
    look(env::var_os(VARIABLE).map(PathBuf::from), &env::var_os("PATH").unwrap_or_default())
}

fn look(named: Option<PathBuf>, path: &std::ffi::OsStr) -> Result<PathBuf, ChromiumError> {
    if let Some(named) = named.filter(|named| !named.as_os_str().is_empty()) {
        return match is_program(&named) {
            true => Ok(named),
            false => Err(ChromiumError::NotFound {
                looked: format!("{VARIABLE} names {}, which is no program", named.display()),
            }),
        };
    }
    let folders: Vec<_> = env::split_paths(path).collect();
    let files = NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let mut found = files.filter(|file| is_program(file));
    found.next().ok_or_else(|| ChromiumError::NotFound { looked: format!("no {} on PATH", NAMES.join(", ")) })
}

fn is_program(file: &Path) -> bool {
    file.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// What the browser has to read beside `/usr`: its own folder, if that is elsewhere, and which fonts there are.
pub(crate) fn folders_of(program: &Path) -> Vec<PathBuf> {
    let real = fs::canonicalize(program).unwrap_or_else(|_| program.to_owned());
    let own = real.parent().filter(|folder| !folder.starts_with("/usr") && *folder != Path::new("/"));
    let fonts = ["/etc/fonts", "/var/cache/fontconfig", "/etc/chromium.d"].map(PathBuf::from);
    own.map(Path::to_owned).into_iter().chain(fonts.into_iter().filter(|folder| folder.is_dir())).collect()
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsStr, path::PathBuf};

    use super::look;

    #[test]
    fn what_is_missing_is_said_with_the_package() {
        let error = look(None, OsStr::new("/nowhere")).unwrap_err().to_string();
        assert!(error.contains("install the package chromium"), "{error}");
        let error = look(Some(PathBuf::from("/nowhere/chrome")), OsStr::new("/usr/bin")).unwrap_err();
        assert!(error.to_string().contains("/nowhere/chrome"), "{error}");
        assert_eq!(look(Some(PathBuf::from("/bin/sh")), OsStr::new("")).unwrap(), PathBuf::from("/bin/sh"));
    }
}
