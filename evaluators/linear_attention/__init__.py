"""The linear-attention domain: causal, sub-quadratic sequence mixers."""
