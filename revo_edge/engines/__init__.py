"""What the product does: each engine is a folder, imported only where it runs."""
