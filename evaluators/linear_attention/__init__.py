"""Linear attention: what a mixer must be, and how well it does on small proxy tasks."""

from .domain import LinearAttention

domain = LinearAttention()

__all__ = ["LinearAttention", "domain"]
