//! Asks recorded unlimited trials whether the gate of a policy opens.

use turnwise_policy::{Policy, Spoken};
use turnwise_store::{FreeTrial, Reader};

use crate::error::Failure;

/// The policy with its gate's finding; as it is, without a gate.
pub(crate) async fn judged(policy: Policy, trials: &[FreeTrial], reader: &Reader) -> Result<Policy, Failure> {
    if policy.gate.is_none() {
        return Ok(policy);
    }
    let mut rehearsals = Vec::new();
    for FreeTrial { trial, task, solved, .. } in trials {
        let Some(solved) = *solved else { continue };
        let turns = reader.turns(trial).await?;
        let shown = turns.iter().map(|turn| (turn.facts.clone(), Spoken::of(turn)));
        rehearsals.extend(policy.rehearse(task, shown, solved));
    }
    Ok(policy.judged(&rehearsals))
}
