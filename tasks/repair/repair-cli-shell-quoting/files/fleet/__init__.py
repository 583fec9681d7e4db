"""Runs a command on many hosts."""
from .command import Command
from .runner import Result, run
from .ways import Container, Local, Ssh, Sudo

__all__ = ["Command", "Container", "Local", "Result", "Ssh", "Sudo", "run"]
