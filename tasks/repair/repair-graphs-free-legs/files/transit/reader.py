"""Reads networks."""
import re

from .network import Network

LEG = re.compile(r"(?P<start>\S.*?)\s+(?P<way>[->])\s+(?P<end>\S.*?)(?:\s+(?P<minutes>\d+))?")


class FormatError(Exception):
    """A line that is no leg."""


def read(text):
    network = Network()
    for number, line in enumerate(text.splitlines(), 1):
        line = line.partition("#")[0].strip()
        if not line:
            continue
        match = LEG.fullmatch(line)
        if not match:
            raise FormatError(f"line {number}: expected `stop - stop minutes`")
        minutes = match["minutes"]
        join = network.connect if match["way"] == "-" else network.add
        join(match["start"], match["end"], None if minutes is None else int(minutes))
    return network
