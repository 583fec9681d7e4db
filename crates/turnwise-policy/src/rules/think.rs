//! Leaving the thinking of a reply early: at a cue such as "wait", where a probe says that the answer would be as good (LYNX, arXiv
//! 2512.05325; papers.md A2). No rule of turns, as it is decided while the reply is written; it is read like one, and has its threshold
//! calibrated like one: per run, over all cues of all turns.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use turnwise_core::CueProbe;
use turnwise_toml::{Node, Table, Value};

use super::{
    calibrated::{Calibrated, Reading},
    response::Side,
};
use crate::{MadeFor, PolicyError, calibration::Among, read, signals::names};

/// The table.
pub(crate) const TABLE: &str = "think";
/// The cues of LYNX.
const CUES: [&str; 3] = ["wait", "hmm", "alternatively"];

/// When the thinking of a reply is left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Think {
    /// The probe's file, as the policy names it.
    probe: String,
    /// The hash of the probe; `None` while nobody has brought it.
    #[serde(default)]
    hash: Option<String>,
    /// The words that are cues.
    pub cues: Vec<String>,
    #[serde(flatten)]
    calibrated: Calibrated,
    /// Whether it is only recorded where the thinking would have been left.
    pub shadow: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    made_for: Option<MadeFor>,
    #[serde(skip)]
    attached: Attached,
}

/// The probe. Two are alike where they are known by the same hash.
#[derive(Clone, Debug, Default)]
struct Attached(Option<Arc<dyn CueProbe>>);

impl PartialEq for Attached {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_ref().map(|probe| probe.hash()) == other.0.as_ref().map(|probe| probe.hash())
    }
}

impl Think {
    /// Reads the table.
    pub(crate) fn read(document: &mut Table) -> Result<Option<Self>, PolicyError> {
        let Some(node) = document.take(TABLE) else { return Ok(None) };
        let mut table = Table::open(TABLE, node)?;
        let probe =
            table.need("probe", "the file of a probe that `turnwise learn probe` wrote", read::text)?;
        let expected = "a list of words, such as [\"wait\", \"hmm\"]";
        let cues = table.read("cues", expected, words)?.unwrap_or_else(|| CUES.map(str::to_owned).to_vec());
        let reading = Reading { signal: names::THINK_SCORE, fires: Side::Above, among: Among::All };
        let (_, _) = (table.take("signal"), table.take("fires"));
        if table.peek("method").and_then(Node::text) == Some("ltt") {
            return Err(PolicyError::Contradiction {
                place: table.place().clone(),
                what: format!(
                    "`{TABLE}.method` is \"ltt\", whose promise is about the first firing of a run"
                ),
                advice: "take \"pac\": thinking may be left in every reply".to_owned(),
            });
        }
        let calibrated = Calibrated::read(&mut table, &reading)?;
        let shadow = table.read("shadow", "true or false", Node::flag)?.unwrap_or(false);
        let made_for = MadeFor::read(&mut table)?;
        table.close()?;
        let (hash, attached) = (None, Attached::default());
        Ok(Some(Self { probe, hash, cues, calibrated, shadow, made_for, attached }))
    }

    /// The probe's file, as the policy names it.
    pub fn file(&self) -> &str {
        &self.probe
    }

    /// Brings the probe.
    pub fn attach(&mut self, probe: Arc<dyn CueProbe>) {
        self.hash = Some(probe.hash().to_owned());
        self.attached = Attached(Some(probe));
    }

    /// The probe, where it has been brought.
    pub fn probe(&self) -> Option<&Arc<dyn CueProbe>> {
        self.attached.0.as_ref()
    }

    /// Whether the thinking is left where the probe says this.
    pub fn leaves(&self, score: f64) -> bool {
        self.calibrated.passes(score)
    }

    /// What its numbers were made for.
    pub(crate) fn made_for(&self) -> Option<&MadeFor> {
        self.made_for.as_ref()
    }

    /// All that a reply depends on beyond what was said: its probe, threshold and cues.
    pub fn identity(&self) -> String {
        let hash = self.hash.as_deref().unwrap_or_default();
        let way = if self.shadow { "shadow" } else { "live" };
        format!("think:{hash}:{}:{way}:{}", self.calibrated.explain(""), self.cues.join(","))
    }

    /// In words.
    pub(crate) fn explain(&self) -> String {
        let way = if self.shadow { "would leave" } else { "leaves" };
        let cues = self.cues.join("`, `");
        format!(
            "{way} the thinking of a reply behind `{cues}`: {}",
            self.calibrated.explain("the probe's score")
        )
    }
}

/// A list of words, none of them empty.
fn words(node: &Node) -> Option<Vec<String>> {
    let Value::List(items) = &node.value else { return None };
    let words: Vec<String> = items.iter().map(read::text).collect::<Option<_>>()?;
    Some(words).filter(|words| !words.is_empty())
}

#[cfg(test)]
mod tests {
    use crate::{PolicySource, PolicySpec};

    fn parse(think: &str) -> Result<PolicySpec, String> {
        let text = format!("summary = 's'\n[budget]\nkind = 'unlimited'\n[think]\n{think}");
        let source = PolicySource { name: "p".into(), file: "p.toml".into(), text };
        PolicySpec::parse(&source, &[]).map_err(|error| error.to_string())
    }

    #[test]
    fn it_leaves_where_its_threshold_is_passed_and_never_where_there_is_none() {
        let given = parse("probe = 'a.json'\nthreshold = 0.5").unwrap();
        assert!(!given.is_baseline(), "what it thinks is not what an unlimited one thinks");
        let think = given.think.unwrap();
        assert_eq!((think.leaves(0.5), think.leaves(0.51)), (false, true));
        assert_eq!((think.file(), think.cues.len()), ("a.json", 3));
        // Three runs at 0.25: the largest extreme over wrong looks. Two are too few.
        let runs = "[[think.runs]]\ntask = 'a'\nscores = [0.9, 0.4]\nwrong = [false, true]\n\
                    [[think.runs]]\ntask = 'b'\nscores = [0.7]\nwrong = [true]\n";
        let two = parse(&format!("probe = 'a.json'\ndelta = 0.25\n{runs}")).unwrap().think.unwrap();
        assert!(!two.leaves(1.0));
        let third = "[[think.runs]]\ntask = 'c'\nscores = [0.1]\nwrong = [true]";
        let three = parse(&format!("probe = 'a.json'\ndelta = 0.25\n{runs}{third}")).unwrap().think.unwrap();
        assert_eq!((three.leaves(0.7), three.leaves(0.8)), (false, true));
        assert_ne!(two.identity(), three.identity());
    }

    #[test]
    fn in_shadow_it_is_a_baseline_and_mistakes_are_named() {
        assert!(parse("probe = 'a.json'\nthreshold = 0.5\nshadow = true").unwrap().is_baseline());
        let error = parse("threshold = 0.5").unwrap_err();
        assert!(error.contains("think.probe"), "{error}");
        let error = parse("probe = 'a'\nmethod = 'ltt'\nthreshold = 0.5").unwrap_err();
        assert!(error.contains("first firing"), "{error}");
        let error = parse("probe = 'a'\nthreshold = 0.5\ncue = ['x']").unwrap_err();
        assert!(error.contains("cues"), "{error}");
    }
}
