//! The forms in which test programs say what passed.
//!
//! Names and repositories are those of the `swebench` package 5.0.2 (PyPI), `harness/log_parsers/python.py`: an instance names
//! its parser (`parse_log_pytest`), or its repository decides.

/// How the output of a task's tests is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TestLog {
    /// `PASS <id>` and `FAIL <id>`, one a line.
    #[default]
    Lines,
    /// The short summary of `pytest -rA`; an id ends at its first blank.
    Pytest,
    /// The same, where a path among the parameters is cut to its last part.
    PytestOptions,
    /// The same with blanks in ids, colours, and the status at a line's end.
    PytestWide,
    /// Django's `runtests.py --verbosity 2`.
    Django,
    /// SymPy's `bin/test -C --verbose`.
    Sympy,
    /// `pytest -rA` or `pytest -v`, as seaborn's versions need it.
    Seaborn,
    /// `pytest -rA`, with enumeration members by their values.
    Matplotlib,
    /// `python3 -m unittest -v`; ids are dotted, as unittest takes them.
    Unittest,
}

impl TestLog {
    /// The form of this name: ours, or what SWE-bench calls its parser.
    pub fn named(name: &str) -> Option<Self> {
        let own = name.strip_prefix("parse_log_").unwrap_or(name);
        Some(match own {
            "lines" => Self::Lines,
            "pytest" | "astroid" | "flask" | "marshmallow" | "pvlib" | "pyvista" | "sqlfluff" | "xarray" => {
                Self::Pytest
            }
            "pytest_options" | "pydicom" | "requests" | "pylint" => Self::PytestOptions,
            "pytest_v2" | "astropy" | "scikit" | "sphinx" => Self::PytestWide,
            "django" => Self::Django,
            "sympy" => Self::Sympy,
            "seaborn" => Self::Seaborn,
            "matplotlib" => Self::Matplotlib,
            "unittest" => Self::Unittest,
            _ => return None,
        })
    }

    /// The form that a repository of SWE-bench's uses.
    pub fn of_repository(repo: &str) -> Option<Self> {
        Self::named(match repo {
            "scikit-learn/scikit-learn" => "scikit",
            "sphinx-doc/sphinx" => "sphinx",
            "marshmallow-code/marshmallow" => "marshmallow",
            "pvlib/pvlib-python" => "pvlib",
            "pytest-dev/pytest" => "pytest",
            "mwaskom/seaborn" => "seaborn",
            "astropy/astropy"
            | "django/django"
            | "matplotlib/matplotlib"
            | "pallets/flask"
            | "psf/requests"
            | "pydata/xarray"
            | "pydicom/pydicom"
            | "pylint-dev/astroid"
            | "pylint-dev/pylint"
            | "pyvista/pyvista"
            | "sqlfluff/sqlfluff"
            | "sympy/sympy" => repo.split_once('/').map_or(repo, |(_, name)| name),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parsers_go_by_their_names_and_repositories() {
        assert_eq!(TestLog::named("parse_log_pydicom"), Some(TestLog::PytestOptions));
        assert_eq!(TestLog::named("unittest"), Some(TestLog::Unittest));
        assert_eq!(TestLog::named("parse_log_cobol"), None);
        assert_eq!(TestLog::of_repository("sympy/sympy"), Some(TestLog::Sympy));
        assert_eq!(TestLog::of_repository("pvlib/pvlib-python"), Some(TestLog::Pytest));
        assert_eq!(TestLog::of_repository("me/mine"), None);
    }
}
