"""Processes: workers, the user's Python beside them, and who starts and ends both."""
