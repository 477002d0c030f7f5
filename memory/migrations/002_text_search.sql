-- Full-text indices over the text that is kept elsewhere; triggers keep them in step.
-- Rows are added and amended, never deleted, so there is no trigger for deletion.
CREATE VIRTUAL TABLE candidates_fts USING fts5 (
    name, source, content = 'candidates', content_rowid = 'number'
);
CREATE VIRTUAL TABLE proposals_fts USING fts5 (
    idea, content = 'proposals', content_rowid = 'id', tokenize = 'porter unicode61'
);
CREATE VIRTUAL TABLE insights_fts USING fts5 (
    text, content = 'insights', content_rowid = 'id', tokenize = 'porter unicode61'
);
CREATE VIRTUAL TABLE knowledge_fts USING fts5 (
    problem, idea, how, limits, source,
    content = 'knowledge', content_rowid = 'number', tokenize = 'porter unicode61'
);

CREATE TRIGGER candidates_fts_insert AFTER INSERT ON candidates BEGIN
    INSERT INTO candidates_fts (rowid, name, source) VALUES (new.number, new.name, new.source);
END;
CREATE TRIGGER candidates_fts_update AFTER UPDATE OF name, source ON candidates BEGIN
    INSERT INTO candidates_fts (candidates_fts, rowid, name, source)
    VALUES ('delete', old.number, old.name, old.source);
    INSERT INTO candidates_fts (rowid, name, source) VALUES (new.number, new.name, new.source);
END;
CREATE TRIGGER proposals_fts_insert AFTER INSERT ON proposals BEGIN
    INSERT INTO proposals_fts (rowid, idea) VALUES (new.id, new.idea);
END;
CREATE TRIGGER insights_fts_insert AFTER INSERT ON insights BEGIN
    INSERT INTO insights_fts (rowid, text) VALUES (new.id, new.text);
END;
CREATE TRIGGER knowledge_fts_insert AFTER INSERT ON knowledge BEGIN
    INSERT INTO knowledge_fts (rowid, problem, idea, how, limits, source)
    VALUES (new.number, new.problem, new.idea, new.how, new.limits, new.source);
END;

INSERT INTO candidates_fts (candidates_fts) VALUES ('rebuild');
INSERT INTO proposals_fts (proposals_fts) VALUES ('rebuild');
INSERT INTO insights_fts (insights_fts) VALUES ('rebuild');
INSERT INTO knowledge_fts (knowledge_fts) VALUES ('rebuild');
