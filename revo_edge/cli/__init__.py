"""The `revo` command: one file for each group of commands."""
