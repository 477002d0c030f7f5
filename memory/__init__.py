"""What has been learnt: schema, store, retrieval, lineage."""
