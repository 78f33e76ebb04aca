"""Parallel Mind: analysis and the user's own functions over many inputs."""
