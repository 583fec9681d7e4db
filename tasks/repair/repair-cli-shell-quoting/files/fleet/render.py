"""Commands as lines for a POSIX shell."""
from shlex import quote


def render(command):
    """The command as one line; variables are sorted, so that equal commands give equal lines."""
    # Only the value is quoted: with its name within the quotes it would be the name of a program.
    parts = [f"{name}={quote(value)}" for name, value in sorted(command.env.items())]
    parts.extend(quote(word) for word in command.words)
    line = " ".join(parts)
    if command.cwd is not None:
        line = f"cd '{command.cwd}' && {line}"
    return line
