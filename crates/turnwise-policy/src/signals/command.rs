//! What kind of command a shell action is, guessed from its words. A guess: a script may do anything.

/// Whether the command runs tests.
pub(crate) fn is_test(command: &str) -> bool {
    parts(command).any(|words| {
        let has = |word: &str| words.contains(&word);
        let runs = |tool: &str| words.first() == Some(&tool) && has("test");
        let script = words.first().is_some_and(|first| first.starts_with("python") || *first == "sh");
        has("pytest")
            || has("unittest")
            || ["tox", "nosetests", "ctest"].iter().any(|tool| words.first() == Some(tool))
            || ["cargo", "go", "npm", "make", "yarn"].into_iter().any(runs)
            || (script && words.iter().any(|word| names_a_test(word)))
            || words.first().is_some_and(|first| first.starts_with("./") && names_a_test(first))
    })
}

fn names_a_test(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    ["test", "check", "verify"].iter().any(|kind| name.contains(kind)) || name.ends_with("pytest")
}

/// Whether the command only looks.
pub(crate) fn is_look(command: &str) -> bool {
    const LOOKS: [&str; 12] =
        ["cat", "head", "tail", "less", "nl", "ls", "find", "grep", "rg", "pwd", "wc", "tree"];
    let redirects = command.contains('>');
    !redirects
        && parts(command).all(|words| {
            let first = words.first().copied().unwrap_or("cd");
            LOOKS.contains(&first) || first == "cd" || (first == "sed" && words.get(1) == Some(&"-n"))
        })
}

/// Whether this is a step after which an attempt may be done: an edit in place, staging, or a test (EET's key
/// step).
pub(crate) fn is_key_step(command: &str) -> bool {
    let edits = parts(command).any(|words| {
        words.starts_with(&["git", "add"]) || (words.first() == Some(&"sed") && words.contains(&"-i"))
    });
    edits || is_test(command)
}

/// The words that look like paths of files: with a dot that is neither at the beginning nor at the end.
pub(crate) fn paths(command: &str) -> impl Iterator<Item = &str> {
    command
        .split(|c: char| c.is_whitespace() || "\"'`;|&<>()=,".contains(c))
        .filter(|word| !word.starts_with('-'))
        .filter(|word| {
            let name = word.rsplit('/').next().unwrap_or(word);
            name.split_once('.').is_some_and(|(stem, end)| {
                !stem.is_empty() && end.chars().next().is_some_and(char::is_alphabetic)
            })
        })
}

/// The program that a command begins with, behind any `cd`.
pub(crate) fn program(command: &str) -> &str {
    let mut first = parts(command).filter_map(|words| words.first().copied());
    first.find(|word| *word != "cd").unwrap_or("")
}

/// The simple commands in a line, as words.
fn parts(command: &str) -> impl Iterator<Item = Vec<&str>> {
    command
        .split(['\n', ';', '|', '&'])
        .map(|part| {
            let words = part.split_whitespace();
            words.skip_while(|word| word.contains('=') && !word.starts_with('-')).collect::<Vec<_>>()
        })
        .filter(|words| !words.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_apart() {
        for test in [
            "pytest -q",
            "cd a && python3 -m pytest x",
            "python3 check.py",
            "X=1 cargo test",
            "./run_tests.sh",
        ] {
            assert!(is_test(test), "{test}");
        }
        for other in ["cat test_a.py", "ls", "python3 main.py", "echo pass"] {
            assert!(!is_test(other), "{other}");
        }
        assert!(is_look("cd a && cat b.py | head -3") && !is_look("cat a > b") && !is_look("python3 a.py"));
        assert!(
            is_key_step("git add -A") && is_key_step("sed -i s/a/b/ f.py") && !is_key_step("grep -r sed .")
        );
    }

    #[test]
    fn paths_are_words_with_an_ending() {
        let of = |command| paths(command).collect::<Vec<_>>();
        assert_eq!(of("sed -i 's/a/b/' src/f.py && cat './g.txt'"), ["src/f.py", "./g.txt"]);
        assert!(of("ls -la . .. 0.5").is_empty());
        assert_eq!((program("cd a && X=1 grep -r b ."), program("")), ("grep", ""));
    }
}
