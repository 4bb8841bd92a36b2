-- What databases with PostGIS and pgvector hold beyond others: columns and indexes of their types, tables that belong
-- to an extension and hold rows of the user, and what is made and granted around those.
CREATE ROLE surveyor NOLOGIN;
CREATE SCHEMA extensions;
CREATE EXTENSION postgis;
CREATE EXTENSION postgis_topology;
CREATE EXTENSION vector WITH SCHEMA extensions;
COMMENT ON EXTENSION vector IS 'for the search';
SET search_path = public, extensions;

-- Rows of an extension's table that are the user's, and privileges on it
INSERT INTO spatial_ref_sys (srid, auth_name, auth_srid, srtext, proj4text)
SELECT srid + 900000, 'acme', srid, srtext, proj4text FROM spatial_ref_sys WHERE srid IN (32633, 3857);
GRANT INSERT, UPDATE ON spatial_ref_sys TO surveyor;
REVOKE SELECT ON geography_columns FROM PUBLIC;

CREATE TABLE place (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  at geometry(Point, 4326) NOT NULL,
  local geometry(Point, 932633),
  area geography(Polygon, 4326) CHECK (ST_IsValid(area::geometry)),
  extent box2d
);
CREATE INDEX place_at ON place USING gist (at);
CREATE INDEX place_at_spgist ON place USING spgist (at);
CREATE INDEX place_at_brin ON place USING brin (at);
CREATE INDEX place_at_order ON place (at);
CREATE INDEX place_area ON place USING gist (area);
CREATE INDEX place_local ON place USING gist (ST_Transform(at, 932633)) WHERE local IS NOT NULL;
CREATE VIEW readable AS SELECT id, ST_AsEWKT(at) AS at, round(ST_Area(area)) AS square_metres FROM place;
CREATE MATERIALIZED VIEW hulls AS SELECT id % 10 AS part, ST_ConvexHull(ST_Collect(at)) AS hull FROM place GROUP BY 1;
CREATE INDEX hulls_hull ON hulls USING gist (hull);
INSERT INTO place (name, at, local, area, extent)
SELECT 'Ort ' || n, at, ST_Transform(at, 932633), ST_Buffer(at::geography, 50), Box2D(at)
FROM (SELECT n, ST_SetSRID(ST_MakePoint(12 + n / 1000.0, 48 + n % 90 / 100.0), 4326) AS at FROM generate_series(1, 2000) AS n) AS p;
REFRESH MATERIALIZED VIEW hulls;

-- A topology: a schema of the user's that rows of two tables of the extension speak of
SELECT topology.CreateTopology('streets', 4326);
CREATE TABLE street (id serial PRIMARY KEY, name text);
SELECT topology.AddTopoGeometryColumn('streets', 'public', 'street', 'course', 'LINE');
INSERT INTO street (name, course)
SELECT 'Weg ' || n, topology.toTopoGeom(ST_GeomFromText(format('LINESTRING(%s 48, %s 49)', n, n), 4326), 'streets', 1)
FROM generate_series(1, 5) AS n;

CREATE TABLE article (
  id bigserial PRIMARY KEY,
  body text,
  meaning vector(8),
  short halfvec(8),
  sparse sparsevec(100)
);
INSERT INTO article (body, meaning, short, sparse)
SELECT 'text ' || n, v::vector, v::halfvec, format('{%s:1,50:%s}/100', n % 49 + 1, n)::sparsevec
FROM (SELECT n, ARRAY(SELECT sin(n * k) FROM generate_series(1, 8) AS k)::real[] AS v FROM generate_series(1, 2000) AS n) AS a;
CREATE INDEX article_near ON article USING hnsw (meaning vector_cosine_ops);
CREATE INDEX article_near_short ON article USING hnsw (short halfvec_l2_ops);
CREATE INDEX article_lists ON article USING ivfflat (meaning vector_l2_ops) WITH (lists = 20);
CREATE INDEX article_order ON article (meaning);
CREATE TYPE scored AS (article bigint, meaning vector);
CREATE FUNCTION nearest(vector) RETURNS SETOF scored LANGUAGE sql STABLE
  AS 'SELECT id, meaning FROM public.article ORDER BY meaning OPERATOR(extensions.<=>) $1 LIMIT 3';
