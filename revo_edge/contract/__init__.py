"""The wire: every message that crosses a process border is a Struct in this package."""
