-- From the demo's projects to :projects of them with :pledges pledges, all in SQL.
--
-- Every new project is a sample project moved to another tie of the book, with that project's
-- texts, budget, plan and amounts. Totals, receipts and the ledger's lines follow from the pledges.
-- Only the hashes of the new lines are not computed from what the lines say: each names the line
-- before it, as in a real chain, but `verify_ledger` would refuse it. No page reads more.

-- step: committees
INSERT INTO organisations_organisation (id, slug, kind, name, legal_name, address, register_number,
    contact_email, stripe_account, tax_note, is_sample, created_at, city_id)
SELECT uuidv7(), left('bench-committee-' || city.slug, 120), 'committee',
    'Committee (sample)', 'Committee, a sample association', '1 Sample Street', '',
    'committee@example.org', '', '{}', true, now() - interval '5 years', city.id
FROM cities_city city
WHERE NOT EXISTS (SELECT FROM organisations_organisation o WHERE o.city_id = city.id);
ANALYZE organisations_organisation;

-- step: projects
CREATE UNLOGGED TABLE bench_base AS
SELECT row_number() OVER (ORDER BY id) - 1 AS place, project.*
FROM projects_project project WHERE published_at IS NOT NULL;
CREATE UNLOGGED TABLE bench_tie AS
SELECT row_number() OVER (ORDER BY id) - 1 AS place, id, city_a_id, city_b_id
FROM cities_twinning WHERE state = 'confirmed';
CREATE UNLOGGED TABLE bench_committee AS
SELECT DISTINCT ON (city_id) city_id, id FROM organisations_organisation
WHERE kind = 'committee' ORDER BY city_id, id;
ALTER TABLE bench_committee ADD PRIMARY KEY (city_id);
CREATE UNLOGGED TABLE bench_project AS
SELECT n, base.id AS base_id, base.slug AS base_slug, uuidv7(-interval '1 minute' * n) AS id,
    CASE WHEN n % 2 = 0 THEN tie.city_a_id ELSE tie.city_b_id END AS home_id,
    CASE WHEN n % 2 = 0 THEN tie.city_b_id ELSE tie.city_a_id END AS twin_id,
    tie.id AS tie_id, base.currency,
    base.opens_at - interval '7 minutes' * (n % 9973) AS opens_at,
    base.closes_at + interval '11 minutes' * (n % 997) * (base.state = 'published')::int AS closes_at,
    -- A few projects that everybody knows, some more, and many small ones.
    CASE WHEN n <= 10 THEN :pledges / 100
         WHEN n <= 110 THEN :pledges / 1000
         ELSE (:pledges * 8 / 10) / (:projects - 110)
              + (n <= 110 + (:pledges * 8 / 10) % (:projects - 110))::int END AS pledges
FROM generate_series(1, :projects) n
JOIN bench_base base ON base.place = (n * 7919) % (SELECT count(*) FROM bench_base)
JOIN bench_tie tie ON tie.place = (hashint4(n) & 2147483647) % (SELECT count(*) FROM bench_tie);
ALTER TABLE bench_project ADD PRIMARY KEY (n);
ANALYZE bench_project;
CREATE UNLOGGED TABLE bench_pledge AS
SELECT *, gift_minor * 15 / 1000 + 25 AS fee_minor, md5('bench' || n) AS reference
FROM (
    SELECT row_number() OVER () AS n, p.n AS project_n, place, p.id AS project_id, p.currency,
        uuidv7(-interval '1 minute' * p.n) AS id,
        ((ARRAY[1000, 2000, 2500, 5000, 10000, 20000])[1 + place % 6])::bigint AS gift_minor,
        p.opens_at + least(now() - interval '1 hour' - p.opens_at, interval '20 days')
            * (place::float / p.pledges) AS made_at
    FROM bench_project p, generate_series(1, p.pledges) place
    ORDER BY p.id, place
) pledge;
ANALYZE bench_pledge;
INSERT INTO projects_project (id, slug, state, campaign, theme, committee_id, home_city_id,
    twin_city_id, twinning_id, default_language, title, summary, story, outcome, state_reason,
    currency, goal_minor, minimum_minor, raised_minor, promised_minor, supporters, opens_at,
    closes_at, published_at, created_at, art, search_text, is_sample)
SELECT p.id, left(base.slug, 100) || '-' || p.n, base.state, base.campaign, base.theme,
    committee.id, p.home_id, p.twin_id, p.tie_id, base.default_language,
    (SELECT jsonb_object_agg(key, value || ' ' || p.n) FROM jsonb_each_text(base.title)),
    base.summary, base.story, base.outcome, base.state_reason, base.currency,
    base.goal_minor, base.minimum_minor, total.gross, 0, total.pledges, p.opens_at, p.closes_at,
    p.opens_at, p.opens_at - interval '30 days', base.art,
    base.search_text || ' ' || home.search_text || ' ' || twin.search_text || ' ' || p.n, true
FROM bench_project p
JOIN bench_base base ON base.id = p.base_id
JOIN cities_city home ON home.id = p.home_id
JOIN cities_city twin ON twin.id = p.twin_id
JOIN bench_committee committee ON committee.city_id = p.home_id
JOIN (SELECT project_id, sum(gift_minor) AS gross, count(*) AS pledges
      FROM bench_pledge GROUP BY project_id) total ON total.project_id = p.id
ORDER BY p.id;

-- step: budgets and plans
INSERT INTO projects_budgetline (project_id, position, label, kind, amount_minor, is_required, month)
SELECT p.id, part.position, part.label, part.kind, part.amount_minor, part.is_required, part.month
FROM bench_project p JOIN projects_budgetline part ON part.project_id = p.base_id ORDER BY p.id;
INSERT INTO projects_milestone (project_id, position, label, amount_minor, due_on, reached_on)
SELECT p.id, part.position, part.label, part.amount_minor, part.due_on, part.reached_on
FROM bench_project p JOIN projects_milestone part ON part.project_id = p.base_id ORDER BY p.id;
INSERT INTO projects_exchange (project_id, position, direction, label)
SELECT p.id, part.position, part.direction, part.label
FROM bench_project p JOIN projects_exchange part ON part.project_id = p.base_id ORDER BY p.id;
INSERT INTO projects_suggestedamount (project_id, amount_minor, label)
SELECT p.id, part.amount_minor, part.label
FROM bench_project p JOIN projects_suggestedamount part ON part.project_id = p.base_id ORDER BY p.id;

-- step: pledges
INSERT INTO pledges_pledge (id, project_id, email, name, visibility, source_class, language,
    currency, gift_minor, cover_minor, fee_minor, state, is_processing, request_digest, token,
    public_reference, made_at, settled_at, is_sample)
SELECT id, project_id, 'guest' || n || '@example.org', 'Sample guest ' || n,
    (ARRAY['public', 'name_hidden', 'hidden'])[1 + n % 3],
    (ARRAY['citizen', 'citizen', 'citizen', 'citizen', 'citizen', 'citizen', 'citizen',
           'company', 'local_institution', 'foundation', 'municipality'])[1 + n % 11],
    'en', currency, gift_minor, 0, fee_minor, 'settled', false, '',
    translate(left(encode(sha256(reference::bytea), 'base64'), 43), '+/', '-_'),
    reference, made_at, made_at + interval '40 seconds', true
FROM bench_pledge ORDER BY n;

-- step: receipts
INSERT INTO pledges_receipt (pledge_id, organisation_id, year, number, issued_at)
SELECT pledge.id, committee.id, extract(year FROM made_at),
    1000000 + row_number() OVER (PARTITION BY committee.id ORDER BY made_at),
    made_at + interval '40 seconds'
FROM bench_pledge pledge
JOIN bench_project p ON p.n = pledge.project_n
JOIN bench_committee committee ON committee.city_id = p.home_id;
INSERT INTO pledges_receiptbook (organisation_id, year, last_number)
SELECT organisation_id, year, max(number) FROM pledges_receipt GROUP BY 1, 2
ON CONFLICT (organisation_id, year) DO UPDATE SET last_number = excluded.last_number;

-- step: transitions
INSERT INTO pledges_pledgetransition (pledge_id, old, event, new, at)
SELECT id, 'new', 'checkout_opened', 'pending', made_at FROM bench_pledge
UNION ALL
SELECT id, 'pending', 'payment_settled', 'settled', made_at + interval '40 seconds'
FROM bench_pledge;

-- step: ledger
INSERT INTO ledger_account (code, currency)
SELECT DISTINCT 'stripe:' || committee.id || ':' || p.currency, p.currency
FROM bench_project p JOIN bench_committee committee ON committee.city_id = p.home_id
ON CONFLICT DO NOTHING;
INSERT INTO ledger_account (code, currency)
SELECT 'project:' || id || side, currency FROM bench_project, unnest(ARRAY[':fees', ':gifts']) side
ORDER BY id;
CREATE UNLOGGED TABLE bench_book AS
SELECT p.id AS project_id, stripe.id AS stripe_id, fees.id AS fees_id, gifts.id AS gifts_id,
    nextval(pg_get_serial_sequence('ledger_chain', 'id')) AS chain_id
FROM bench_project p
JOIN bench_committee committee ON committee.city_id = p.home_id
JOIN ledger_account stripe ON stripe.code = 'stripe:' || committee.id || ':' || p.currency
JOIN ledger_account fees ON fees.code = 'project:' || p.id || ':fees'
JOIN ledger_account gifts ON gifts.code = 'project:' || p.id || ':gifts';
INSERT INTO ledger_chain (id, code, seq, hash)
SELECT book.chain_id, 'project:' || p.id, p.pledges,
    encode(sha256(convert_to(p.n || ':' || p.pledges, 'UTF8')), 'hex')
FROM bench_book book JOIN bench_project p ON p.id = book.project_id;
CREATE UNLOGGED TABLE bench_line AS
SELECT pledge.*, book.chain_id, book.stripe_id, book.fees_id, book.gifts_id,
    nextval(pg_get_serial_sequence('ledger_transaction', 'id')) AS line_id
FROM bench_pledge pledge JOIN bench_book book USING (project_id);
INSERT INTO ledger_transaction (id, kind, reference, chain_id, seq, day, posted_at,
    public_reference, entry_count, prev, hash)
SELECT line_id, 'pledge_settled', 'pledge:' || id, chain_id, place,
    ((made_at + interval '40 seconds') AT TIME ZONE 'UTC')::date, made_at + interval '40 seconds',
    reference, 3,
    CASE WHEN place = 1 THEN repeat('0', 64)
         ELSE encode(sha256(convert_to(project_n || ':' || place - 1, 'UTF8')), 'hex') END,
    encode(sha256(convert_to(project_n || ':' || place, 'UTF8')), 'hex')
FROM bench_line;
INSERT INTO ledger_entry (transaction_id, position, account_id, currency, debit_minor, credit_minor)
SELECT line_id, side, (ARRAY[stripe_id, fees_id, gifts_id])[side], currency,
    (ARRAY[gift_minor - fee_minor, fee_minor, 0])[side], (ARRAY[0, 0, gift_minor])[side]
FROM bench_line, generate_series(1, 3) side;
DROP TABLE bench_line, bench_book, bench_pledge, bench_project, bench_base, bench_tie,
    bench_committee;
