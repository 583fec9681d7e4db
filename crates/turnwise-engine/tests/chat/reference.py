"""Renders the conversations of `conversations.json` with chat templates, as Hugging Face transformers does, and writes
`renderings.json` beside them. Development only; needs `pip install jinja2`.

    python reference.py templates            # the fixtures of this folder
    python reference.py FOLDER               # templates of real models: FOLDER/*.jinja, FOLDER/renderings.json

The second kind is compared by TURNWISE_CHAT_TEMPLATES=FOLDER cargo test -p turnwise-engine chat
"""

import datetime
import json
import pathlib
import sys

from jinja2 import nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

HERE = pathlib.Path(__file__).parent
TODAY = datetime.datetime(2024, 7, 26)
TOOLS = [{
    "type": "function",
    "function": {
        "name": "bash",
        "description": "Execute a bash command",
        "parameters": {
            "type": "object",
            "properties": {"command": {"type": "string", "description": "The bash <command> to exécute"}},
            "required": ["command"],
        },
    },
}]


class Generation(Extension):
    """`{% generation %}` writes its body."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller):
        return caller()


class Refused(Exception):
    pass


def raise_exception(message):
    raise Refused(message)


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def environment():
    env = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols]
    )
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = TODAY.strftime
    return env


def message(said, names):
    value = {"role": said["role"], "content": said["content"]}
    if said.get("tool_calls"):
        value["tool_calls"] = [
            {"type": "function", "id": call["id"],
             "function": {"name": call["name"], "arguments": json.loads(call["arguments"])}}
            for call in said["tool_calls"]
        ]
    if "tool_call_id" in said:
        value["tool_call_id"] = said["tool_call_id"]
        value["name"] = names[said["tool_call_id"]]
    return value


def render(template, conversation):
    said = conversation["messages"]
    names = {call["id"]: call["name"] for one in said for call in one.get("tool_calls", [])}
    extra = {key: conversation[key] for key in ["enable_thinking"] if key in conversation}
    try:
        return template.render(
            messages=[message(one, names) for one in said],
            tools=TOOLS if conversation.get("tools") else None,
            documents=None,
            add_generation_prompt=True,
            bos_token="<s>",
            eos_token="</s>",
            **extra,
        )
    except Refused as refused:
        return {"refused": str(refused)}
    except Exception as error:  # an accident of Python's, such as a loop over None: nothing to compare
        print(f"  {type(error).__name__}: {error}", file=sys.stderr)
        return None


def main():
    folder = pathlib.Path(sys.argv[1])
    conversations = json.loads((HERE / "conversations.json").read_text())
    env = environment()
    renderings = {}
    for path in sorted(folder.glob("*.jinja")):
        print(path.name, file=sys.stderr)
        template = env.from_string(path.read_text())
        renderings[path.stem] = {name: render(template, one) for name, one in conversations.items()}
    (folder / "renderings.json").write_text(json.dumps(renderings, indent=1, ensure_ascii=False) + "\n")


main()
