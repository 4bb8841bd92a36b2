#!/usr/bin/env bash
# Opens the newest backup of the demo with nothing of pgcairn: curl, age, pg_restore, psql, pg_dump.
# The demo runs this very file, and ends by printing it.
#   environment: STORE (the endpoint), BUCKET, CURL_CONFIG (a file with the access key),
#                IDENTITY (the age private key), PGHOST PGPORT PGUSER PGPASSFILE, RUN (namespace/name/run), OUT (a folder)
set -euo pipefail
cd "$OUT"

# 1. Fetch the run's objects with an ordinary S3 client.
for object in manifest.json shop.dump.age globals.sql.age inventory.json.age; do
  curl --fail --silent --show-error --config "$CURL_CONFIG" --output "$object" "$STORE/$BUCKET/postgres/$RUN/$object"
done

# 2. What does the manifest say? Compare the digests of what lies here.
jq --raw-output .payload manifest.json | base64 --decode >statement.json
jq --raw-output '.subject[] | "\(.digest.sha256)  \(.name)"' statement.json | sha256sum --check

# 3. Open the dump with the private key.
age --decrypt --identity "$IDENTITY" --output shop.dump shop.dump.age
age --decrypt --identity "$IDENTITY" --output inventory.json inventory.json.age

# 4. Restore it into a new database.
psql --no-psqlrc --quiet --dbname=postgres --command='DROP DATABASE IF EXISTS shop_restored' --command='CREATE DATABASE shop_restored TEMPLATE template0'
pg_restore --exit-on-error --jobs=2 --dbname=shop_restored shop.dump

# 5. Compare it with the original: the schema, and the rows of every table.
pg_dump --schema-only shop | grep -v '^\\\(un\)\?restrict ' >original.sql
pg_dump --schema-only shop_restored | grep -v '^\\\(un\)\?restrict ' >restored.sql
diff original.sql restored.sql && echo "schema: equal ($(wc --lines <restored.sql) lines)"
counts="SELECT format('%I.%I', n.nspname, c.relname), (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM ONLY %I.%I', n.nspname, c.relname), false, true, '')))[1]
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'm') AND c.relispopulated AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
psql --no-psqlrc --no-align --tuples-only --dbname=shop --command="$counts" >original.counts
psql --no-psqlrc --no-align --tuples-only --dbname=shop_restored --command="$counts" >restored.counts
diff original.counts restored.counts && echo "rows: equal ($(wc --lines <restored.counts) tables)"
