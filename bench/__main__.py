"""The command line: ``python -m bench COMMAND``; those that there are stand below."""

from __future__ import annotations

import argparse
import sys

from bench import compare, micro, report, run, scaling, threads
from bench.cv import command as cv
from bench.families import command as families
from bench.many import command as many
from bench.parity import command as parity
from bench.ridge import command as ridge

COMMANDS = {
    "run": (run, "whole problems, every solver, at matched accuracy"),
    "ridge": (ridge, "ways of solving ridge regression, at equal accuracy"),
    "families": (families, "logistic, softmax and Poisson paths, at matched accuracy"),
    "cv": (cv, "strengths chosen by cross-validation, at matched accuracy"),
    "many": (many, "thousands of fits in one call, against loops"),
    "parity": (parity, "coefficients of R's glmnet beside fastreg's, on real data"),
    "compare": (compare, "two states of fastreg, or two folders of results"),
    "report": (report, "the tables and pictures of a folder of runs, anew"),
    "micro": (micro, "kernels against the machine's limits"),
    "scaling": (scaling, "time of a path against p and n"),
    "threads": (threads, "speed-up by threads, and equality to the bit"),
}


def main() -> int:
    """Dispatch to a subcommand; bad arguments are a sentence and exit code 2."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (module, words) in COMMANDS.items():
        module.add_arguments(commands.add_parser(name, help=words, description=words))
    options = parser.parse_args()
    try:
        return int(COMMANDS[options.command][0].main(options))
    except ValueError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
