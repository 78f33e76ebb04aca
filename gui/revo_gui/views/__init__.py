"""Windows, pages and the widgets that they are made of."""
