"""The command line: options, commands, exit status."""
import argparse
import sys

from .render import FORMATS
from .store import Store, UnknownNote

DEFAULT_FILE = "jot.json"


def common_options():
    """The options that every command knows."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--file", default=DEFAULT_FILE, help="where the notes are kept")
    common.add_argument("--format", choices=sorted(FORMATS), default="plain")
    common.add_argument("--quiet", action="store_true", help="confirm nothing")
    return common


def build_parser():
    common = common_options()
    parser = argparse.ArgumentParser(
        prog="jot", description="Notes on the command line.", parents=[common]
    )
    commands = parser.add_subparsers(dest="command", required=True)

    add = commands.add_parser("add", parents=[common], help="write a note down")
    add.add_argument("text")
    add.add_argument("--tag", action="append", default=[], dest="tags")
    add.set_defaults(run=run_add)

    show = commands.add_parser("list", parents=[common], help="show notes")
    show.add_argument("--tag")
    show.add_argument("--pending", action="store_true", help="only what is still to do")
    show.set_defaults(run=run_list)

    done = commands.add_parser("done", parents=[common], help="tick notes off")
    done.add_argument("numbers", type=int, nargs="+")
    done.set_defaults(run=run_done)
    return parser


def run_add(options, store, out):
    number = store.add(options.text, options.tags)
    store.save()
    if not options.quiet:
        print(f"added {number}", file=out)


def run_list(options, store, out):
    text = FORMATS[options.format](store.select(options.tag, options.pending))
    if text:
        print(text, file=out)


def run_done(options, store, out):
    for number in options.numbers:
        store.finish(number)
    store.save()
    if not options.quiet:
        print(f"done {', '.join(map(str, options.numbers))}", file=out)


def main(argv=None, out=None):
    """Runs one command line; returns the exit status."""
    out = out or sys.stdout
    options = build_parser().parse_args(argv)
    try:
        options.run(options, Store(options.file), out)
    except UnknownNote as error:
        print(f"jot: no note {error}", file=out)
        return 1
    return 0
