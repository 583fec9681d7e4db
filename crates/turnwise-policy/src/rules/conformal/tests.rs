//! Hand-worked thresholds of the rule, from all that it may be given.

use std::collections::BTreeMap;

use crate::{
    Baseline, Caps, MadeFor, Policy, PolicySource, PolicySpec,
    calibration::{Calibration, CalibrationRun, Method, Side, Terms},
    rules::tests::{complaint, of, said, thresholds},
};

#[test]
fn the_threshold_is_a_quantile_of_the_runs_extremes() {
    let turns = of("probe", &[0.5, 0.8, 0.95]);
    let rule = "[conformal]\nlost = 0.25\nfires = ";
    // 3 runs: ceil(4 * 0.75) = 3, the largest. 2 runs: 3 > 2, so never.
    assert_eq!(said(&format!("{rule}'above'\nscores = [0.3, 0.8, 0.7]"), &turns), "--S");
    assert_eq!(thresholds(&format!("{rule}'above'\nscores = [0.8, 0.7]"), &turns), [f64::INFINITY; 3]);
    assert_eq!(said(&format!("{rule}'below'\nscores = [0.6, 0.9, 0.7]"), &turns), "S--");
    assert_eq!(said(&format!("{rule}'above'\nthreshold = 0.8"), &turns), "--S");
}

/// Four runs; the second seed of task `b` is the worse one.
const RUNS: &str = "[[conformal.runs]]\ntask = 'a'\nscores = [0.5, 0.625, 0.9]\nwrong = [true, true, false]\n\
                    [[conformal.runs]]\ntask = 'b'\nscores = [0.25, nan]\nwrong = [1, 0]\n\
                    [[conformal.runs]]\ntask = 'b'\nscores = [0.875, 0.75]\nwrong = [1, 1]\n\
                    [[conformal.runs]]\ntask = 'c'\nscores = [0.125]\nwrong = [false]\n";

#[test]
fn one_set_of_runs_serves_every_method() {
    let turns = of("probe", &[0.7]);
    let threshold =
        |terms: &str| thresholds(&format!("[conformal]\nfires = 'above'\n{terms}\n{RUNS}"), &turns)[0];
    // Extremes by task: 0.625, 0.875, minus infinity; ceil(4 * 0.5) = 2 and ceil(4 * 0.75) = 3.
    assert_eq!((threshold("delta = 0.5"), threshold("delta = 0.25")), (0.625, 0.875));
    assert_eq!((threshold("lost = 0.5"), threshold("method = 'crc'\ndelta = 0.5")), (0.625, 0.625));
    // By run 0.25 besides: ceil(5 * 0.6) = 3.
    assert_eq!(threshold("delta = 0.4\nby = 'run'"), 0.625);
    // Wrong looks 0.25, 0.5, 0.625, 0.75, 0.875: ceil(6 * 0.5) = 3. Right looks 0.125 and 0.9: ceil(3 * 0.5) = 2 of them
    // are above 0.125.
    assert_eq!(threshold("method = 'per_event'\ndelta = 0.5"), 0.625);
    // P(Bin(3, 0.5) <= 1) = 0.5: one task may be lost. Above 0.625 only b is.
    assert_eq!(threshold("method = 'pac'\ndelta = 0.5\nrisk = 0.5"), 0.625);
    // Right below 0.9 the task a fires rightly, and is safe until below 0.625 its second turn fires first.
    assert_eq!(threshold("method = 'ltt'\ndelta = 0.5\nrisk = 0.5"), 0.625);
    assert_eq!(threshold("method = 'pac'\ndelta = 0.5"), f64::INFINITY);
    // The newest task, c, weighs 1/2, b 1/4, a 1/8 and the run to come 1: at or below 0.625 are c and a, a third of all.
    assert_eq!(threshold("delta = 0.5\nhalf_life = 1"), f64::INFINITY);
    assert_eq!(threshold("delta = 0.7\nhalf_life = 1"), 0.625);
}

#[test]
fn looks_before_the_floor_are_not_calibrated_on() {
    let turns = of("probe", &[0.9, 0.8]);
    let said =
        |keys: &str| said(&format!("[conformal]\nfires = 'above'\ndelta = 0.25\n{keys}\n{RUNS}"), &turns);
    // The extreme of three tasks is 0.875, and from turn 2 on 0.75.
    assert_eq!((said("").as_str(), said("floor = 2").as_str()), ("S-", "-S"));
}

#[test]
fn nothing_is_said_before_the_floor() {
    let rule = "[conformal]\nfires = 'above'\nthreshold = 0.5\nfloor = 3";
    assert_eq!(said(rule, &of("probe", &[0.9; 4])), "--SS");
}

#[test]
fn what_contradicts_itself_is_refused() {
    let table = [
        (
            "delta = 0.1\nlost = 0.1\nscores = [1]",
            "`conformal.delta` and `conformal.lost` are both given; leave one out",
        ),
        (
            "scores = [1]\nruns = []",
            "`conformal.runs` and `conformal.scores` are both given; leave one out: the threshold is taken from the runs",
        ),
        (
            "method = 'ltt'\nscores = [1]",
            "the method \"ltt\" looks at whole runs, and `conformal.scores` has one number",
        ),
        (
            "method = 'pac'\nhalf_life = 9\nscores = [1]",
            "`conformal.half_life` is for the method \"per_run\"; leave it out with the method \"pac\"",
        ),
        (
            "runs = [{ task = 'a', scores = [1, 2], wrong = [1] }]",
            "`conformal.runs.wrong` cannot be a list; give it a list of 2 times true or false",
        ),
        ("runs = [{ task = 'a', scores = [1], wrong = [2] }]", "`conformal.runs.wrong` cannot be a list"),
        ("runs = [{ scores = [1], wrong = [1] }]", "`conformal.runs.task` is missing; give it the name"),
        (
            "runs = [{ task = 'a', scores = [1], wrong = [1], costs = [2] }]",
            "`conformal.runs.costs` cannot be a list; give it a list of 1 numbers from 0 to 1",
        ),
        ("method = 'best'\nscores = [1]", "`conformal.method` cannot be \"best\"; give it \"per_run\" or"),
        (
            "threshold = 1\nmade_for = { modle_name = 'm' }",
            "unknown key `conformal.made_for.modle_name`; did you mean",
        ),
    ];
    for (keys, expected) in table {
        let message = complaint(&format!("[conformal]\nfires = 'above'\n{keys}"));
        let (_, said) = message.split_once(": ").unwrap();
        assert!(said.starts_with(expected), "{said}\nis not\n{expected}");
    }
}

fn spec(text: &str, file: &str) -> PolicySpec {
    let source = PolicySource {
        name: "mine".into(),
        file: "mine.toml".into(),
        text: format!("summary = 's'\n[budget]\nkind = 'unlimited'\n{text}"),
    };
    PolicySpec::parse_with(&source, &[], &BTreeMap::from([("c.toml".to_owned(), file.to_owned())])).unwrap()
}

fn rules_json(spec: &PolicySpec) -> (Policy, String) {
    let policy = spec.resolve(&Baseline::new("s", "m", Vec::new()), Caps::default()).unwrap();
    let json = policy.to_json();
    assert_eq!(Policy::from_json(&json).unwrap(), policy);
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    (policy, value["rules"].to_string())
}

#[test]
fn what_is_recorded_is_the_threshold_and_its_promise() {
    let file = "signal = 'judge'\nfires = 'below'\nmade_for = { model_name = 'm', probe = 'abc' }\n\
                runs = [{ task = 'a', scores = [0.5, 0.25], wrong = [0, 1] }]\n";
    let rule =
        "[conformal]\nfile = 'c.toml'\nshadow = true\ndelta = 0.5\nfloor = 2\n[give_up]\nthreshold = 0.5";
    let spec = spec(rule, file);
    let (policy, rules) = rules_json(&spec);
    assert_eq!(
        rules,
        "[{\"kind\":{\"conformal\":{\"signal\":\"judge\",\"bound\":{\"fires\":\"below\",\"threshold\":0.25},\
         \"promise\":\"of future runs exchangeable with these, at most 50 % fire at a wrong point, on average over \
         calibration sets\",\"floor\":2}},\"shadow\":true,\"made_for\":{\"model_name\":\"m\",\"probe\":\"abc\"}},\
         {\"kind\":{\"give_up\":{\"signal\":\"hopeless\",\"bound\":{\"fires\":\"above\",\"threshold\":0.5}}},\
         \"shadow\":false}]"
    );
    let made_for = spec.made_for();
    assert_eq!(made_for, policy.made_for());
    let [made_for] = &made_for[..] else { panic!("{made_for:?}") };
    assert_eq!((made_for.rule.as_str(), made_for.model_name.as_deref()), ("conformal", Some("m")));
    assert_eq!((made_for.probe.as_deref(), made_for.suite.as_deref()), (Some("abc"), None));
    assert!(spec.explain().contains(
        "Rule `conformal` is in shadow: when it stops an attempt, from turn 2 on, once signal `judge` is below 0.25 (of \
         future runs"
    ));
}

#[test]
fn settings_of_old_resolve_to_what_they_did() {
    let rule = |keys: &str| rules_json(&spec(&format!("[conformal]\nfires = 'above'\n{keys}"), "")).1;
    let json = |threshold: &str| {
        format!(
            "[{{\"kind\":{{\"conformal\":{{\"signal\":\"probe\",\"bound\":{{\"fires\":\"above\",\"threshold\":{threshold}}}}}}},\
             \"shadow\":false}}]"
        )
    };
    assert_eq!(rule("lost = 0.1\nscores = []"), json("null"));
    assert_eq!(rule("lost = 0.5\nscores = [0.25, 0.5, 0.75]"), json("0.5"));
    assert_eq!(rule("threshold = 0.5"), json("0.5"));
}

/// What is written as a calibration file is read as the same calibration.
#[test]
fn a_written_calibration_reads_back_as_it_was() {
    let mut weighed = CalibrationRun::new("a \"b\"", [(0.1 + 0.2, true), (f64::NAN, false), (1e-7, true)]);
    weighed.costs = vec![0.5, 0.25, 0.125];
    let runs =
        vec![weighed, CalibrationRun::new("c", [(0.25, false)]), CalibrationRun::new("d", [(3.0, true)])];
    let calibration = Calibration { signal: "judge".into(), fires: Side::Below, runs };
    let made_for = MadeFor { model_name: Some("m".into()), suite: Some("s".into()), ..MadeFor::default() };
    let text = calibration.to_toml(&made_for);
    assert!(text.starts_with(
        "signal = \"judge\"\nfires = \"below\"\n\n[made_for]\nmodel_name = \"m\"\nsuite = \"s\"\n"
    ));
    for (word, method) in Method::WORDS {
        for delta in [0.2, 0.3, 0.4, 0.5, 0.6, 0.8] {
            let terms = Terms { method, delta, risk: 0.4, ..Terms::default() };
            let keys =
                format!("[conformal]\nfile = 'c.toml'\nmethod = '{word}'\ndelta = {delta}\nrisk = 0.4");
            let (policy, rules) = rules_json(&spec(&keys, &text));
            let rules: serde_json::Value = serde_json::from_str(&rules).unwrap();
            let read = &rules[0]["kind"]["conformal"];
            let threshold = calibration.threshold(&terms);
            let value = Some(threshold.value).filter(|value| value.is_finite());
            assert_eq!(read["bound"]["threshold"].as_f64(), value, "{word} {delta}");
            assert_eq!(read["promise"], threshold.promise.as_str(), "{word} {delta}");
            assert_eq!(policy.made_for()[0].suite.as_deref(), Some("s"));
        }
    }
}
