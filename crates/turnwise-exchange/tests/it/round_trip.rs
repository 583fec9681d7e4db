//! What is written is read again as it was, in every format that is read.

use std::{ops::ControlFlow, path::Path};

use proptest::prelude::{ProptestConfig, prop::collection::vec, prop_assert_eq, proptest};
use turnwise_exchange::{Export, Format, Found, Meter, Trajectory, Unreadable, files_of, read};

use crate::trajectories::trajectory;

/// Everything that is found in a file or folder.
pub(crate) fn found(format: Format, path: &Path) -> Vec<Result<Found, Unreadable>> {
    let mut all = Vec::new();
    for file in files_of(format, &[path.to_owned()]).unwrap() {
        read(format, &file, &Meter::default(), &mut |found| {
            all.push(found);
            ControlFlow::Continue(())
        });
    }
    all
}

fn written(format: Format, target: &str, trajectories: &[Trajectory]) -> Vec<Trajectory> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(target);
    let mut export = Export::to(format, Some(&path), || unreachable!()).unwrap();
    for t in trajectories {
        export.add(t).unwrap();
    }
    assert_eq!(export.finish().unwrap(), trajectories.len() as u64);
    found(format, &path).into_iter().map(|found| found.unwrap().trajectory).collect()
}

fn sorted(mut trajectories: Vec<Trajectory>) -> Vec<Trajectory> {
    trajectories.sort_by(|a, b| a.name.cmp(&b.name));
    trajectories
}

macro_rules! round_trips {
    ($($name:ident: $format:expr, $target:literal;)*) => {
        proptest! {
            #![proptest_config(ProptestConfig::with_cases(96))]
            $(#[test]
            fn $name(mut trajectories in vec(trajectory(), 1..4)) {
                for (index, t) in trajectories.iter_mut().enumerate() {
                    t.name = format!("{index} {}", t.name);
                }
                let got = sorted(written($format, $target, &trajectories));
                prop_assert_eq!(got, trajectories);
            })*
        }
    };
}

round_trips! {
    the_plain_shape_keeps_everything: Format::Turns, "runs.jsonl";
    the_plain_shape_packed_keeps_everything: Format::Turns, "runs.jsonl.gz";
    swe_agents_files_keep_everything: Format::SweAgent, "folder";
    mini_swe_agents_files_keep_everything: Format::Mini, "folder";
    inspects_json_keeps_everything: Format::Inspect, "log.json";
    inspects_archive_keeps_everything: Format::Inspect, "log.eval";
    atif_keeps_everything: Format::Atif, "folder";
    openhands_lines_keep_everything: Format::OpenHands, "output.jsonl";
}
