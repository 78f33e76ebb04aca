"""`python -m revo_edge`: the command line; the daemon and its workers are started by it."""


def main() -> None:
    """Run the `revo` command."""
    from revo_edge.cli.main import cli  # noqa: PLC0415 - importing this module imports nothing else

    cli.main(prog_name="revo")


if __name__ == "__main__":
    main()
