#!/bin/sh
# Starts a PostgreSQL server for tests, in the manner of the official image, as whatever user the pod runs under.
#
# PGDATA (default /var/lib/postgresql/data), POSTGRES_USER (postgres), POSTGRES_DB (the user's name),
# POSTGRES_PASSWORD_FILE or POSTGRES_PASSWORD, POSTGRES_INITDB_ARGS; /docker-entrypoint-initdb.d/*.{sql,sh} run once.
# With tls.crt and tls.key in POSTGRES_TLS_DIR (/etc/postgresql/tls) it speaks TLS.
# Arguments that begin with a dash are the server's; anything else is run instead of the server.
set -eu
umask 077

start_for_setup() { pg_ctl --silent -D "$PGDATA" -o "-c listen_addresses='' -c unix_socket_directories=$PGHOST -c archive_mode=off" -w start >&2; }
sql() { psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" "$@"; }

make_cluster() {
  password=${POSTGRES_PASSWORD:-}
  [ -z "${POSTGRES_PASSWORD_FILE:-}" ] || password=$(cat "$POSTGRES_PASSWORD_FILE")
  [ -n "$password" ] || { echo "set POSTGRES_PASSWORD_FILE or POSTGRES_PASSWORD" >&2; exit 1; }
  mkdir -p "$PGDATA"
  chmod 700 "$PGDATA" 2>/dev/null || true
  find "$PGDATA" -mindepth 1 -delete # what a start that was killed left
  printf '%s\n' "$password" >"$PGHOST/.password"
  # shellcheck disable=SC2086
  initdb -D "$PGDATA" --username="$POSTGRES_USER" --pwfile="$PGHOST/.password" --encoding=UTF8 --locale=C.UTF-8 \
    --auth-local=trust --auth-host=scram-sha-256 ${POSTGRES_INITDB_ARGS:-} >&2
  rm "$PGHOST/.password"
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  echo 'host replication all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  start_for_setup
  database=${POSTGRES_DB:-$POSTGRES_USER}
  [ "$database" = postgres ] || echo 'CREATE DATABASE :"name"' | sql --dbname postgres -v name="$database"
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sql) sql --dbname "$database" --file "$file" ;;
      *.sh) sh "$file" ;;
    esac
  done
  pg_ctl --silent -D "$PGDATA" -m fast -w stop >&2
  touch "$PGDATA/complete"
}

case ${1:--} in
  -*) set -- postgres "$@" ;;
esac
[ "$1" = postgres ] || exec "$@"
shift

[ -e "$PGDATA/complete" ] || make_cluster
chmod 700 "$PGDATA" # a volume that is mounted again may have been opened to its group
rm -f "$PGDATA/postmaster.pid" # of a container that was killed; nothing else runs on this volume
if [ -r "$POSTGRES_TLS_DIR/tls.crt" ]; then
  cp "$POSTGRES_TLS_DIR/tls.crt" "$POSTGRES_TLS_DIR/tls.key" "$PGHOST/" # a mounted key is readable by too many
  chmod 600 "$PGHOST/tls.key"
  set -- -c ssl=on -c "ssl_cert_file=$PGHOST/tls.crt" -c "ssl_key_file=$PGHOST/tls.key" "$@"
fi
exec postgres -D "$PGDATA" -c "listen_addresses=*" -c "unix_socket_directories=$PGHOST" "$@"
