"""Parts that rendered mixers are made of: their source is copied, they are never imported."""
