//! What SWE-bench's harness and its users read: predictions, and reports of the shape that the harness writes (its schema 2).
//!
//! A trial becomes a prediction; policies and seeds become models of their own, as the harness knows one prediction for each
//! instance and model.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use turnwise_core::{Grade, TrialId};
use turnwise_store::{Reader, TrialRow};

use crate::{error::Failure, printer::Printer};

/// A trial as the harness sees it.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    /// `instance_id`.
    id: String,
    /// `model_name_or_path`.
    model: String,
    /// `model_patch`.
    patch: String,
    /// What the tests said; `None` where they could not be run.
    grade: Option<Grade>,
    /// Whether the harness failed, and how the trial ended.
    failure: Option<String>,
}

/// The trials of a run as instances.
pub(super) async fn instances(trials: &[TrialRow], reader: &Reader) -> Result<Vec<Instance>, Failure> {
    let count = |of: fn(&TrialRow) -> String| trials.iter().map(of).collect::<BTreeSet<_>>().len();
    let (policies, seeds) = (count(|trial| trial.policy.clone()), count(|trial| trial.seed.to_string()));
    let mut instances = Vec::new();
    for trial in trials {
        let id = TrialId::new(&trial.trial_id);
        let mut model = trial.model.clone();
        if policies > 1 {
            model = format!("{model}-{}", trial.policy);
        }
        if seeds > 1 {
            model = format!("{model}-{}", trial.seed);
        }
        instances.push(Instance {
            id: trial.task.clone(),
            model,
            patch: reader.patch(&id).await?.unwrap_or_default(),
            grade: reader.grade(&id).await?,
            failure: trial.ending.clone().filter(|ending| ending == "infra_error"),
        });
    }
    Ok(instances)
}

/// Writes predictions: an object by instance where the file ends in `.json`, else one a line.
pub(super) fn predictions(
    instances: &[Instance],
    output: Option<&Path>,
    printer: &Printer,
) -> Result<(), Failure> {
    let is_object = output.is_some_and(|path| path.extension().is_some_and(|extension| extension == "json"));
    let text = if is_object { by_instance(instances)? } else { one_a_line(instances) };
    match output {
        Some(path) => write(path, &text),
        None => {
            printer.data(text.trim_end());
            Ok(())
        }
    }
}

fn prediction(instance: &Instance) -> Value {
    json!({
        "instance_id": instance.id, "model_name_or_path": instance.model, "model_patch": instance.patch,
    })
}

fn one_a_line(instances: &[Instance]) -> String {
    instances.iter().map(|instance| format!("{}\n", prediction(instance))).collect()
}

fn by_instance(instances: &[Instance]) -> Result<String, Failure> {
    let mut all = BTreeMap::new();
    for instance in instances {
        if all.insert(&instance.id, prediction(instance)).is_some() {
            return Err(Failure::usage(format!(
                "the run holds several trials of `{}`, and an object has room for one; write a file that ends in .jsonl",
                instance.id
            )));
        }
    }
    Ok(format!("{:#}\n", json!(all)))
}

/// Writes `MODEL.RUN.json` for each model, and `MODEL/INSTANCE/report.json` for each instance, below a folder; says the paths of
/// the former.
pub(super) fn reports(instances: &[Instance], run: &str, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut models: BTreeMap<&str, Vec<&Instance>> = BTreeMap::new();
    for instance in instances {
        models.entry(&instance.model).or_default().push(instance);
    }
    let mut written = Vec::new();
    for (model, instances) in models {
        let name = model.replace('/', "__");
        for instance in &instances {
            if let Some(report) = of_instance(instance) {
                write(&folder.join(&name).join(&instance.id).join("report.json"), &format!("{report:#}\n"))?;
            }
        }
        let path = folder.join(format!("{name}.{run}.json"));
        write(&path, &format!("{:#}\n", of_model(&instances)))?;
        written.push(path);
    }
    Ok(written)
}

/// `report.json` of an instance; `None` where nothing was run: no tests, or no patch.
fn of_instance(instance: &Instance) -> Option<Value> {
    let grade = instance.grade.as_ref().filter(|_| !instance.patch.is_empty())?;
    let of = |was_failing: bool, passed: bool| -> Vec<&str> {
        let tests =
            grade.tests.iter().filter(|test| test.was_failing == was_failing && test.passed == passed);
        tests.map(|test| &*test.id).collect()
    };
    let none: [&str; 0] = [];
    Some(json!({
        &instance.id: {
            "patch_is_None": false,
            "patch_exists": true,
            "patch_successfully_applied": true,
            "resolved": grade.solved(),
            "infra_failure": false,
            "tests_status": {
                "FAIL_TO_PASS": { "success": of(true, true), "failure": of(true, false) },
                "PASS_TO_PASS": { "success": of(false, true), "failure": of(false, false) },
                "FAIL_TO_FAIL": { "success": none, "failure": none },
                "PASS_TO_FAIL": { "success": none, "failure": none },
            },
        },
    }))
}

/// The report of a model. An instance is in exactly one of: empty, resolved, unresolved, error.
fn of_model(instances: &[&Instance]) -> Value {
    let ids = |wanted: &dyn Fn(&Instance) -> bool| -> BTreeSet<&str> {
        instances.iter().filter(|instance| wanted(instance)).map(|instance| &*instance.id).collect()
    };
    let solved = |instance: &Instance| instance.grade.as_ref().map(Grade::solved);
    let is_empty = |instance: &Instance| instance.failure.is_none() && instance.patch.is_empty();
    let all = ids(&|_| true);
    let empty = ids(&is_empty);
    let resolved = ids(&|one| !is_empty(one) && solved(one) == Some(true));
    let unresolved = ids(&|one| !is_empty(one) && solved(one) == Some(false));
    let error = ids(&|one| !is_empty(one) && solved(one).is_none());
    let infra = ids(&|one| one.failure.is_some());
    let completed: BTreeSet<&str> = resolved.union(&unresolved).copied().collect();
    let reasons: BTreeMap<&str, &str> =
        instances.iter().filter_map(|one| Some((&*one.id, one.failure.as_deref()?))).collect();
    let none: [&str; 0] = [];
    json!({
        "total_instances": all.len(), "submitted_instances": all.len(), "completed_instances": completed.len(),
        "resolved_instances": resolved.len(), "unresolved_instances": unresolved.len(), "infra_failure_instances": infra.len(),
        "ambiguous_failure_instances": 0, "empty_patch_instances": empty.len(), "error_instances": error.len(),
        "completed_ids": completed, "incomplete_ids": none, "empty_patch_ids": empty, "submitted_ids": all,
        "resolved_ids": resolved, "unresolved_ids": unresolved, "infra_failure_ids": infra, "ambiguous_failure_ids": none,
        "failure_reasons": reasons, "error_ids": error, "schema_version": 2,
    })
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let fail = |source| Failure::File { path: path.to_owned(), access: "written", source };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(fail)?;
    }
    fs::write(path, text).map_err(fail)
}

#[cfg(test)]
mod tests {
    use turnwise_core::TestOutcome;

    use super::*;

    fn instance(id: &str, patch: &str, passed: Option<bool>) -> Instance {
        let grade = passed.map(|passed| Grade {
            tests: vec![TestOutcome { id: "t".into(), was_failing: true, passed }],
            reward: None,
        });
        Instance {
            id: id.to_owned(),
            model: "m/x".to_owned(),
            patch: patch.to_owned(),
            failure: passed.is_none().then(|| "infra_error".to_owned()),
            grade,
        }
    }

    #[test]
    fn each_instance_is_counted_once() {
        let all = [
            instance("a", "p", Some(true)),
            instance("b", "p", Some(false)),
            instance("c", "", Some(false)),
            instance("d", "", None),
        ];
        let report = of_model(&all.iter().collect::<Vec<_>>());
        for (key, ids) in [
            ("resolved", "a"),
            ("unresolved", "b"),
            ("empty_patch", "c"),
            ("error", "d"),
            ("infra_failure", "d"),
        ] {
            assert_eq!(report[format!("{key}_ids")], json!([ids]), "{key}");
            assert_eq!(report[format!("{key}_instances")], json!(1), "{key}");
        }
        assert_eq!(report["completed_ids"], json!(["a", "b"]));
        assert!(of_instance(&all[2]).is_none());
        assert_eq!(
            of_instance(&all[0]).unwrap()["a"]["tests_status"]["FAIL_TO_PASS"]["success"],
            json!(["t"])
        );
    }

    #[test]
    fn an_object_has_room_for_one_prediction_an_instance() {
        let twice = [instance("a", "p", Some(true)), instance("a", "q", Some(true))];
        assert!(by_instance(&twice).is_err());
        assert_eq!(one_a_line(&twice).lines().count(), 2);
    }
}
