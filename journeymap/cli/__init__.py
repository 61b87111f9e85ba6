"""The command line: one file per command. It imports nothing but typer and rich until a command runs."""

from journeymap.cli.app import app, main

__all__ = ["app", "main"]
