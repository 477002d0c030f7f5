"""Who proposes: the grammar author, and teams of language models."""
