"""``python -m bench many``: thousands of fits, against loops."""
