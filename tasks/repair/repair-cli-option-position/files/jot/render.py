"""How notes are shown."""
import json


def plain(notes):
    lines = []
    for note in notes:
        mark = "x" if note["done"] else " "
        parts = [str(note["number"]), f"[{mark}]", note["text"]]
        parts.extend("#" + tag for tag in note["tags"])
        lines.append("  ".join(parts))
    return "\n".join(lines)


def as_json(notes):
    return json.dumps(notes, sort_keys=True)


FORMATS = {"plain": plain, "json": as_json}
