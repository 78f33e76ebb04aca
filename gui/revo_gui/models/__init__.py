"""What the views show: Qt models and pure tables of values."""
