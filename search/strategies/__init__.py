"""The search strategies: who asks, chooses and learns. `make_strategy` picks one by name."""
