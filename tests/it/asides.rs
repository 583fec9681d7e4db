//! What is asked aside, and what was learned on earlier tasks, with the pocket model.

use crate::place::{Place, sandbox};

/// Policies that ask; the last two ask nothing.
const POLICIES: &str = "trial-answer,drift,experience,unlimited";

/// Every recorded column that a policy's asking must not touch.
const TURNS: &str = "SELECT r.task, u.turn, u.action, u.observation, u.reply, u.prompt_tokens, u.prefill_tokens, u.decode_tokens \
                     FROM v_turns u JOIN v_trials r ON r.trial_id = u.trial_id WHERE r.policy = ";
const SIGNALS: &str = "SELECT r.task, r.policy, s.attempt, s.turn, s.signal, s.value FROM v_signals s \
                       JOIN v_trials r ON r.trial_id = s.trial_id ORDER BY 1, 2, 3, 4, 5";

fn line(command: &str) -> String {
    // Drift and trial answers are only logged, so that all attempts go the same way.
    let settings = "--set trial-answer.trial_answer.shadow=true --set drift.drift.shadow=true \
                    --set trial-answer.trial_answer.confidence=0.5";
    format!(
        "{command} pocket --policies {POLICIES} --limit 2 --turn-limit 8 {settings} --sandbox {} --json -q",
        sandbox()
    )
}

#[test]
fn what_is_asked_aside_is_recorded_charged_and_never_seen() {
    let place = Place::with_shipped_suites();
    let ran = place.turnwise(&line("compare"));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let turns = |policy: &str| place.ask(&format!("{TURNS}'{policy}' ORDER BY 1, 2"));
    let alone = turns("unlimited");
    assert!(alone.len() > 4, "{alone:?}");
    assert_eq!(turns("trial-answer"), alone);
    assert_eq!(turns("drift"), alone);

    let of = |signal: &str| {
        let sql = format!("SELECT count(*), min(value), max(value) FROM v_signals WHERE signal = '{signal}'");
        let row: Vec<f64> =
            place.ask(&sql)[0].split(',').map(|cell| cell.parse().unwrap_or(f64::NAN)).collect();
        (row[0], row[1], row[2])
    };
    // All turns but the submissions; drift is measured from the second on.
    let (asked, least, most) = of("goal_kl");
    assert!(asked >= 2.0 && least >= 0.0 && most > 0.01, "{asked} {least} {most}");
    let (tokens, least, _) = of("aside_tokens");
    assert!(tokens > asked && least > 0.0, "{tokens} {least}");
    let (experiences, least, most) = of("experience");
    assert!(experiences > 0.0 && least >= 0.1 && most <= 1.0, "{experiences} {least} {most}");
    let said = "SELECT count(*) FROM v_turns u JOIN v_trials r ON r.trial_id = u.trial_id WHERE r.policy = 'experience'";
    assert_eq!(place.ask(said), [format!("{experiences}")]);
    let replies = ran.json()["replies"].clone();
    let aside = place.ask("SELECT sum(value) FROM v_signals WHERE signal = 'aside_tokens'")[0].clone();
    let aside: f64 = aside.parse().unwrap();
    assert!(replies["computed_tokens"].as_f64().unwrap() > aside, "{replies} {aside}");
    assert_eq!(place.turnwise("replay latest --check -q").code, Some(0));
}

#[test]
fn a_run_that_was_cut_off_is_asked_what_it_would_have_been_asked() {
    let whole = Place::with_shipped_suites();
    let ran = whole.turnwise(&line("compare --no-reply-cache"));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let place = Place::with_shipped_suites();
    for turns in [2, 9] {
        let mut child = place.begin(&line("compare -w 3"));
        place.wait_for_turns(turns);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let ended = place.turnwise(&line("compare"));
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert_eq!(place.ask(SIGNALS), whole.ask(SIGNALS));
}
