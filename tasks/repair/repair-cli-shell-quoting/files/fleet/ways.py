"""Ways to a shell: on this machine, as another user, in a container, on another host."""
from shlex import quote

from .render import render


class Way:
    """One step of a way; `then` is the step behind it, if any."""

    def __init__(self, then=None):
        self.then = then

    def wrap(self, line):
        """A line for the shell that this step starts from, which runs `line` where it leads."""
        raise NotImplementedError

    def line(self, command):
        inner = self.then.line(command) if self.then else render(command)
        return self.wrap(inner)

    def argv(self, command):
        """What to execute on this machine."""
        return ["sh", "-c", self.line(command)]


class Local(Way):
    """The shell of this machine."""

    def wrap(self, line):
        return line


class Sudo(Way):
    """A shell of another user."""

    def __init__(self, user, then=None):
        super().__init__(then)
        self.user = user

    def wrap(self, line):
        return f"sudo -u {quote(self.user)} sh -c '{line}'"


class Container(Way):
    """A shell in a running container."""

    def __init__(self, name, then=None):
        super().__init__(then)
        self.name = name

    def wrap(self, line):
        return f"docker exec {quote(self.name)} sh -c '{line}'"


class Ssh(Way):
    """A shell on another host. It must be the first step, as it is for a person."""

    def __init__(self, host, then=None):
        super().__init__(then)
        self.host = host

    def wrap(self, line):
        return line

    def argv(self, command):
        # ssh hands its last word to the shell of the other side: it is quoted for that one alone.
        return ["ssh", self.host, self.line(command)]
