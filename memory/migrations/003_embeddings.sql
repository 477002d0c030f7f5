-- Vectors of texts, so that meaning can be searched. Derived: all of it can be made anew.
CREATE TABLE embeddings (
    model TEXT NOT NULL,                -- which embedder, with what makes its vectors differ
    kind TEXT NOT NULL,                 -- candidate, insight or knowledge
    item TEXT NOT NULL,                 -- its id
    vector BLOB NOT NULL,               -- float16, little-endian, of unit length
    PRIMARY KEY (model, kind, item)
) WITHOUT ROWID;
