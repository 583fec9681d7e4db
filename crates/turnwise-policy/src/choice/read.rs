//! Reads `[choice]`.

use regex::Regex;
use turnwise_toml::{Node, Table, Value, wrong};

use super::{
    Choice, Chooser,
    bandit::{Bandit, Cost, Way},
    hedge::Hedge,
    learned::{FEATURES, LABEL, Learned},
    route::Route,
    router::Router,
};
use crate::{
    PolicyError,
    read::{text, whole_u32},
};

/// Trials in a block when the file does not say.
const BLOCK: u32 = 10;
const ETA: f64 = 0.3;
const LAMBDA: f64 = 1.0;
const EXPLORE: f64 = 0.05;

/// The kinds, as the file names them.
const KINDS: [(&str, Kind); 3] =
    [("router", Kind::Router), ("thompson", Kind::Thompson), ("hedge", Kind::Hedge)];

/// What belongs to a policy that has turns of its own, which a choice has not.
const OF_ARMS: [&str; 6] = ["budget", "limits", "texts", "context", "gate", "attempts"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Router,
    Thompson,
    Hedge,
}

impl Choice {
    /// Reads `[choice]` out of a policy; `None` is a policy that is run as it is.
    pub(crate) fn read(document: &mut Table) -> Result<Option<Self>, PolicyError> {
        let Some(node) = document.take("choice") else { return Ok(None) };
        if let Some((key, node)) = OF_ARMS.iter().find_map(|key| Some((key, document.peek(key)?))) {
            return Err(PolicyError::Contradiction {
                place: node.place.clone(),
                what: format!(
                    "a policy with `[choice]` has no `{key}` of its own, as its trials run under its arms"
                ),
                advice: "put it into the files of the arms".to_owned(),
            });
        }
        let mut table = Table::open("choice", node)?;
        let kind = table.need("kind", "\"router\", \"thompson\" or \"hedge\"", |node| {
            let word = node.text()?;
            KINDS.iter().find(|(known, _)| *known == word).map(|(_, kind)| *kind)
        })?;
        let arms = table.need("arms", "a list of the names of at least two policies, each once", names)?;
        let chooser = match kind {
            Kind::Router => Chooser::Router(router(&mut table, &arms)?),
            Kind::Thompson | Kind::Hedge => Chooser::Bandit(bandit(&mut table, kind)?),
        };
        table.close()?;
        Ok(Some(Self { arms, chooser }))
    }
}

fn router(table: &mut Table, arms: &[String]) -> Result<Router, PolicyError> {
    let routes = match table.take("route") {
        None => Vec::new(),
        Some(Node { value: Value::List(items), .. }) => {
            items.into_iter().map(|item| route(item, arms)).collect::<Result<_, _>>()?
        }
        Some(node) => {
            return Err(
                wrong("choice.route", &node, "one or more tables, each headed `[[choice.route]]`").into()
            );
        }
    };
    let learned = table.take("learned").map(|node| learned(node, arms)).transpose()?;
    if routes.is_empty() && learned.is_none() {
        return Err(PolicyError::Contradiction {
            place: table.place().clone(),
            what: "every task goes the same way, as there is no `[[choice.route]]` and no `[choice.learned]`"
                .to_owned(),
            advice: "add one, or name the one policy instead of this".to_owned(),
        });
    }
    let otherwise = table.need("otherwise", &one_of(arms), |node| place(node, arms))?;
    Ok(Router { routes, learned, otherwise })
}

fn route(node: Node, arms: &[String]) -> Result<Route, PolicyError> {
    let mut table = Table::open("choice.route", node)?;
    let mut route =
        Route { arm: table.need("policy", &one_of(arms), |node| place(node, arms))?, ..Route::default() };
    route.suite = table.read("suite", "the name of a suite", text)?;
    let pattern = |node: &Node| text(node).filter(|pattern| Regex::new(pattern).is_ok());
    route.task = table.read("task", "a regular expression for ids of tasks", pattern)?;
    let labels = "a table of labels and their values such as { bugs = \"1\" }";
    route.labels = table.read("labels", labels, labels_of)?.unwrap_or_default();
    let chars = "a number of characters";
    route.statement_from = table.read("statement_from", chars, whole_u32)?;
    route.statement_to = table.read("statement_to", chars, whole_u32)?;
    let place = table.place().clone();
    table.close()?;
    let advice = if route.is_empty() {
        "a route without a condition takes every task; give it one, or say it with `otherwise`"
    } else if route.statement_from.zip(route.statement_to).is_some_and(|(least, most)| least > most) {
        "no statement has as few and as many characters; exchange `statement_from` and `statement_to`"
    } else {
        return Ok(route);
    };
    let (what, advice) = advice.split_once("; ").unwrap_or((advice, ""));
    Err(PolicyError::Contradiction { place, what: what.to_owned(), advice: advice.to_owned() })
}

fn learned(node: Node, arms: &[String]) -> Result<Learned, PolicyError> {
    let mut table = Table::open("choice.learned", node)?;
    let known = FEATURES.map(|(name, _)| name);
    let expected = format!("a list of features: {} and \"{LABEL}NAME\"", known.join(", "));
    let features = table.need("features", &expected, |node| {
        let names = texts(node)?;
        let all = names.iter().all(|name| name.starts_with(LABEL) || known.contains(&name.as_str()));
        (all && !names.is_empty()).then_some(names)
    })?;
    let count = features.len();
    let each = format!("a list of {count} numbers, one for each feature");
    let mean = table.read("mean", &each, |node| numbers(node, count))?.unwrap_or_else(|| vec![0.0; count]);
    let positive =
        |node: &Node| numbers(node, count).filter(|scales| scales.iter().all(|scale| *scale > 0.0));
    let above = format!("a list of {count} numbers above 0, one for each feature");
    let scale = table.read("scale", &above, positive)?.unwrap_or_else(|| vec![1.0; count]);
    let expected = format!(
        "a table with a list of {} numbers for each arm: the constant, then the weight of each feature",
        count + 1
    );
    let weights = table.need("weights", &expected, |node| weights(node, arms, count + 1))?;
    let share = |node: &Node| node.number().filter(|share| (0.0..=1.0).contains(share));
    let sure = table.read("sure", "a probability between 0 and 1", share)?.unwrap_or(0.0);
    table.close()?;
    Ok(Learned { features, mean, scale, weights, sure })
}

/// The weights of each arm, in the order of the arms.
fn weights(node: &Node, arms: &[String], count: usize) -> Option<Vec<Vec<f64>>> {
    let Value::Table(entries) = &node.value else { return None };
    let of = |arm: &String| {
        let (_, node) = entries.iter().find(|(name, _)| name == arm)?;
        numbers(node, count)
    };
    (entries.len() == arms.len()).then(|| arms.iter().map(of).collect())?
}

fn bandit(table: &mut Table, kind: Kind) -> Result<Bandit, PolicyError> {
    let from_one = |node: &Node| whole_u32(node).filter(|number| *number > 0);
    let block = table.read("block", "a number of trials, from 1", from_one)?.unwrap_or(BLOCK);
    let place = table.peek("settle").map(|node| node.place.clone());
    let settle = table.read("settle", "a number of trials", whole_u32)?.unwrap_or(0);
    if let Some(place) = place.filter(|_| settle >= block) {
        return Err(PolicyError::Contradiction {
            place,
            what: format!(
                "nothing is left to judge by, as `choice.settle = {settle}` leaves out whole blocks of {block}"
            ),
            advice: "make `settle` less or `block` more".to_owned(),
        });
    }
    let costs = [("tokens", Cost::Tokens), ("turns", Cost::Turns)];
    let cost = table.word("cost", &costs)?.unwrap_or(Cost::Tokens);
    let seed = table.read("seed", "a whole number, not negative", |node| node.whole()?.try_into().ok())?;
    let way = match kind {
        Kind::Router | Kind::Thompson => Way::Thompson,
        Kind::Hedge => Way::Hedge(hedge(table)?),
    };
    Ok(Bandit { way, block: block as usize, settle: settle as usize, cost, seed: seed.unwrap_or(0) })
}

fn hedge(table: &mut Table) -> Result<Hedge, PolicyError> {
    let above = |node: &Node| node.number().filter(|number| *number > 0.0);
    let least = |node: &Node| node.number().filter(|number| *number >= 0.0);
    let share = |node: &Node| above(node).filter(|share| *share <= 1.0);
    Ok(Hedge {
        eta: table.read("eta", "a number above 0", above)?.unwrap_or(ETA),
        lambda: table.read("lambda", "a number of at least 0", least)?.unwrap_or(LAMBDA),
        explore: table.read("explore", "a number above 0 and at most 1", share)?.unwrap_or(EXPLORE),
    })
}

fn one_of(arms: &[String]) -> String {
    format!("one of `choice.arms`: {}", arms.join(", "))
}

/// The place of an arm.
pub(super) fn place(node: &Node, arms: &[String]) -> Option<usize> {
    let name = node.text()?;
    arms.iter().position(|arm| arm == name)
}

fn names(node: &Node) -> Option<Vec<String>> {
    let names = texts(node)?;
    let once = names.iter().enumerate().all(|(at, name)| !names[..at].contains(name));
    (names.len() >= 2 && once).then_some(names)
}

fn texts(node: &Node) -> Option<Vec<String>> {
    let Value::List(items) = &node.value else { return None };
    items.iter().map(text).collect()
}

fn numbers(node: &Node, count: usize) -> Option<Vec<f64>> {
    let Value::List(items) = &node.value else { return None };
    let numbers: Vec<f64> = items.iter().map(Node::number).collect::<Option<_>>()?;
    (numbers.len() == count).then_some(numbers)
}

/// Labels and their values; a number stands for its text.
pub(super) fn labels_of(node: &Node) -> Option<Vec<(String, String)>> {
    let Value::Table(entries) = &node.value else { return None };
    let label = |(name, node): &(String, Node)| {
        let value = node.text().map(str::to_owned).or_else(|| Some(node.whole()?.to_string()))?;
        Some((name.clone(), value))
    };
    entries.iter().map(label).collect()
}
