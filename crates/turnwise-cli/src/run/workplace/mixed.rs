//! Environments for tasks with files and for tasks with pages, each opened where it belongs.

use std::sync::Arc;

use turnwise_core::{BoxFuture, EnvError, Environment, EnvironmentProvider, Grade, Protection, Task};
use turnwise_env::Patches;

use super::web::OnWeb;

/// Opens both kinds.
pub(crate) struct Mixed {
    code: Option<Arc<dyn Patches>>,
    web: Option<OnWeb>,
    protection: Protection,
}

impl Mixed {
    /// Of these two.
    pub(super) fn new(code: Option<Arc<dyn Patches>>, web: Option<OnWeb>) -> Self {
        let of_code = code.as_ref().map(|provider| provider.protection().clone());
        let of_web = web.as_ref().map(|provider| provider.protection().clone());
        let protection = both(of_code, of_web);
        Self { code, web, protection }
    }

    /// Where a task belongs. Places are made for the tasks of a run, so a task without one is a fault of this program.
    fn place<'p>(&'p self, task: &Task) -> Result<At<'p>, EnvError> {
        match (task.web.is_some(), &self.web, &self.code) {
            (true, Some(web), _) => Ok(At::Web(web)),
            (false, _, Some(code)) => Ok(At::Code(&**code)),
            _ => Err(EnvError::Gone { task: task.id.clone() }),
        }
    }
}

enum At<'p> {
    Web(&'p OnWeb),
    Code(&'p dyn Patches),
}

/// What both enforce, the facts about the web under names that say so.
fn both(code: Option<Protection>, web: Option<Protection>) -> Protection {
    match (code, web) {
        (Some(mut code), Some(web)) => {
            add_facts(&mut code, "web", &web);
            code
        }
        (code, web) => code.or(web).unwrap_or_default(),
    }
}

/// Adds another's facts, under names that begin with whose they are.
pub(super) fn add_facts(protection: &mut Protection, whose: &str, more: &Protection) {
    let more = more.facts.iter().map(|(name, value)| (format!("{whose}: {name}"), value.clone()));
    protection.facts.extend(more);
}

impl Mixed {
    /// The commands of the suite's own solution of a task on the web.
    pub(crate) async fn gold(&self, task: &Task) -> Result<Option<Vec<String>>, EnvError> {
        match self.place(task)? {
            At::Web(web) => web.gold(task).await,
            At::Code(_) => Ok(None),
        }
    }
}

impl EnvironmentProvider for Mixed {
    fn protection(&self) -> &Protection {
        &self.protection
    }

    fn open<'a>(&'a self, task: &'a Task) -> BoxFuture<'a, Result<Box<dyn Environment>, EnvError>> {
        Box::pin(async move {
            match self.place(task)? {
                At::Web(web) => web.open(task).await,
                At::Code(code) => code.open(task).await,
            }
        })
    }
}

impl Patches for Mixed {
    fn open_at<'a>(
        &'a self,
        task: &'a Task,
        patch: &'a str,
    ) -> BoxFuture<'a, Result<Box<dyn Environment>, EnvError>> {
        Box::pin(async move {
            match self.place(task)? {
                At::Web(web) => web.open_at(task, patch).await,
                At::Code(code) => code.open_at(task, patch).await,
            }
        })
    }

    fn grade_patch<'a>(&'a self, task: &'a Task, patch: &'a str) -> BoxFuture<'a, Result<Grade, EnvError>> {
        Box::pin(async move {
            match self.place(task)? {
                At::Web(web) => web.grade(task, patch).await,
                At::Code(code) => code.grade_patch(task, patch).await,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_about_the_web_say_so_where_there_are_others() {
        let of = |kind: &str| Protection {
            kind: kind.to_owned(),
            facts: vec![("network".to_owned(), kind.to_owned())],
        };
        assert_eq!(both(None, Some(of("web"))), of("web"));
        let mixed = both(Some(of("namespaces")), Some(of("web")));
        assert_eq!(mixed.kind, "namespaces");
        let names: Vec<&str> = mixed.facts.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["network", "web: network"]);
    }
}
