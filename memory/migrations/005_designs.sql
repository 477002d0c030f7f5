-- Designs in words, for full-text search; the row id is the candidate's number. Derived, and
-- brought in step by whoever searches and may write: a campaign does not wait for it.
CREATE VIRTUAL TABLE designs_fts USING fts5 (
    name, text, content = '', tokenize = 'porter unicode61'
);
-- A word of a name tells more than one of a description.
INSERT INTO designs_fts (designs_fts, rank) VALUES ('rank', 'bm25(4.0, 1.0)');
-- Counts of what was charged need not read every run.
CREATE INDEX evaluations_not_charged ON evaluations (campaign) WHERE NOT charged;
CREATE INDEX predictions_by_candidate ON predictions (candidate);
