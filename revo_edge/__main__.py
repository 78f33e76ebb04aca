"""`python -m revo_edge`: the command line; the daemon and its workers are started by it."""

from multiprocessing import freeze_support


def main() -> None:
    """Run the `revo` command."""
    from revo_edge.cli.main import cli  # noqa: PLC0415 - after freeze_support, in a bundle

    cli.main(prog_name="revo")


if __name__ == "__main__":
    freeze_support()
    main()
