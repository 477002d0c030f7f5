"""What a campaign is asked to do, and what it is put together from: domain, author, models."""
