#!/usr/bin/env python3
"""What a turn costs in three harnesses: Turnwise, mini-swe-agent and Inspect AI, in one run.

Each plays N tasks of T turns with a model that recites, once with `cat small.txt` as a real process on every turn
and once with no process. The figure is CPU time (user and system, children included) a turn, less that of a run of
one task with one turn, which is the start-up. A development script: no test runs it, as it needs the peers.

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install mini-swe-agent inspect-ai
    cargo build --release
    /tmp/peers/bin/python tests/peers/harness.py --turnwise target/release/turnwise
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile

SMALL = "x" * 63 + "\n"
DONE = "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"


def mini(tasks, turns, process):
    """mini-swe-agent: its own agent and local environment, a trajectory file for each task."""
    os.environ["MSWEA_SILENT_STARTUP"] = "1"
    from pathlib import Path

    from minisweagent.agents.default import DefaultAgent
    from minisweagent.environments.local import LocalEnvironment
    from minisweagent.exceptions import Submitted
    from minisweagent.models.test_models import DeterministicModel, make_output

    class NoProcess(LocalEnvironment):
        def execute(self, action, cwd="", *, timeout=None):
            if action["command"] == DONE:
                exit_message = {"role": "exit", "content": "", "extra": {"exit_status": "Submitted", "submission": ""}}
                raise Submitted(exit_message)
            return {"output": SMALL, "returncode": 0, "exception_info": ""}

    class Batch(DefaultAgent):
        def save(self, path, *extra):
            # Its batch runner saves a task's trajectory when the task ends.
            if self.messages and self.messages[-1].get("role") == "exit":
                return super().save(path, *extra)
            return {}

    for task in range(tasks):
        commands = ["cat small.txt"] * (turns - 1) + [DONE]
        outputs = [make_output("Looking.", [{"command": command}], 0.0) for command in commands]
        environment = LocalEnvironment() if process else NoProcess()
        config = {"system_template": "You repair programs.", "instance_template": "Repair {{task}}."}
        agent = Batch(DeterministicModel(outputs=outputs), environment, **config)
        agent.run(f"task {task}")
        agent.save(Path(f"task-{task}.traj.json"))


def inspect(tasks, turns, process):
    """Inspect AI: the react agent, the bash tool in the local sandbox, its ordinary log."""
    import inspect_ai
    from inspect_ai.agent import react
    from inspect_ai.dataset import Sample
    from inspect_ai.model import ModelOutput, ModelUsage, get_model
    from inspect_ai.tool import bash, tool

    @tool(name="bash")
    def canned():
        async def execute(cmd: str) -> str:
            """Run a command.

            Args:
                cmd: The command.
            """
            return SMALL

        return execute

    def reply(tool_name, arguments):
        output = ModelOutput.for_tool_call("mockllm/model", tool_name, arguments)
        # Without it the tokens are counted by a tokenizer that has to be downloaded.
        output.usage = ModelUsage(input_tokens=100, output_tokens=10, total_tokens=110)
        return output

    def replies():
        for _ in range(tasks):
            for _ in range(turns - 1):
                yield reply("bash", {"cmd": "cat small.txt"})
            yield reply("submit", {"answer": "done"})

    samples = [Sample(input=f"Repair task {n}.", files={"small.txt": SMALL}) for n in range(tasks)]
    task = inspect_ai.Task(
        dataset=samples, solver=react(tools=[bash() if process else canned()]), sandbox="local" if process else None
    )
    model = get_model("mockllm/model", custom_outputs=replies())
    logs = inspect_ai.eval(task, model=model, display="none", max_samples=1, log_dir="logs")
    if any(log.status != "success" for log in logs):
        sys.exit(f"inspect-ai failed: {logs[0].error}")


def child(args):
    """Runs one peer in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        with open("small.txt", "w", encoding="utf-8") as file:
            file.write(SMALL)
        {"mini-swe-agent": mini, "inspect-ai": inspect}[args.child](args.tasks, args.turns, args.process)


def cpu_seconds(command):
    """The CPU time of a command and its children, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "HOME": home}
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def command(harness, tasks, turns, process, args):
    """The command that plays the tasks."""
    if harness == "turnwise":
        with tempfile.TemporaryDirectory() as folder:
            database = os.path.join(folder, "bench.db")
        os.makedirs(os.path.dirname(database))
        line = [args.turnwise, "bench", "harness", "--tasks", str(tasks), "--turns", str(turns), "--db", database]
        return line + ([] if process else ["--no-process"])
    line = [sys.executable, __file__, "--child", harness, "--tasks", str(tasks), "--turns", str(turns)]
    return line + (["--process"] if process else [])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turnwise", default="target/release/turnwise", help="the built command")
    parser.add_argument("--tasks", type=int, default=50)
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--process", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        return child(args)
    rows = []
    for process in [False, True]:
        costs = {}
        # Round by round, so that a busy moment of the machine hits everyone.
        for _ in range(args.repeat):
            for harness in ["turnwise", "mini-swe-agent", "inspect-ai"]:
                start = cpu_seconds(command(harness, 1, 1, process, args))
                whole = cpu_seconds(command(harness, args.tasks, args.turns, process, args))
                costs.setdefault(harness, []).append((whole - start) * 1e3 / (args.tasks * args.turns))
        ours = statistics.median(costs["turnwise"])
        for harness, all_costs in costs.items():
            cost = statistics.median(all_costs)
            rows.append({"process": process, "harness": harness, "cpu_ms_per_turn": round(cost, 3)})
            action = "cat small.txt" if process else "no process"
            print(f"{action:<14} {harness:<15} {cost:8.3f} ms CPU a turn  {cost / ours:7.1f} x")
    print(json.dumps(rows), file=sys.stderr)
    return None


if __name__ == "__main__":
    main()
