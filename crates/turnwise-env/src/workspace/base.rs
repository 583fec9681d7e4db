//! The base commit of a task as pure data: from its files to git objects, with fixed author and time, so
//! that the commit's hash is the same on every machine. Writes nothing.

use std::collections::{BTreeMap, btree_map::Entry};

use git2::{ObjectType, Oid};
use turnwise_core::TaskFile;

use super::WorkspaceError;

/// When the base commit was made and its files were last changed, in seconds since the epoch.
pub(crate) const BASE_TIME: i64 = 1_700_000_000;

/// The hash of the base commit that `files` make, as 40 hex digits.
///
/// # Errors
/// When a path leads out of the work tree or is given twice.
pub fn base_commit(files: &[TaskFile]) -> Result<String, WorkspaceError> {
    Ok(base_objects(files)?.commit.to_string())
}

/// The git objects of a base commit.
pub(crate) struct BaseObjects {
    /// The commit.
    pub(crate) commit: Oid,
    /// The commit's tree.
    pub(crate) tree: Oid,
    /// Every object: blobs, trees and the commit.
    pub(crate) objects: Vec<(ObjectType, Vec<u8>)>,
}

/// Makes the objects of the base commit.
pub(crate) fn base_objects(files: &[TaskFile]) -> Result<BaseObjects, WorkspaceError> {
    let mut root = Folder::default();
    for file in files {
        root.add(file)?;
    }
    let mut objects = Vec::new();
    let tree = root.write(&mut objects)?;
    let who = format!("Turnwise <turnwise@localhost> {BASE_TIME} +0000");
    let text = format!("tree {tree}\nauthor {who}\ncommitter {who}\n\nBase of the task\n");
    let commit = write(ObjectType::Commit, text.into_bytes(), &mut objects)?;
    Ok(BaseObjects { commit, tree, objects })
}

/// The parts of a task's path.
///
/// # Errors
/// When it is empty, absolute, leads upwards or into `.git`.
pub(crate) fn path_parts(path: &str) -> Result<Vec<&str>, WorkspaceError> {
    let parts: Vec<_> = path.split('/').collect();
    let bad = |part: &&str| {
        matches!(*part, "" | "." | "..") || part.eq_ignore_ascii_case(".git") || part.contains('\0')
    };
    if parts.iter().any(bad) {
        return Err(WorkspaceError::BadPath { path: path.to_owned() });
    }
    Ok(parts)
}

#[derive(Default)]
struct Folder<'a> {
    entries: BTreeMap<&'a str, Node<'a>>,
}

enum Node<'a> {
    File(&'a str),
    Folder(Folder<'a>),
}

impl<'a> Folder<'a> {
    fn add(&mut self, file: &'a TaskFile) -> Result<(), WorkspaceError> {
        let twice = || WorkspaceError::Twice { path: file.path.clone() };
        let mut parts = path_parts(&file.path)?;
        let name = parts.pop().unwrap_or_default();
        let mut folder = self;
        for part in parts {
            let node = folder.entries.entry(part).or_insert_with(|| Node::Folder(Folder::default()));
            folder = match node {
                Node::Folder(inner) => inner,
                Node::File(_) => return Err(twice()),
            };
        }
        match folder.entries.entry(name) {
            Entry::Vacant(slot) => {
                slot.insert(Node::File(&file.content));
                Ok(())
            }
            Entry::Occupied(_) => Err(twice()),
        }
    }

    fn write(&self, objects: &mut Vec<(ObjectType, Vec<u8>)>) -> Result<Oid, WorkspaceError> {
        // Git sorts a folder as if its name ended in a slash.
        let mut rows = BTreeMap::new();
        for (name, node) in &self.entries {
            let (key, mode, oid) = match node {
                Node::File(text) => {
                    (name.to_string(), "100644", write(ObjectType::Blob, text.as_bytes().to_vec(), objects)?)
                }
                Node::Folder(folder) => (format!("{name}/"), "40000", folder.write(objects)?),
            };
            let mut row = format!("{mode} {name}\0").into_bytes();
            row.extend_from_slice(oid.as_bytes());
            rows.insert(key, row);
        }
        write(ObjectType::Tree, rows.into_values().flatten().collect(), objects)
    }
}

fn write(
    kind: ObjectType,
    data: Vec<u8>,
    objects: &mut Vec<(ObjectType, Vec<u8>)>,
) -> Result<Oid, WorkspaceError> {
    let oid = Oid::hash_object(kind, &data).map_err(WorkspaceError::git("hash an object"))?;
    objects.push((kind, data));
    Ok(oid)
}
