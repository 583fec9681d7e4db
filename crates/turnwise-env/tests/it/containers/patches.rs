//! What an agent finds of the repository, and what is found of its work.

use turnwise_core::EnvironmentProvider;

use super::{engine::engine, output, provider, task};

#[tokio::test]
async fn the_future_is_gone() {
    let Some(engine) = engine() else { return };
    let provider = provider(engine).await;
    let mut environment = provider.open(&task()).await.unwrap();
    assert_eq!(environment.state().await.unwrap().digest, "");
    let names =
        "git tag; git branch --all --format='%(refname)'; git remote; git log --all --format=%s; git reflog";
    assert_eq!(output(&mut environment, names).await, "v1\nrefs/heads/main\nbase\n");
    let objects = "git cat-file --batch-all-objects --batch-check='%(objecttype)' | grep -c commit";
    assert_eq!(output(&mut environment, objects).await, "1\n");
    assert_eq!(
        output(&mut environment, "git status --porcelain; git fsck 2>&1 | grep -v ^Checking; true").await,
        ""
    );
}

#[tokio::test]
async fn a_patch_has_all_that_was_changed_and_the_agents_index_is_its_own() {
    let Some(engine) = engine() else { return };
    let provider = provider(engine).await;
    let mut environment = provider.open(&task()).await.unwrap();
    let work = "sed -i 's/a - b/a + b/' calc.py; mkdir -p 'sub dir'; printf 'new, no end' >'sub dir/ü.txt'; \
        printf 'a\\000c' >data.bin; printf 'gr\\366n\\nalt\\n' >latin.txt; rm old.txt; touch x.pyc; chmod +x tests/run.py; \
        mkdir __pycache__; touch __pycache__/y; head -c 5000000 /dev/zero >huge.dat; git init -q inner; touch inner/z; \
        git config diff.noprefix true; echo '*.py binary' >.git/info/attributes";
    output(&mut environment, work).await;
    let staged = "git add calc.py; git diff --cached --name-only; git status --porcelain | wc -l";
    let before = output(&mut environment, staged).await;
    let state = environment.state().await.unwrap();
    assert_eq!(output(&mut environment, staged).await, before);
    let patch = state.patch.to_string();
    let files: Vec<_> = patch.lines().filter(|line| line.starts_with("diff --git ")).collect();
    let expect = [
        "diff --git a/calc.py b/calc.py",
        "diff --git a/data.bin b/data.bin",
        "diff --git a/latin.txt b/latin.txt",
        "diff --git a/old.txt b/old.txt",
        r#"diff --git "a/sub dir/\303\274.txt" "b/sub dir/\303\274.txt""#,
    ];
    assert_eq!(files, expect, "{patch}");
    assert!(patch.contains("-    return a - b\n+    return a + b\n"), "{patch}");
    assert!(patch.contains("deleted file mode 100644") && patch.contains("\\ No newline at end of file"));
    // Two of calc.py, one of each other file.
    assert_eq!((state.patch_lines, state.digest.len()), (6, 64));

    // Commits of the agent's, on whatever branch, change nothing of that.
    let commit = "git -c user.name=x -c user.email=x@y commit -q -m mine calc.py; git checkout -q -b other; \
        git -c user.name=x -c user.email=x@y commit -q -a -m more; git log --format=%s";
    assert_eq!(output(&mut environment, commit).await, "more\nmine\nbase\n");
    assert_eq!(environment.patch().await.unwrap(), patch);

    // The same work made from the patch is the same work.
    let mut again = provider.open_at(&task(), &patch).await.unwrap();
    assert_eq!(again.state().await.unwrap(), state);
    let check = "sha256sum calc.py data.bin latin.txt 'sub dir/ü.txt'; ls old.txt";
    let (one, two) = (environment.execute(check).await.unwrap(), again.execute(check).await.unwrap());
    assert_eq!(one, two);

    // And undone it is none.
    output(&mut again, "git checkout -q . && git clean -q -f -d").await;
    assert_eq!(again.state().await.unwrap(), turnwise_core::WorkspaceState::default());
    again.close().await.unwrap();
    environment.reset().await.unwrap();
    assert_eq!(environment.patch().await.unwrap(), "");
    assert_eq!(
        output(&mut environment, "git log --format=%s; ls").await,
        "base\ncalc.py\ndata.bin\nlatin.txt\nold.txt\ntests\n"
    );
    environment.close().await.unwrap();
}
