/** README.md at a repository's prefix: how to open a backup and check evidence with nothing but ordinary programs. */
export const readmeText = `# Backups of PostgreSQL, made by pgcairn

Every folder \`NAMESPACE/NAME/RUN/\` is one run. It exists when \`manifest.json\` is in it; a folder without one is
what a killed run left, and is removed by the next run. Times in names are UTC. Below \`_drills/\` lies the evidence of
drills, see the end.

| file | what |
|---|---|
| \`DATABASE.dump.age\` | one database: pg_dump's custom format, encrypted with age. \`database-OID\` stands for a name that is not safe as a file name |
| \`globals.sql.age\` | roles and tablespaces, SQL, encrypted |
| \`inventory.json.age\` | tables with row counts, extensions, collations, settings; encrypted |
| \`manifest.json\` | what the run is: a DSSE envelope with an in-toto statement; signed where the repository has a key |

The paths of files are in the manifest: those of a run that had to be tried again lie in \`attempt-2/\` and so on.
Files without \`.age\` at the end are not encrypted. Files with \`.zst\` before it were compressed by zstd around the
format: decompress them with \`zstd -d\` after decrypting.

## What a run holds

    jq -r .payload manifest.json | base64 -d | jq .predicate

\`client.version\` is the pg_dump that wrote it: use pg_restore of that major or a newer one.

## Are the files what the manifest says?

    jq -r .payload manifest.json | base64 -d \\
      | jq -r '.subject[] | "\\(.digest.sha256)  \\(.name)"' | sha256sum -c

## Is the manifest signed by your key?

\`signing.pub\` is the public key, made once with \`openssl pkey -in signing.key -pubout -out signing.pub\`.

    jq -r .payload manifest.json | base64 -d > payload
    jq -r '.signatures[0].sig' manifest.json | base64 -d > signature
    { printf 'DSSEv1 28 application/vnd.in-toto+json %d ' "$(wc -c < payload)"; cat payload; } > signed
    openssl pkeyutl -verify -pubin -inkey signing.pub -rawin -in signed -sigfile signature

## Bring a database back

\`identity.txt\` is the age identity (\`AGE-SECRET-KEY-1...\`) of one of the recipients. Check the files first, as above.

    age -d -i identity.txt globals.sql.age | psql -X -d postgres
    createdb -T template0 restored
    age -d -i identity.txt DATABASE.dump.age | pg_restore --exit-on-error -d restored

Roles that exist already give errors in the first line; they do no harm. To leave owners and grants out, skip it and
add \`--no-owner --no-acl\` to pg_restore. To load with several jobs, decrypt into a file first and add \`-j 4\`.
Encoding and locale of the source are in the inventory: \`age -d -i identity.txt inventory.json.age | jq .\`
Afterwards run \`ANALYZE\`: a dump carries no statistics.

## Was it rehearsed?

Every folder \`_drills/NAMESPACE/DRILL/RUN/\` is the evidence of one drill: a run was restored into a throw-away server,
and checked. It is evidence when \`evidence.dsse.json\` is in it; nothing of pgcairn removes it.

| file | what |
|---|---|
| \`evidence.html\` | the page to read, in any browser |
| \`evidence.json\` | the record it was made from: which run, each check, the time the recovery took |
| \`evidence.dsse.json\` | an envelope like that of a manifest, around the digests of both; signed where the repository has a key |

In such a folder, with \`signing.pub\` as above:

    jq -r .payload evidence.dsse.json | base64 -d > payload
    jq -r '.subject[] | "\\(.digest.sha256)  \\(.name)"' payload | sha256sum -c
    jq -r '.signatures[0].sig' evidence.dsse.json | base64 -d > signature
    { printf 'DSSEv1 28 application/vnd.in-toto+json %d ' "$(wc -c < payload)"; cat payload; } > signed
    openssl pkeyutl -verify -pubin -inkey signing.pub -rawin -in signed -sigfile signature
    jq .predicate payload

The last one prints the verdict and the place in the chain: \`sequence\` counts the drills of that name from 1, and
\`previous\` names the one before with the digest that \`sha256sum ../RUN/evidence.dsse.json\` must print for it. A number
that is missing is evidence that somebody removed.
`;
