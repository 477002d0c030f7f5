"""The words we say to language models: Jinja2 templates, nothing else."""

from .rendering import Prompt, fence, names, render

__all__ = ["Prompt", "fence", "names", "render"]
