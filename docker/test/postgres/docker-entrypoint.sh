#!/bin/bash
set -euo pipefail
if [ "$1" = postgres ] && [ "$(id -u)" = 0 ]; then
  install -d -o postgres -g postgres -m 700 "$PGDATA"
  install -d -o postgres -g postgres -m 775 /var/run/postgresql
  exec setpriv --reuid postgres --regid postgres --init-groups "$0" "$@"
fi
if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
  # shellcheck disable=SC2086  # several arguments in one variable, as the official image has them
  initdb --username postgres --pwfile="$POSTGRES_PASSWORD_FILE" --auth scram-sha-256 $POSTGRES_INITDB_ARGS
  password=$(cat "$POSTGRES_PASSWORD_FILE")
  pg_ctl -o "-c listen_addresses=''" -w start
  PGPASSWORD=$password createdb --username postgres "$POSTGRES_DB"
  pg_ctl -m fast -w stop
fi
exec "$@"
