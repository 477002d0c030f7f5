-- What a campaign's scores mean: scores under different definitions of a domain never mix.
-- Empty: not known, as of every campaign that began before this version.
ALTER TABLE campaigns ADD COLUMN definition TEXT NOT NULL DEFAULT '';
-- This machine's mark that its user named the domain's file here.
ALTER TABLE campaigns ADD COLUMN seal TEXT NOT NULL DEFAULT '';

CREATE TABLE defined_standings (
    domain TEXT NOT NULL,
    definition TEXT NOT NULL,
    tier TEXT NOT NULL,
    objective TEXT NOT NULL,
    candidate TEXT NOT NULL REFERENCES candidates (id),
    median REAL NOT NULL,
    low REAL NOT NULL,
    high REAL NOT NULL,
    seeds INTEGER NOT NULL,
    runs INTEGER NOT NULL,
    PRIMARY KEY (candidate, domain, definition, tier, objective)
) WITHOUT ROWID;
INSERT INTO defined_standings
    SELECT domain, '', tier, objective, candidate, median, low, high, seeds, runs FROM standings;
DROP TABLE standings;
ALTER TABLE defined_standings RENAME TO standings;
CREATE INDEX standings_by_median ON standings (domain, definition, tier, objective, median);
