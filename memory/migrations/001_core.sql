-- A campaign: one search of one domain. `wall_s` grows with every heartbeat, over resumes.
CREATE TABLE campaigns (
    id TEXT PRIMARY KEY,
    domain TEXT NOT NULL,
    domain_spec TEXT NOT NULL,          -- what the user typed: a name or a file
    objective TEXT NOT NULL,            -- the metric that is the score
    direction TEXT NOT NULL CHECK (direction IN ('max', 'min')),
    seed INTEGER NOT NULL,
    budget TEXT NOT NULL,
    config TEXT NOT NULL CHECK (json_valid(config)),
    status TEXT NOT NULL,
    created REAL NOT NULL,              -- all times are seconds since 1970, UTC
    heartbeat REAL NOT NULL,
    wall_s REAL NOT NULL DEFAULT 0,
    pid INTEGER,
    host TEXT NOT NULL DEFAULT ''
);

-- A program, once, whoever proposed it. `number` gives full-text search a stable row id.
CREATE TABLE candidates (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,            -- hash of the canonical form
    name TEXT NOT NULL,
    source TEXT NOT NULL,
    blueprint TEXT CHECK (blueprint IS NULL OR json_valid(blueprint)),
    created REAL NOT NULL
);
CREATE INDEX candidates_by_name ON candidates (name) WHERE name <> '';

-- How a candidate came into a campaign. The same program may enter several campaigns.
CREATE TABLE proposals (
    id INTEGER PRIMARY KEY,
    campaign TEXT NOT NULL REFERENCES campaigns (id),
    candidate TEXT NOT NULL REFERENCES candidates (id),
    level TEXT CHECK (level IN ('framework', 'structure', 'node')),
    operator TEXT NOT NULL,
    idea TEXT NOT NULL,
    author TEXT NOT NULL,
    decision INTEGER,                   -- the ticket of the search's decision
    created REAL NOT NULL,
    UNIQUE (campaign, candidate)
);
CREATE INDEX proposals_by_candidate ON proposals (candidate);

CREATE TABLE parents (
    proposal INTEGER NOT NULL REFERENCES proposals (id),
    position INTEGER NOT NULL,          -- the first parent is the one that was edited
    parent TEXT NOT NULL REFERENCES candidates (id),
    PRIMARY KEY (proposal, position)
) WITHOUT ROWID;
CREATE INDEX parents_by_parent ON parents (parent);

-- Runs that began and have not ended: after a kill, exactly what was lost.
CREATE TABLE in_flight (
    campaign TEXT NOT NULL REFERENCES campaigns (id),
    candidate TEXT NOT NULL REFERENCES candidates (id),
    tier TEXT NOT NULL,
    seed INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    attempt INTEGER NOT NULL,           -- 2 and more: an earlier attempt was cut off
    started REAL NOT NULL,
    PRIMARY KEY (campaign, candidate, tier, seed, purpose)
) WITHOUT ROWID;

-- Runs that ended; ids rise in the order of ending. The unique key forbids double counting.
CREATE TABLE evaluations (
    id INTEGER PRIMARY KEY,
    campaign TEXT NOT NULL REFERENCES campaigns (id),
    candidate TEXT NOT NULL REFERENCES candidates (id),
    tier TEXT NOT NULL,
    seed INTEGER NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('search', 'verify', 'reference', 'manual')),
    status TEXT NOT NULL CHECK (status IN ('ok', 'rejected', 'failed', 'timeout')),
    reason TEXT NOT NULL,
    score REAL,                         -- the campaign's objective, where the run yields it
    wall_s REAL NOT NULL,
    cpu_s REAL NOT NULL,
    device_s REAL NOT NULL,
    charged INTEGER NOT NULL,           -- 0: a shipped result, which cost this campaign nothing
    device TEXT NOT NULL,
    isolation TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    started REAL NOT NULL,
    finished REAL NOT NULL,
    CHECK (status = 'ok' OR score IS NULL),
    UNIQUE (candidate, tier, seed, campaign, purpose)
);
CREATE INDEX evaluations_by_campaign ON evaluations (campaign);

CREATE TABLE metrics (
    evaluation INTEGER NOT NULL REFERENCES evaluations (id),
    name TEXT NOT NULL,
    value REAL NOT NULL,
    PRIMARY KEY (evaluation, name)
) WITHOUT ROWID;

CREATE TABLE curves (
    evaluation INTEGER NOT NULL REFERENCES evaluations (id),
    name TEXT NOT NULL,
    dtype TEXT NOT NULL CHECK (dtype IN ('<f4', '<f8')),  -- f4 where that loses nothing
    data BLOB NOT NULL,
    PRIMARY KEY (evaluation, name)
) WITHOUT ROWID;

-- Derived: the median over seeds of every scored candidate. Written with each evaluation.
CREATE TABLE standings (
    domain TEXT NOT NULL,
    tier TEXT NOT NULL,
    objective TEXT NOT NULL,
    candidate TEXT NOT NULL REFERENCES candidates (id),
    median REAL NOT NULL,
    low REAL NOT NULL,
    high REAL NOT NULL,
    seeds INTEGER NOT NULL,
    runs INTEGER NOT NULL,
    PRIMARY KEY (candidate, domain, tier, objective)
) WITHOUT ROWID;
CREATE INDEX standings_by_median ON standings (domain, tier, objective, median);

CREATE TABLE predictions (
    id INTEGER PRIMARY KEY,
    campaign TEXT NOT NULL REFERENCES campaigns (id),
    candidate TEXT NOT NULL REFERENCES candidates (id),
    tier TEXT NOT NULL,
    model TEXT NOT NULL,
    mean REAL NOT NULL,
    spread REAL NOT NULL,
    created REAL NOT NULL,
    UNIQUE (campaign, candidate, tier, model)
);

CREATE TABLE insights (
    id INTEGER PRIMARY KEY,
    campaign TEXT NOT NULL REFERENCES campaigns (id),
    candidate TEXT REFERENCES candidates (id),
    evaluation INTEGER REFERENCES evaluations (id),
    kind TEXT NOT NULL,                 -- lesson, warning, ...
    text TEXT NOT NULL,
    author TEXT NOT NULL,
    created REAL NOT NULL
);
CREATE INDEX insights_by_candidate ON insights (candidate);
CREATE INDEX insights_by_campaign ON insights (campaign);

-- Entries from papers and notes, keyed on the problem that they help with.
CREATE TABLE knowledge (
    id TEXT PRIMARY KEY,                -- hash of the entry
    number INTEGER NOT NULL UNIQUE,
    domain TEXT NOT NULL,
    source TEXT NOT NULL,
    problem TEXT NOT NULL,
    idea TEXT NOT NULL,
    how TEXT NOT NULL,
    limits TEXT NOT NULL,
    created REAL NOT NULL
);

CREATE TABLE llm_calls (
    id INTEGER PRIMARY KEY,
    campaign TEXT NOT NULL REFERENCES campaigns (id),
    candidate TEXT REFERENCES candidates (id),  -- for a workflow's own model calls
    decision INTEGER,
    role TEXT NOT NULL,
    model TEXT NOT NULL,
    key TEXT NOT NULL,                  -- hash of the request, for cache and replay
    request TEXT NOT NULL CHECK (json_valid(request)),
    reply TEXT CHECK (reply IS NULL OR json_valid(reply)),
    error TEXT NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    usd REAL NOT NULL,
    wall_s REAL NOT NULL,
    created REAL NOT NULL
);
CREATE INDEX llm_calls_by_campaign ON llm_calls (campaign, decision);
CREATE INDEX llm_calls_by_key ON llm_calls (key);

-- What was spent, written in the transaction that stores what it paid for.
CREATE TABLE ledger (
    id INTEGER PRIMARY KEY,
    campaign TEXT NOT NULL REFERENCES campaigns (id),
    unit TEXT NOT NULL,
    amount REAL NOT NULL,
    evaluation INTEGER REFERENCES evaluations (id),
    call INTEGER REFERENCES llm_calls (id),
    note TEXT NOT NULL DEFAULT '',
    CHECK (evaluation IS NOT NULL OR call IS NOT NULL OR note <> '')
);
CREATE INDEX ledger_by_campaign ON ledger (campaign, unit, amount);
CREATE UNIQUE INDEX ledger_by_evaluation ON ledger (evaluation, unit) WHERE evaluation IS NOT NULL;
CREATE UNIQUE INDEX ledger_by_call ON ledger (call, unit) WHERE call IS NOT NULL;

CREATE TABLE artifacts (
    id INTEGER PRIMARY KEY,
    campaign TEXT NOT NULL REFERENCES campaigns (id),
    candidate TEXT REFERENCES candidates (id),
    evaluation INTEGER REFERENCES evaluations (id),
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    data BLOB NOT NULL,
    created REAL NOT NULL
);
CREATE INDEX artifacts_by_candidate ON artifacts (candidate);
CREATE INDEX artifacts_by_campaign ON artifacts (campaign);

CREATE TABLE claims (
    id INTEGER PRIMARY KEY,
    campaign TEXT NOT NULL REFERENCES campaigns (id),
    candidate TEXT NOT NULL REFERENCES candidates (id),
    reference TEXT NOT NULL,            -- its name in the domain
    reference_id TEXT REFERENCES candidates (id),
    tier TEXT NOT NULL,
    seeds TEXT NOT NULL CHECK (json_valid(seeds)),
    difference REAL NOT NULL,
    low REAL NOT NULL,
    high REAL NOT NULL,
    confidence REAL NOT NULL,
    looks INTEGER NOT NULL,             -- how many comparisons the interval allows for
    statement TEXT NOT NULL,
    holds INTEGER NOT NULL,
    created REAL NOT NULL
);
CREATE INDEX claims_by_candidate ON claims (candidate);
CREATE INDEX claims_by_campaign ON claims (campaign);

CREATE TABLE events (
    campaign TEXT NOT NULL REFERENCES campaigns (id),
    sequence INTEGER NOT NULL,
    kind TEXT NOT NULL,
    data TEXT NOT NULL CHECK (json_valid(data)),
    created REAL NOT NULL,
    PRIMARY KEY (campaign, sequence)
) WITHOUT ROWID;
