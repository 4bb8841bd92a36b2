-- Data of moderate entropy as applications have it: nine indexes, three of them on the largest table, and foreign keys.
-- Rows come from a formula, so that two runs compare the same bytes. `rows` sets the size: 1,000,000 makes about 350 MB.
SELECT setseed(0.5);
CREATE TABLE customers (id bigint PRIMARY KEY, uid uuid NOT NULL, email text NOT NULL UNIQUE, name text, country char(2), created timestamptz, profile jsonb);
INSERT INTO customers
SELECT g, md5(g::text)::uuid, 'user' || g || '@example.net', md5((g * 7)::text), (ARRAY['US', 'DE', 'FR', 'BR', 'IN'])[1 + g % 5],
       timestamptz '2024-01-01' + random() * interval '900 days',
       jsonb_build_object('tier', g % 3, 'score', round((random() * 1000)::numeric, 2), 'street', md5((g * 11)::text))
FROM generate_series(1, :rows / 6) g;
CREATE INDEX ON customers (created);
CREATE TABLE orders (id bigint PRIMARY KEY, customer bigint NOT NULL REFERENCES customers, status text, total numeric(12, 2), placed timestamptz, note text);
INSERT INTO orders
SELECT g, 1 + (random() * (:rows / 6 - 1))::bigint, (ARRAY['new', 'paid', 'shipped', 'done'])[1 + g % 4], round((random() * 5000)::numeric, 2),
       timestamptz '2024-01-01' + random() * interval '900 days', CASE WHEN g % 3 = 0 THEN md5(random()::text) || ' ' || md5(random()::text) END
FROM generate_series(1, :rows) g;
CREATE INDEX ON orders (customer);
CREATE INDEX ON orders (placed);
CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer bigint NOT NULL REFERENCES customers, at timestamptz, kind text, payload jsonb);
INSERT INTO events (customer, at, kind, payload)
SELECT 1 + (random() * (:rows / 6 - 1))::bigint, timestamptz '2026-01-01' + random() * interval '30 days', (ARRAY['click', 'view', 'buy'])[1 + g % 3],
       jsonb_build_object('address', (g % 255) || '.' || (g % 251) || '.0.1', 'session', md5(random()::text), 'value', (random() * 1e6)::int)
FROM generate_series(1, :rows / 2) g;
CREATE INDEX ON events (at);
CREATE TABLE documents (id int PRIMARY KEY, content bytea);
INSERT INTO documents
SELECT g, decode(string_agg(md5((g * 10007 + h)::text), ''), 'hex') FROM generate_series(1, :rows / 1300) g, generate_series(1, 1600) h GROUP BY g;
VACUUM ANALYZE;
