#!/bin/sh
# Run once by the image of PostgreSQL, when it creates the database: the login role of API and workers, which owns nothing.
set -eu
psql --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" <<'SQL'
\getenv password SERVING_PASSWORD
CREATE ROLE retinue_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'password';
SQL
