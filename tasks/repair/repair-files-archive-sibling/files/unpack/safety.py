"""Decides what may be written, and where."""
import os


class UnsafeArchive(Exception):
    """An archive that is not extracted."""


def stripped(name, count):
    """The name without its first folders, or None if nothing is left."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    if name.startswith(("/", "\\")):
        # An absolute name stays one; it must not become harmless by accident.
        return "/" + "/".join(parts)
    return "/".join(parts[count:]) or None


def target(folder, name):
    """Where a member is written."""
    root = os.path.abspath(folder)
    path = os.path.abspath(os.path.join(root, name))
    if not path.startswith(root):
        raise UnsafeArchive(f"outside the folder: {name}")
    return path


def plan(members, folder, strip, limit):
    """Pairs of a member and its path, for all that is to be written."""
    steps, total = [], 0
    for member in members:
        if member.kind == "other":
            raise UnsafeArchive(f"neither file nor folder: {member.name}")
        total += member.size
        if limit is not None and total > limit:
            raise UnsafeArchive(f"larger than {limit} bytes")
        name = stripped(member.name, strip)
        if name is not None:
            steps.append((member, target(folder, name)))
    return steps
