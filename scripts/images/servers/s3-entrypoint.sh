#!/bin/sh
# Starts an S3 server for tests over a folder: ROOT_ACCESS_KEY, ROOT_SECRET_KEY, DATA_FOLDER (default /data, needs extended
# attributes), LISTEN_PORT (7070), BUCKETS (names of buckets to make). With tls.crt and tls.key in TLS_FOLDER (/tls) it
# speaks TLS. None is named S3_*, as a Service of that name would set them. Arguments are further global options of versitygw.
set -eu
mkdir -p "$DATA_FOLDER/buckets" "$DATA_FOLDER/versions"
for bucket in ${BUCKETS:-}; do mkdir -p "$DATA_FOLDER/buckets/$bucket"; done
if [ -r "$TLS_FOLDER/tls.crt" ]; then set -- --cert "$TLS_FOLDER/tls.crt" --key "$TLS_FOLDER/tls.key" "$@"; fi
exec versitygw --port ":$LISTEN_PORT" "$@" posix --versioning-dir "$DATA_FOLDER/versions" "$DATA_FOLDER/buckets"
