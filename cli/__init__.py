"""The `discover` command and its live view."""
