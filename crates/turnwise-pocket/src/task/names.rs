//! The words that programs are renamed with.

/// Names for parameters.
pub(super) const PARAMETERS: [&str; 32] = [
    "x", "y", "a", "b", "xs", "vals", "data", "items", "num", "k", "key", "p", "q", "lo", "hi", "s", "text",
    "arg", "left", "right", "u", "z", "obj", "seq", "row", "src", "first", "other", "size", "part", "word",
    "g",
];

/// Names for the files that hold the program.
pub(super) const MODULES: [&str; 8] = ["lib", "core", "tools", "calc", "parts", "base", "extra", "store"];

/// Files that have nothing to do with the problem, `(path, text)`.
pub(super) const DISTRACTORS: [(&str, &str); 6] = [
    ("README.md", "# Small tools\n\nRun `python3 check.py` to see what works.\n"),
    ("notes.txt", "todo: names, docs, a second example\n"),
    ("setup.cfg", "[metadata]\nname = small-tools\nversion = 0.1\n"),
    ("old.py", "def unused(x):\n    return x\n"),
    ("demo.py", "print(\"nothing to see here\")\n"),
    ("CHANGES", "0.1 first version\n"),
];
