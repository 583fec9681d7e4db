//! What a model costs, limits on it, and where it is shown.

use std::{ffi::OsStr, fs, path::PathBuf};

use crate::place::{Place, Ran};

/// Of a turn of the script (100 prompt tokens, 10 written) each half costs a tenth.
const PRICES: &str = "[[price]]\nmodel = 'scripted'\ninput = 1_000\noutput = 10_000";

fn with_prices(place: &Place, text: &str, words: &str) -> Ran {
    let file: PathBuf = place.path("prices.toml");
    fs::write(&file, text).unwrap();
    place.turnwise_in(&[("TURNWISE_PRICES", file.as_os_str())], &place.scripted(words))
}

#[test]
fn a_limit_on_cost_ends_attempts_and_the_cost_is_recorded_and_shown() {
    let place = Place::new("ls");
    let ran = with_prices(&place, PRICES, "run -q --cost-limit 0.5");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    // Three turns cost 0.6; what hands in on the third is handed in.
    let ended = place.ask("SELECT DISTINCT ending, turns FROM v_trials ORDER BY turns, ending");
    assert_eq!(ended, ["cost_limit,3", "submitted,3"]);
    let costs = "SELECT round(t.cost, 9), round(sum(u.cost), 9), round(max(u.cost), 9) FROM v_trials t \
                 JOIN v_turns u USING (trial_id) GROUP BY trial_id ORDER BY 1 DESC LIMIT 1";
    assert_eq!(place.ask(costs), ["0.6,0.6,0.2"]);
    let run = place.ask("SELECT run_id FROM runs").remove(0);
    let shown = place.turnwise(&format!("show {run}"));
    assert!(shown.out.contains("cost") && shown.out.contains("0.6000"), "{}", shown.out);
    let trial = place.turnwise(&format!("show {run}-6"));
    assert!(
        trial.out.contains("cost 0.2000") && trial.out.contains("cost_limit after 3 turns"),
        "{}",
        trial.out
    );
    // The same command goes on with the same run; at other prices it is another.
    let again = with_prices(&place, PRICES, "run --cost-limit 0.5");
    assert!(again.err.contains(&format!("run {run} is complete")), "{}", again.err);
    let other = with_prices(&place, &PRICES.replace("10_000", "20_000"), "run -q --cost-limit 0.5");
    assert_eq!((other.code, place.ask("SELECT count(*) FROM runs")), (Some(0), vec!["2".to_owned()]));
}

#[test]
fn a_comparison_tells_costs_where_they_are_known() {
    let place = Place::new("ls");
    let words = "compare --policies unlimited,fixed --set fixed.budget.limit=3";
    let compared = with_prices(&place, PRICES, words);
    assert!(compared.code == Some(0) && compared.out.contains("  cost"), "{}{}", compared.out, compared.err);
    let json = with_prices(&place, PRICES, &format!("{words} --json")).json();
    assert!(json["policies"][0]["cost"].as_f64().unwrap() > 1.0, "{json}");
    let plain = Place::new("ls");
    let compared = plain.turnwise(&plain.scripted(words));
    assert!(compared.code == Some(0) && !compared.out.contains("  cost"), "{}", compared.out);
    assert_eq!(plain.ask("SELECT count(cost) FROM v_turns"), ["0"]);
}

#[test]
fn a_limit_on_cost_needs_a_price() {
    let place = Place::new("ls");
    let none = place.turnwise(&place.scripted("run --cost-limit 0.5"));
    assert_eq!(none.code, Some(13));
    assert!(
        none.err.contains("model `scripted` has no price") && none.err.contains("TURNWISE_PRICES"),
        "{}",
        none.err
    );
    let other = with_prices(&place, &PRICES.replace("scripted", "large"), "run --set limits.cost=0.5");
    assert_eq!(other.code, Some(13));
    let file = place.path("prices.toml");
    assert!(other.err.contains("policy `unlimited` limits the cost"), "{}", other.err);
    assert!(other.err.contains(&file.display().to_string()), "{}", other.err);
    let words = place.scripted("run --cost-limit 0.5");
    let gone = place.turnwise_in(&[("TURNWISE_PRICES", OsStr::new("none.toml"))], &words);
    assert!(gone.code != Some(0) && gone.err.contains("none.toml cannot be read"), "{}", gone.err);
    assert_eq!(place.turnwise(&place.scripted("run -q --cost-limit 0")).code, Some(0));
}
