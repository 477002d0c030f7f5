"""Which candidate goes on to a dearer tier, and how far one run goes."""
