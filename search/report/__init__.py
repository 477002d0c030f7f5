"""What came of a campaign, in records and pictures."""
