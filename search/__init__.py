"""What to try next: strategies, budget, stop conditions, the campaign loop."""
