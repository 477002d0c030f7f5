"""What a campaign may spend, how far that goes, and when it stops."""
