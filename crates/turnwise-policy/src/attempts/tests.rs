//! Hand-worked tables of attempts: who follows, who is cancelled, whose work counts.

use super::*;
use crate::{PolicySource, PolicySpec};

fn read(lines: &str) -> Result<Attempts, String> {
    let text = format!("summary = 's'\n[budget]\nkind = 'unlimited'\n[attempts]\n{lines}");
    let source = PolicySource { name: "p".into(), file: "p.toml".into(), text };
    PolicySpec::parse(&source, &[]).map(|spec| spec.attempts).map_err(|error| error.to_string())
}

fn ended(place: u32, ending: Ending, turns: u32, digest: &str) -> Ended {
    Ended { place, ending, turns, digest: digest.to_owned(), keep: None, worth: Vec::new() }
}

#[test]
fn a_retry_follows_the_endings_it_names_and_begins_where_it_should() {
    let attempts = read("most = 3\nafter = ['restarted', 'limit']\ntell = 'again'").unwrap();
    let tell = Some("again".to_owned());
    let fresh = Some(Start { behind: None, tell: tell.clone() });
    let limit = ended(1, Ending::TurnLimit, 9, "a");
    assert_eq!(attempts.next(std::slice::from_ref(&limit)), fresh);
    assert_eq!(attempts.next(&[ended(1, Ending::Submitted, 9, "a")]), None);
    assert_eq!(attempts.next(&[ended(1, Ending::Stopped, 9, "a")]), None);
    let rolled = Ended { keep: Some(4), ..ended(2, Ending::Restarted, 9, "") };
    let behind = Some(Behind { place: 2, turn: 4 });
    assert_eq!(attempts.next(&[limit.clone(), rolled.clone()]), Some(Start { behind, tell }));
    let wiped = Ended { keep: Some(0), ..rolled.clone() };
    assert_eq!(attempts.next(&[limit.clone(), wiped]), fresh);
    // Three are all there are; the work of the last one that has any counts.
    let all = [limit, ended(2, Ending::TurnLimit, 9, "b"), ended(3, Ending::TurnLimit, 9, "")];
    assert_eq!((attempts.next(&all), attempts.counts(&all)), (None, 1));
    assert!(attempts.follows_restart(2) && !attempts.follows_restart(3));
}

#[test]
fn the_most_informative_turn_is_the_least_decided_one() {
    let attempts = read("after = ['limit']\nfrom = 'informative'\nsignal = 'trial_yes'").unwrap();
    assert_eq!(attempts.signal(), Some("trial_yes"));
    let worth = |values: &[Option<f64>]| {
        let last = Ended { worth: values.to_vec(), ..ended(1, Ending::TurnLimit, 4, "a") };
        attempts.next(&[last]).unwrap().behind.map(|behind| behind.turn)
    };
    // 0.09, 0.24, 0.24, 0.16: the later of the two largest.
    assert_eq!(worth(&[Some(0.1), Some(0.4), Some(0.6), Some(0.2)]), Some(3));
    assert_eq!(worth(&[Some(0.0), None, Some(1.0), Some(0.5)]), None);
    assert_eq!(worth(&[]), None);
}

#[test]
fn attempts_are_repeated_until_they_agree() {
    let attempts = read("kind = 'agree'\nmost = 4\nleast = 2\nentropy = 0.64").unwrap();
    let all: Vec<Ended> = (1..)
        .zip(["a", "b", "b", "a"])
        .map(|(place, work)| ended(place, Ending::Submitted, 5, work))
        .collect();
    // One says nothing; two that differ have H = ln 2 = 0.69; two to one have H = 0.6365.
    let goes_on: Vec<bool> = (1..=4).map(|so_far| attempts.next(&all[..so_far]).is_some()).collect();
    assert_eq!(goes_on, [true, true, false, false]);
    assert_eq!((attempts.counts(&all[..3]), attempts.counts(&all)), (1, 0));
    // Nothing at all never beats something that came up as often.
    let mixed = [ended(1, Ending::TurnLimit, 5, ""), ended(2, Ending::Submitted, 5, "a")];
    assert_eq!(attempts.counts(&mixed), 1);
}

fn standing(place: u32, ending: Option<Ending>, digest: &str, worth: Option<f64>) -> Standing {
    Standing { place, ending, turns: 5, digest: digest.to_owned(), worth }
}

#[test]
fn the_first_that_finish_win_and_the_worse_half_is_dropped() {
    let attempts =
        read("kind = 'parallel'\ncount = 4\nfinish = 2\nhalving = [5]\nsignal = 'entropy'\nprefer = 'low'")
            .unwrap();
    assert_eq!((attempts.most(), attempts.at_once(), attempts.signal()), (4, 4, Some("entropy")));
    let done = Some(Ending::Submitted);
    let four = |second, third| {
        [
            standing(1, done, "a", Some(0.1)),
            standing(2, second, "b", Some(0.9)),
            standing(3, third, "", None),
            standing(4, None, "c", Some(0.5)),
        ]
    };
    // Three run at the checkpoint: two go on, the one without a value does not.
    assert_eq!(attempts.cancelled(5, &four(None, None)), [3]);
    assert!(attempts.cancelled(6, &four(None, None)).is_empty());
    // Handing in nothing is not finishing.
    assert!(attempts.cancelled(6, &four(None, done)).is_empty());
    assert_eq!(attempts.cancelled(6, &four(done, None)), [3, 4]);
    let all = [
        ended(1, Ending::Submitted, 9, "a"),
        ended(2, Ending::Submitted, 7, "b"),
        ended(3, Ending::Submitted, 3, ""),
        ended(4, Ending::Cancelled, 9, "c"),
    ];
    assert_eq!(attempts.counts(&all), 0);
    let first = read("kind = 'parallel'").unwrap();
    assert_eq!((first.counts(&all), first.most()), (1, 3));
    assert_eq!(first.counts(&[ended(1, Ending::TurnLimit, 9, ""), ended(2, Ending::TurnLimit, 9, "x")]), 1);
}

#[test]
fn what_contradicts_itself_is_said() {
    let faults = [
        (
            "kind = 'agree'\nmost = 2\nleast = 3",
            "p.toml:4: `attempts.least` is 3 and `attempts.most` is 2; raise `most` or lower `least`",
        ),
        (
            "kind = 'parallel'\nfinish = 9",
            "p.toml:4: `attempts.finish` is 9 and `attempts.count` is 3; no more attempts can finish than there are: lower `finish`",
        ),
        (
            "after = ['stoped']",
            "p.toml:5: `attempts.after` cannot be a list; give it a list of \"restarted\", \"stopped\", \"limit\", \"context_full\", \"format_errors\"; did you mean \"stopped\"?",
        ),
        (
            "after = []",
            "p.toml:4: `attempts.after` is empty, so no attempt follows another; name an ending, or leave `[attempts]` out",
        ),
    ];
    for (lines, expected) in faults {
        assert_eq!(read(lines).unwrap_err(), expected);
    }
    assert!(
        read("kind = 'parallel'\nhalving = [5]\nsignal = 'entropy'").unwrap_err().contains("attempts.prefer")
    );
}
