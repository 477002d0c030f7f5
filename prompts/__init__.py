"""The words we say to language models: Jinja2 templates, nothing else."""
