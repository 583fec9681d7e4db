"""The command line."""
import sys

from . import CycleError, ParseError, order, parse


def main(arguments, out=sys.stdout):
    path, *only = arguments
    with open(path, encoding="utf-8") as file:
        text = file.read()
    try:
        names = order(parse(text), only or None)
    except (CycleError, ParseError) as error:
        print(f"build: {error}", file=out)
        return 1
    print("\n".join(names), file=out)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
