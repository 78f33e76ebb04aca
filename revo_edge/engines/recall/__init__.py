"""Perfect Recall: remembers code, notes and conversations, and finds the right one."""
