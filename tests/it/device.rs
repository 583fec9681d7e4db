//! Where models compute: what `doctor` finds, and what becomes of `--device`.

use serde_json::Value;

use crate::place::Place;

#[test]
fn doctor_finds_gpus_or_says_why_there_are_none() {
    let ran = Place::new("ls").turnwise("doctor --json");
    let gpus = serde_json::from_str::<Value>(&ran.out).unwrap()["gpus"].take();
    match gpus["found"].as_array().unwrap().as_slice() {
        [] => assert!(!gpus["problem"].as_str().unwrap().is_empty()),
        found => assert!(found.iter().all(|gpu| gpu["device"].as_str().unwrap().starts_with("cuda:"))),
    }
}

#[test]
fn the_shipped_model_stays_on_the_processor() {
    let place = Place::new("ls");
    for line in ["model show --json", "model show --json --device cpu"] {
        let ran = place.turnwise(line);
        let shown: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!((ran.code, shown["device"].as_str()), (Some(0), Some("cpu")), "{}", ran.err);
        assert_eq!(ran.err, "");
    }
}
