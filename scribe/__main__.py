"""`python -m scribe` and the `scribe` command."""

from __future__ import annotations


def main() -> None:
    """Run the command line; imports nothing else until it does."""
    from scribe.cli import app

    app()


if __name__ == "__main__":
    main()
