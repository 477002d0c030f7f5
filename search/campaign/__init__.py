"""One search in progress: propose, run, learn, and tell whoever watches."""
