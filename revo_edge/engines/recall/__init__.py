"""Perfect Recall: a memory of code, notes and conversations."""
