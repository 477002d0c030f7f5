-- Who measured a campaign's results: empty where this memory did, else the file that they came
-- from. Those are shown, and count for nothing.
ALTER TABLE campaigns ADD COLUMN origin TEXT NOT NULL DEFAULT '';

-- A table of standings is asked for by domain and tier, whatever the definition.
CREATE INDEX standings_by_tier ON standings (domain, tier, median);
