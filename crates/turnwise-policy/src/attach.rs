//! What was learned and stands in a file of its own: the key `file` of a rule or of a choice names one, and its table is laid
//! under theirs; that of `[experience]` names a bank, whose text becomes its `records`. Opens no files: who loads the
//! policy brings their texts.

use std::collections::BTreeMap;

use turnwise_toml::{Node, Place, Value};

use crate::{PolicyError, PolicySource, experience, rules};

/// The key that names a file.
const KEY: &str = "file";

impl PolicySource {
    /// The files that its rules and its choice name, as they name them, with `settings` laid over the text: paths that count from
    /// the policy's folder.
    pub fn files(&self, settings: &[String]) -> Vec<String> {
        // A text or a setting that is no TOML names none; reading it says what is wrong.
        let Ok(mut document) = Node::parse(&self.file, &self.text) else { return Vec::new() };
        let readable = settings.iter().all(|setting| document.set(setting).is_ok());
        let Some(Value::Table(tables)) = readable.then_some(document.value) else { return Vec::new() };
        let named = tables.iter().filter_map(|(name, node)| {
            let Value::Table(entries) = &node.value else { return None };
            let (_, node) = entries.iter().find(|(key, _)| key == KEY)?;
            takes_one(name).then(|| node.text().map(str::to_owned))?
        });
        named.collect()
    }
}

/// Whether a table of this name may name a file.
fn takes_one(name: &str) -> bool {
    name == "choice" || name == rules::THINK || name == experience::TABLE || rules::NAMES.contains(&name)
}

/// Lays the files under the tables that name them.
pub(crate) fn files(document: &mut Node, texts: &BTreeMap<String, String>) -> Result<(), PolicyError> {
    let Value::Table(tables) = &mut document.value else { return Ok(()) };
    for (name, node) in tables.iter_mut().filter(|(name, _)| takes_one(name)) {
        let Value::Table(entries) = &mut node.value else { continue };
        let Some(at) = entries.iter().position(|(key, _)| key == KEY) else { continue };
        let (_, named) = entries.remove(at);
        let key = format!("{name}.{KEY}");
        let Some(path) = named.text() else {
            return Err(
                turnwise_toml::wrong(&key, &named, "the path of a file with learned parameters").into()
            );
        };
        let Some(text) = texts.get(path) else {
            return Err(PolicyError::NoFile { place: named.place.clone(), key, path: path.to_owned() });
        };
        if name == experience::TABLE {
            let place = Place { file: path.to_owned(), line: 1 };
            entries.push((experience::RECORDS.to_owned(), Node { place, value: Value::Text(text.clone()) }));
            continue;
        }
        let under = Node::parse(path, text)?;
        let over = std::mem::replace(node, under);
        node.place = over.place.clone();
        node.lay_over(over);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::{PolicySource, PolicySpec};

    #[test]
    fn parameters_come_from_the_file_and_the_policy_has_the_last_word() {
        let text =
            "summary = 's'\n[budget]\nkind = 'unlimited'\n[q_exit]\nfile = 'learned.toml'\nsignal = 'probe'";
        let source = PolicySource { name: "mine".into(), file: "mine.toml".into(), text: text.into() };
        assert_eq!(source.files(&[]), ["learned.toml"]);
        assert_eq!(source.files(&["q_exit.file=other.toml".into()]), ["other.toml"]);
        let parse = |learned: &str| {
            let files = BTreeMap::from([("learned.toml".to_owned(), learned.to_owned())]);
            PolicySpec::parse_with(&source, &[], &files).map_err(|error| error.to_string())
        };
        let inline = text.replace("file = 'learned.toml'", "q = 0.25");
        let inline = PolicySource { text: inline, ..source.clone() };
        let same = PolicySpec::parse(&inline, &[]).unwrap();
        assert_eq!(parse("q = 0.25\nsignal = 'judge'").unwrap().rules, same.rules);
        assert_eq!(
            parse("q = 2").unwrap_err(),
            "learned.toml:1: `q_exit.q` cannot be 2; give it a number between 0 and 1"
        );
        assert_eq!(
            PolicySpec::parse(&source, &[]).unwrap_err().to_string(),
            "mine.toml:5: `q_exit.file` names `learned.toml`, which cannot be read; paths count from the policy's folder"
        );
    }
}
