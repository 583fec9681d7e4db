//! The image of a task: its name, and the image itself, pulled where that is wanted. Each is looked for once.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bollard::{errors::Error, query_parameters::CreateImageOptionsBuilder};
use futures_util::StreamExt;
use tokio::sync::OnceCell;
use turnwise_core::{Source, Task};

use super::{
    config::{ContainerConfig, Pull},
    engine::{Engine, PATIENCE},
    error::{ContainerError, within},
};

/// The images that were asked for.
#[derive(Debug, Default)]
pub(super) struct Images {
    // Many trials want the same image at the same time, and it must be pulled once; others need not wait for it.
    known: Mutex<BTreeMap<String, Arc<OnceCell<String>>>>,
}

impl Images {
    /// The id of an image that is on this machine, or is now.
    pub(super) async fn id(
        &self,
        engine: &Engine,
        config: &ContainerConfig,
        name: &str,
    ) -> Result<String, ContainerError> {
        let cell = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(name.to_owned()).or_default())
        };
        cell.get_or_try_init(|| look(engine, config, name)).await.cloned()
    }

    /// Names and ids of the images that were found.
    pub(super) fn found(&self) -> BTreeMap<String, String> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().filter_map(|(name, id)| Some((name.clone(), id.get()?.clone()))).collect()
    }
}

/// The name of a task's image.
pub(super) fn name(template: &str, task: &Task) -> String {
    if !task.image.is_empty() {
        return task.image.clone();
    }
    let swebench = task.id.replace("__", "_1776_").to_lowercase();
    template.replace("{instance_id_1776}", &swebench).replace("{instance_id}", &task.id)
}

async fn look(engine: &Engine, config: &ContainerConfig, name: &str) -> Result<String, ContainerError> {
    if let Some(id) = inspect(engine, name).await? {
        return Ok(id);
    }
    let missing = |why| ContainerError::ImageNotFound { image: name.to_owned(), why };
    if config.pull == Pull::Never {
        return Err(missing(format!("{} does not have it, and it was not to pull", engine.name)));
    }
    let limit = Duration::from_millis(config.limits.pull_ms);
    match tokio::time::timeout(limit, pull(engine, name)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(missing(format!("pulling failed: {error}"))),
        Err(_) => return Err(missing(format!("pulling took longer than {} s", limit.as_secs()))),
    }
    inspect(engine, name).await?.ok_or_else(|| missing("the engine pulled something else".to_owned()))
}

async fn inspect(engine: &Engine, name: &str) -> Result<Option<String>, ContainerError> {
    const WHAT: &str = "look for an image";
    let answer = async { Ok(engine.docker.inspect_image(name).await) };
    match within(PATIENCE, WHAT, answer).await? {
        Ok(image) => Ok(image.id),
        Err(Error::DockerResponseServerError { status_code: 404, .. }) => Ok(None),
        Err(error) => Err(ContainerError::Engine { what: WHAT, source: Source::from(error) }),
    }
}

async fn pull(engine: &Engine, name: &str) -> Result<(), Error> {
    // Docker pulls every tag of a name that has none.
    let last = name.rsplit('/').next().unwrap_or(name);
    let whole = if last.contains([':', '@']) { name.to_owned() } else { format!("{name}:latest") };
    let options = CreateImageOptionsBuilder::default().from_image(&whole).build();
    let mut progress = engine.docker.create_image(Some(options), None, None);
    while let Some(step) = progress.next().await {
        step?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use turnwise_core::Task;

    use super::{super::ContainerConfig, name};

    #[test]
    fn an_image_is_named_by_its_task_or_after_it() {
        let task = Task { id: "Django__django-11099".to_owned(), ..Task::default() };
        let standard = ContainerConfig::standard().image;
        assert_eq!(
            name(&standard, &task),
            "docker.io/swebench/sweb.eval.x86_64.django_1776_django-11099:latest"
        );
        assert_eq!(name("local/{instance_id}", &task), "local/Django__django-11099");
        let named = Task { image: "mine:1".to_owned(), ..task };
        assert_eq!(name(&standard, &named), "mine:1");
    }
}
