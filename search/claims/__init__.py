"""Whether the best of a search is better than the references, and by how much."""
