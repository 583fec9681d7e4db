//! An engine for the tests: podman's service on a socket of its own, with an image made of this machine's programs.
//! All of it goes when the process of the tests ends, however it does.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use super::registry;

/// The image that the tests run in.
pub(crate) const IMAGE: &str = "localhost/turnwise-test:calc";

/// What the machines of tests need: no systemd, no right to raise limits, no network plugins.
const SETTINGS: &str = "[containers]\ndefault_ulimits = [\"nofile=1024:1024\", \"nproc=4096:4096\"]\nnetns = \"none\"\n\
    [engine]\ncgroup_manager = \"cgroupfs\"\n";

/// Ends the service and removes everything as soon as nobody holds its standard input any more.
const CARETAKER: &str = "podman $GLOBAL system service --time=0 \"unix://$DIR/socket\" & service=$!\n\
    cat >/dev/null\n\
    kill $service; podman $GLOBAL rm -f -t 0 --all; podman $GLOBAL rmi -f --all; rm -rf \"$DIR\"";

/// A running engine.
pub(crate) struct Engine {
    dir: PathBuf,
    /// Where the registry is that it knows.
    registry: u16,
    /// Its standard input closes with this process.
    _caretaker: Child,
}

/// The engine of all tests of this process; `None` where the machine cannot have one.
pub(crate) fn engine() -> Option<&'static Engine> {
    static ENGINE: OnceLock<Result<Engine, String>> = OnceLock::new();
    match ENGINE.get_or_init(Engine::start) {
        Ok(engine) => Some(engine),
        Err(why) => {
            #[expect(clippy::print_stderr, reason = "whoever reads the test's output wants to know")]
            {
                eprintln!("containers are not tested here: {why}");
            }
            None
        }
    }
}

impl Engine {
    fn start() -> Result<Self, String> {
        let version = Command::new("podman").arg("--version").output();
        version.map_err(|error| format!("no podman ({error}); install podman, runc and conmon"))?;
        let dir = tempfile::Builder::new().prefix("turnwise-podman-").tempdir_in("/tmp").unwrap().keep();
        let runtime = if Path::new("/usr/sbin/runc").exists() || Path::new("/usr/bin/runc").exists() {
            "runtime = \"runc\"\n"
        } else {
            ""
        };
        fs::write(dir.join("containers.conf"), format!("{SETTINGS}{runtime}")).unwrap();
        let registry = registry::serve(dir.join("layout"));
        let insecure = format!("[[registry]]\nlocation = \"127.0.0.1:{registry}\"\ninsecure = true\n");
        fs::write(dir.join("registries.conf"), insecure).unwrap();
        let log = fs::File::create(dir.join("log")).unwrap();
        let caretaker = podman_shell(&dir, CARETAKER)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let engine = Self { _caretaker: caretaker, registry, dir };
        wait_for(&engine.dir.join("socket"));
        engine.import(&calc(&engine.dir))?;
        let tried = engine.podman(&["run", "--rm", "--network", "none", IMAGE, "true"]);
        match tried.status.success() {
            true => Ok(engine),
            false => Err(format!("podman runs no container: {}", String::from_utf8_lossy(&tried.stderr))),
        }
    }

    /// Where it listens.
    pub(crate) fn socket(&self) -> PathBuf {
        self.dir.join("socket")
    }

    /// Puts the image of the tests into the registry; its name there.
    pub(crate) fn publish(&self) -> String {
        let layout = self.dir.join("layout");
        let saved =
            self.podman(&["save", "-q", "--format", "oci-dir", "-o", layout.to_str().unwrap(), IMAGE]);
        assert!(saved.status.success(), "{}", String::from_utf8_lossy(&saved.stderr));
        format!("127.0.0.1:{}/turnwise/calc:1", self.registry)
    }

    /// Runs a podman command.
    pub(crate) fn podman(&self, arguments: &[&str]) -> Output {
        let script = "exec podman $GLOBAL \"$@\"";
        podman_shell(&self.dir, script).arg("podman").args(arguments).output().unwrap()
    }

    /// The names of all containers that have a label.
    pub(crate) fn containers(&self, label: &str) -> Vec<String> {
        let filter = format!("label={label}");
        let output = self.podman(&["ps", "--all", "--filter", &filter, "--format", "{{.Names}}"]);
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
    }

    /// A second service on the same containers, and its socket: one that may be killed.
    pub(crate) fn second(&self, name: &str) -> (Child, PathBuf) {
        let socket = self.dir.join(name);
        let script = "exec podman $GLOBAL system service --time=0 \"unix://$1\"";
        let service = podman_shell(&self.dir, script)
            .arg("podman")
            .arg(&socket)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait_for(&socket);
        (service, socket)
    }

    fn import(&self, testbed: &Path) -> Result<(), String> {
        let image = self.dir.join("image.tar");
        fs::copy(rootfs()?, &image).unwrap();
        run(Command::new("tar").arg("-rf").arg(&image).arg("-C").arg(testbed).arg("testbed"))?;
        let imported = self.podman(&["import", "-q", image.to_str().unwrap(), IMAGE]);
        fs::remove_file(image).unwrap();
        match imported.status.success() {
            true => Ok(()),
            false => Err(format!("podman imports no image: {}", String::from_utf8_lossy(&imported.stderr))),
        }
    }
}

fn podman_shell(dir: &Path, script: &str) -> Command {
    let mut command = Command::new("sh");
    let global = format!("--root {0}/root --runroot {0}/run", dir.display());
    command.arg("-c").arg(script);
    command.env("CONTAINERS_CONF", dir.join("containers.conf"));
    command.env("CONTAINERS_REGISTRIES_CONF", dir.join("registries.conf"));
    command.env("GLOBAL", global).env("DIR", dir);
    command
}

fn wait_for(socket: &Path) {
    let clock = Instant::now();
    while !socket.exists() {
        assert!(clock.elapsed() < Duration::from_secs(60), "podman's service does not come up");
        thread::sleep(Duration::from_millis(20));
    }
}

/// An archive of a root file system, made once for all runs of the tests.
pub(super) fn rootfs() -> Result<PathBuf, String> {
    let archive = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rootfs-1.tar");
    if !archive.exists() {
        let temp = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let (root, packed) = (temp.path().join("root"), temp.path().join("root.tar"));
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/containers/rootfs.sh");
        run(Command::new("sh").arg(script).arg(&root))?;
        run(Command::new("tar").arg("-cf").arg(&packed).arg("-C").arg(&root).arg("."))?;
        fs::rename(packed, &archive).unwrap();
    }
    Ok(archive)
}

/// A repository `testbed` with one fault, and with a future: a later commit that repairs it, under a branch, a tag and
/// a remote.
pub(super) fn calc(dir: &Path) -> PathBuf {
    let parent = dir.join("calc");
    let testbed = parent.join("testbed");
    fs::create_dir_all(testbed.join("tests")).unwrap();
    let script = r#"
        set -e
        export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
        export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
        git init -q -b main .
        printf 'def add(a, b):\n    return a - b\n' >calc.py
        printf 'import calc\nprint("PASS" if calc.add(1, 2) == 3 else "FAIL", "add")\nprint("PASS zero")\n' >tests/run.py
        printf 'gr\374n\nalt\n' >latin.txt
        printf 'a\000b' >data.bin
        printf 'x\n' >old.txt
        printf '*.pyc\n__pycache__/\n' >.gitignore
        git add -A && git commit -q -m base && git tag v1
        printf 'def add(a, b):\n    return a + b\n' >calc.py
        git commit -q -a -m 'the future' && git tag v2 && git branch future
        git update-ref refs/remotes/origin/main HEAD && git remote add origin https://example.org/calc.git
        git reset -q --hard HEAD~1
    "#;
    run(Command::new("sh").arg("-c").arg(script).current_dir(&testbed)).unwrap();
    parent
}

pub(super) fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr))),
    }
}
