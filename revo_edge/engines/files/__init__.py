"""Source trees: which files there are, what is in them; for every engine that reads one."""
