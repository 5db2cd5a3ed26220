#!/usr/bin/env bash
# A private PostgreSQL in a folder, reached through a Unix socket in that folder alone.
#
# usage: postgres.sh start|stop|url FOLDER
#
# PostgreSQL refuses to run as root, so root hands the folder to the user `postgres` and runs the server as that user.
set -euo pipefail

action=${1:?start, stop or url}
folder=$(realpath -m "${2:?a folder}")
database=gatehouse

newest=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
export PATH="${newest:+$newest:}$PATH"

server=()
if [ "$(id -u)" -eq 0 ]; then
    # The folder may lie below one that only root may enter (/root): the server is let through by that one capability.
    server=(setpriv --reuid=postgres --regid=postgres --init-groups)
    if ! setpriv --reuid=postgres --regid=postgres --init-groups test -x "$(dirname "$folder")"; then
        server+=(--inh-caps=+dac_read_search --ambient-caps=+dac_read_search)
    fi
fi

# A socket's path may be 107 bytes long at most.
sockets=$folder/run
if [ "${#sockets}" -gt 80 ]; then
    sockets=/tmp/gatehouse-$(id -u)-$(printf '%s' "$folder" | cksum | cut -d' ' -f1)
fi

url() { printf 'postgresql:///%s?host=%s&user=gatehouse\n' "$database" "$sockets"; }

case "$action" in
    url) url ;;
    start)
        mkdir -p "$folder" "$sockets"
        [ "$(id -u)" -ne 0 ] || chown postgres: "$folder" "$sockets"
        cd "$folder"
        if [ ! -f data/PG_VERSION ]; then
            "${server[@]}" initdb --pgdata="$folder/data" --username=gatehouse --auth=trust --encoding=UTF8 \
                --locale=C.UTF-8 --no-sync >"$folder/initdb.log" 2>&1 ||
                { cat "$folder/initdb.log" >&2; exit 1; }
            chmod 700 "$sockets" 2>/dev/null || true
        fi
        "${server[@]}" pg_ctl --pgdata="$folder/data" status >/dev/null 2>&1 ||
            "${server[@]}" pg_ctl --pgdata="$folder/data" --wait --log="$folder/data/server.log" \
                --options="-c listen_addresses='' -c unix_socket_directories='$sockets'" start >/dev/null ||
            { tail -n 20 "$folder/data/server.log" >&2; exit 1; }
        psql --quiet --tuples-only --host="$sockets" --username=gatehouse --dbname=postgres \
            --command="SELECT 1 FROM pg_database WHERE datname = '$database'" | grep -q 1 ||
            createdb --host="$sockets" --username=gatehouse "$database"
        url
        ;;
    stop)
        cd "$folder"
        "${server[@]}" pg_ctl --pgdata="$folder/data" --mode=fast --wait stop >/dev/null
        ;;
    *) echo "postgres.sh: start, stop or url; not $action" >&2; exit 64 ;;
esac
