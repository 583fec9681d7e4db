#!/usr/bin/env bash
# Makes what is learned in this folder: runs of the pocket model, labels, probes, their calibrations, and the figures of docs/guarantees.md. A bit more
# than an hour on two cores; the same command goes on where it was. Run it in the repository: policies/learned/make.sh [DATABASE]
set -euo pipefail
cd "$(dirname "$0")/../.."
export TURNWISE_DB=${1:-learned.db}
cargo build --release
turnwise() { "${CARGO_TARGET_DIR:-target}/release/turnwise" "$@"; }
newest() { turnwise query --format csv "SELECT run_id FROM v_trials WHERE suite = '$1' LIMIT 1" | tail -n 1; }

for suite in pocket-learn pocket-large; do
  turnwise run "$suite" --policy unlimited --keep-states
  turnwise learn label "$(newest "$suite")"
done
learn=$(newest pocket-learn) large=$(newest pocket-large)
turnwise learn values "$large" --sample 14 --forks 6
turnwise learn guarantees "$learn" --on "$large" --markdown

# What is shipped learned from all tasks of the one, and is calibrated on all of the other.
for predict in pass hopeless think; do
  turnwise learn probe "$learn" --predict "$predict" -o "policies/learned/pocket-$predict"
  turnwise learn calibrate "$large" --with "policies/learned/pocket-$predict.json" -o "policies/learned/pocket-$predict.toml"
done
turnwise learn progress "$learn" -o policies/learned/pocket-progress
turnwise learn calibrate "$large" --with policies/learned/pocket-progress.json -o policies/learned/pocket-progress.toml
