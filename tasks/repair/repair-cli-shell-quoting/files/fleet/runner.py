"""Executes commands and collects what they say."""
import subprocess
from collections import namedtuple

Result = namedtuple("Result", "status output")


def run(command, way, execute=subprocess.run):
    """Runs the command; `execute` is replaced where nothing should really run."""
    done = execute(
        way.argv(command),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return Result(done.returncode, done.stdout.decode("utf-8", "replace"))
