//! `turnwise bench engine`: what it prints for eyes and for programs.

use crate::place::Place;

#[test]
fn a_model_is_measured_for_eyes_and_for_programs() {
    let place = Place::new("ls");
    let ran = place.turnwise("model bench --batch 1,2 --prompt 16 --steps 2 --rounds 1 --threads 2");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("reads tokens/s") && ran.out.contains("GFLOP/s"), "{}", ran.out);
    assert!(ran.out.contains("cpu, 2 threads, 2 tokens behind prompts of 16"), "{}", ran.out);
    let ran = place.turnwise("bench engine --batch 3 --prompt 16 --steps 2 --rounds 1 --threads 1 --json");
    let report = ran.json();
    let speed = &report["speeds"][0];
    assert_eq!((report["threads"].as_u64(), speed["batch"].as_u64()), (Some(1), Some(3)));
    for key in ["prefill_tokens_per_second", "decode_tokens_per_second", "decode_bytes_per_second"] {
        assert!(speed[key].as_f64().unwrap() > 0.0, "{key}");
    }
    let limits = &report["limits"];
    assert!(limits["flops"].as_f64() > speed["prefill_flops"].as_f64());
    assert!(limits["bytes_per_second"].as_f64().unwrap() > 0.0);
}
