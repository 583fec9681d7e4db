#!/usr/bin/env python3
"""Whether the real tools accept what `turnwise export` writes.

Imports the fixtures, exports them in every format, and opens the files with the tools themselves: mini-swe-agent's trajectory
inspector, Inspect's log reader, harbor's ATIF models, the reader of SWE-agent's inspector. A tool that is not installed is
skipped, and that is said. A development script: no test runs it, as it needs the peers.

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install mini-swe-agent inspect-ai
    /tmp/peers/bin/pip install --no-deps sweagent && /tmp/peers/bin/pip install pyyaml
    python3.12 -m venv /tmp/harbor && /tmp/harbor/bin/pip install harbor
    cargo build --release
    /tmp/peers/bin/python tests/peers/files.py --turnwise target/release/turnwise
    /tmp/harbor/bin/python tests/peers/files.py --turnwise target/release/turnwise

With `--db FILE` it exports the newest run of that database instead.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

FIXTURES = Path(__file__).parent.parent / "data" / "trajectories"
SOURCES = [
    ("turns", "runs.jsonl"),
    ("mini", "fix-sum.traj.json"),
    ("sweagent", "fix-sum.traj"),
    ("inspect", "repairs.json"),
    ("atif", "atif.json"),
    ("openhands", "output.jsonl"),
]


def mini(folder):
    """mini-swe-agent's own inspector pages through each trajectory without a terminal."""
    os.environ["MSWEA_SILENT_STARTUP"] = "1"
    from minisweagent.run.utilities.inspector import TrajectoryInspector

    files = sorted(folder.rglob("*.traj.json"))

    async def page():
        app = TrajectoryInspector(files)
        async with app.run_test() as pilot:
            for index, file in enumerate(files):
                replies = sum(m.get("role") == "assistant" for m in json.loads(file.read_text())["messages"])
                shown = app.n_steps
                assert shown >= replies, f"{file}: {shown} pages for {replies} replies"
                for _ in range(min(app.n_steps, 20)):
                    await pilot.press("l")
                if index + 1 < len(files):
                    await pilot.press("L")

    asyncio.run(page())
    return len(files)


def inspect(folder):
    """Inspect reads both kinds of log whole, each sample with its messages and the usage of its replies."""
    from inspect_ai.log import read_eval_log

    count = 0
    for name in ["log.eval", "log.json"]:
        log = read_eval_log(str(folder / name))
        assert log.status == "success", log.status
        for sample in log.samples:
            assert all(message.role in ("system", "user", "assistant", "tool") for message in sample.messages)
            count += 1
    return count


def atif(folder):
    """harbor's models, which forbid unknown keys and check the numbering and the calls."""
    from harbor.models.trajectories.trajectory import Trajectory

    files = sorted(folder.rglob("trajectory.json"))
    for file in files:
        Trajectory.model_validate_json(file.read_text())
    return len(files)


def sweagent(folder):
    """The reader of SWE-agent's web inspector, without its results folder (the only version on PyPI is 0.0.1)."""
    from inspector.server import append_exit

    files = sorted(folder.rglob("*.traj"))
    for file in files:
        content = append_exit(json.loads(file.read_text()))
        # What its page shows of each entry.
        assert all(item["role"].lower() and item["content"].replace("<", "&lt;") is not None for item in content["history"])
        for step in content["trajectory"]:
            assert {"action", "observation", "response", "thought", "state"} <= step.keys()
    return len(files)


def chat(folder):
    """The rules of OpenAI's fine-tuning format that do not need OpenAI: roles, and an answer for every call."""
    lines = (folder / "chat.jsonl").read_text().splitlines()
    for line in lines:
        messages = json.loads(line)["messages"]
        calls = {call["id"] for m in messages for call in m.get("tool_calls", [])}
        answers = {m["tool_call_id"] for m in messages if m["role"] == "tool"}
        assert calls == answers and messages[0]["role"] in ("system", "user", "assistant")
    return len(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turnwise", default="target/release/turnwise", help="the built command")
    parser.add_argument("--db", help="export the newest run of this database instead of the fixtures")
    args = parser.parse_args()
    command = os.path.abspath(args.turnwise)
    checks = {"mini": mini, "inspect": inspect, "atif": atif, "sweagent": sweagent, "chat": chat}
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        if args.db:
            sources = [(Path(args.db).stem, os.path.abspath(args.db))]
        else:
            sources = [(name, folder / f"{name}.db") for name, _ in SOURCES]
            for (name, database), (_, file) in zip(sources, SOURCES):
                line = [command, "import", name, str(FIXTURES / file), "--db", str(database), "-q"]
                subprocess.run(line, check=True, stdout=subprocess.DEVNULL)
        for source, database in sources:
            out = folder / f"{source}.out"
            targets = ["mini", "sweagent", "atif", "inspect/log.eval", "inspect/log.json", "chat/chat.jsonl"]
            for target in targets:
                line = [command, "export", target.split("/")[0], "latest", "--db", str(database), "-o", str(out / target), "-q"]
                subprocess.run(line, check=True)
            for name, check in checks.items():
                try:
                    print(f"{source:<10} {name:<10} ok: {check(out / name)} accepted")
                except ImportError as missing:
                    print(f"{source:<10} {name:<10} skipped: {missing}")
                except Exception as error:  # noqa: BLE001: whatever the tool says is the finding
                    failed += 1
                    print(f"{source:<10} {name:<10} FAILED: {type(error).__name__}: {error}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
