//! Policies that choose among others.

use std::fs;

use serde_json::json;

use crate::place::{Place, TASKS};

const ARMS: &str = "SELECT task, seed, arm, chosen_by, solved, turns FROM v_arms ORDER BY seed, task";

/// The toy suite with a policy `mine` that chooses among three, of which one needs a baseline.
fn place(choice: &str) -> Place {
    let place = Place::new("sleep 0.01; ls");
    let text = format!("summary = 's'\n[choice]\narms = ['unlimited', 'dynamic-asked', 'repeat']\n{choice}");
    fs::write(place.path("mine.toml"), text).unwrap();
    place
}

#[test]
fn blocks_are_chosen_alike_whatever_the_workers_and_the_cuts() {
    for kind in ["thompson", "hedge"] {
        let choice = format!("kind = '{kind}'\nblock = 2");
        let line = "compare --policies unlimited,mine.toml --seeds 3 -q --set sampling.temperature=0.7";
        let whole = place(&choice);
        let ran = whole.turnwise(&whole.scripted(&format!("{line} -w 1")));
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let arms = whole.ask(ARMS);
        assert_eq!(arms.len(), 3 * TASKS);
        // Two trials of a block have one arm, and not all blocks the same.
        let blocks = "SELECT count(DISTINCT chosen_by), count(DISTINCT chosen_by || arm), min(n), count(DISTINCT arm) > 1 FROM \
                      (SELECT chosen_by, arm, count(*) OVER (PARTITION BY chosen_by) AS n FROM v_arms)";
        assert_eq!(whole.ask(blocks), ["9,9,2,1"], "{kind}");
        let policies = whole.ask("SELECT policy, trials FROM v_policies ORDER BY policy");
        assert_eq!(policies, ["mine,18", "unlimited,18"]);
        let checked = whole.turnwise("replay latest --check");
        assert_eq!(checked.code, Some(0), "{}{}", checked.out, checked.err);
        let again = whole.turnwise(&whole.scripted(line));
        assert!(again.code == Some(0) && whole.ask(ARMS) == arms, "{}", again.err);

        let cut = place(&choice);
        let line = cut.scripted(&format!("{line} -w 5"));
        for turns in [70, 100, 130] {
            let mut child = cut.begin(&line);
            let count = || cut.turnwise_with("query --format csv", "SELECT count(*) FROM v_turns").out;
            while count().lines().nth(1).and_then(|count| count.parse().ok()).unwrap_or(0) < turns {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let ended = cut.turnwise(&line);
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        assert_eq!(cut.ask(ARMS), arms, "{kind}");
    }
}

#[test]
fn a_router_gives_each_task_its_own() {
    // Among policies of which none needs a baseline.
    let place = place("kind = 'thompson'");
    let routes = "otherwise = 'unlimited'\nroute = [{ policy = 'repeat', task = '[45]$' }]";
    let text = format!("summary = 's'\n[choice]\nkind = 'router'\narms = ['unlimited', 'repeat']\n{routes}");
    fs::write(place.path("mine.toml"), text).unwrap();
    let line = place.scripted("run --policy mine.toml -q --set repeat.repeat.times=2");
    let ran = place.turnwise(&line);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let arms = place.ask("SELECT arm, chosen_by, count(*), min(task) FROM v_arms GROUP BY 1, 2 ORDER BY 1");
    assert_eq!(arms, ["repeat,route 1,2,toy-4", "unlimited,otherwise,4,toy-0"]);
    // The setting went to the arm.
    let stopped =
        place.ask("SELECT task, ending, turns FROM v_trials WHERE ending = 'stopped' ORDER BY task");
    assert_eq!(stopped, ["toy-4,stopped,2", "toy-5,stopped,2"]);
    // Tasks of its choice are no baseline.
    let ran = place.turnwise(&place.scripted("run --policy fixed -q"));
    assert_eq!(ran.code, Some(13), "{}", ran.err);
}

#[test]
fn what_cannot_be_chosen_is_said() {
    let place = place("kind = 'thompson'");
    // An arm needs a baseline that nobody makes.
    let refused = place.turnwise(&place.scripted("run --policy mine.toml -q"));
    assert_eq!(refused.code, Some(13));
    assert!(refused.err.contains("policy `dynamic-asked` takes a limit"), "{}", refused.err);
    assert_eq!(place.turnwise(&place.scripted("run --policy unlimited -q")).code, Some(0));
    let replayed = place.turnwise("replay latest --policy mine.toml");
    assert_eq!(replayed.code, Some(13));
    assert!(
        replayed.err.contains("name one of these instead: unlimited, dynamic-asked, repeat"),
        "{}",
        replayed.err
    );
    let other = "summary = 's'\n[choice]\nkind = 'hedge'\narms = ['unlimited', 'mine.toml']";
    fs::write(place.path("other.toml"), other).unwrap();
    let nested = place.turnwise(&place.scripted("run --policy other.toml -q"));
    assert_eq!(nested.code, Some(13));
    assert!(nested.err.contains("policy `mine` chooses among others"), "{}", nested.err);
    let unknown = place.turnwise(&place.scripted("run --policy mine.toml -q --set choice.blok=3"));
    assert!(
        unknown.code == Some(13) && unknown.err.contains("did you mean `choice.block`?"),
        "{}",
        unknown.err
    );
    let shown = place.turnwise("policy show thompson");
    assert!(shown.out.contains("Beta(solved + 1, failed + 1)"), "{}", shown.out);
    let listed = place.turnwise("policy show router --json").json();
    assert_eq!(listed["choice"]["arms"], json!(["fixed", "dynamic"]));
}
