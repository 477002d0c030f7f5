"""What to try next, and the campaign around it; each folder says what question it answers."""
