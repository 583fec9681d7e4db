"""Answers, one JSON line a request, what a generated program prints, without a process a run.

Modules are imported from memory; the scripts that run are the very files that a task's repository holds.
"""
import importlib
import importlib.abc
import importlib.machinery
import io
import json
import signal
import sys

sys.dont_write_bytecode = True
CODE = {}


class Memory(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    files = {}

    def find_spec(self, name, path, target=None):
        if name + ".py" in self.files:
            return importlib.machinery.ModuleSpec(name, self)
        return None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        exec(code(self.files[module.__name__ + ".py"], module.__name__), module.__dict__)


def code(text, name):
    if text not in CODE:
        if len(CODE) > 5000:
            CODE.clear()
        CODE[text] = compile(text, name, "exec")
    return CODE[text]


def forget(files):
    for name in files:
        sys.modules.pop(name[:-3], None)


def run_script(files, script):
    out, sys.stdout, status = sys.stdout, io.StringIO(), 0
    try:
        exec(code(files[script], script), {"__name__": "__main__"})
    except SystemExit as end:
        status = end.code or 0
    finally:
        text, sys.stdout = sys.stdout.getvalue(), out
    return {"output": text, "status": status}


def values(modules, texts):
    space = {"MODULES": modules, "sys": sys, "importlib": importlib}
    exec(code(RUNNER, "runner"), space)
    names, broken = space["load"]()
    return {"values": [broken if broken else space["call"](names, text) for text in texts]}


def answer(request):
    Memory.files = request["files"]
    try:
        signal.setitimer(signal.ITIMER_REAL, 3)
        if "script" in request:
            return run_script(request["files"], request["script"])
        return values(request["modules"], request["texts"])
    except BaseException as error:
        return {"error": type(error).__name__}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        forget(request["files"])


def expired(signum, frame):
    raise KeyboardInterrupt


signal.signal(signal.SIGALRM, expired)
sys.meta_path.insert(0, Memory())
RUNNER = json.loads(sys.stdin.readline())
for line in sys.stdin:
    reply = json.dumps(answer(json.loads(line)))
    sys.stdout.write(reply + "\n")
    sys.stdout.flush()
