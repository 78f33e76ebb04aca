"""Perfect Recall: what was stored is found again, by words and by meaning."""
