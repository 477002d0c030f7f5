"""The grammar of linear-attention mixers and the published designs in it."""
