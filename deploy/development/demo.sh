#!/usr/bin/env bash
# Starts all that it takes to try Gatehouse, and stops all of it on Ctrl-C.
#
# Everything generated lies under .gatehouse/. A second run keeps the data and the certificates.
set -euo pipefail
cd "$(dirname "$0")/../.."

here=deploy/development
folder=$PWD/.gatehouse
gatehouse=$PWD/.build/release/gatehouse
password="try the gatehouse"

"$here/install.sh" demo
echo "Building (the first time takes some minutes) …"
build_log=$(mktemp)
swift build -c release --product gatehouse --static-swift-stdlib >"$build_log" 2>&1 || { cat "$build_log"; rm -f "$build_log"; exit 1; }
rm -f "$build_log"
mkdir -p "$folder"
exec 9>"$folder/demo.lock"
flock --nonblock 9 || { echo "The demo is running already: https://localhost:8443" >&2; exit 1; }

started=()
stop() {
    trap - EXIT INT TERM
    for process in "${started[@]}"; do kill -TERM "$process" 2>/dev/null || true; done
    for process in "${started[@]}"; do wait "$process" 2>/dev/null || true; done
    "$here/postgres.sh" stop "$folder/postgres" || true
    echo "Stopped. The data stays in .gatehouse/ for the next time."
}
trap stop EXIT
trap 'exit 0' INT TERM

GATEHOUSE_DATABASE_URL=$("$here/postgres.sh" start "$folder/postgres" 9>&-)
export GATEHOUSE_DATABASE_URL
"$gatehouse" migrate up >/dev/null
"$here/certificates.sh" "$folder/tls"

[ -s "$folder/assertion-key" ] || (umask 077 && openssl rand -base64 32 >"$folder/assertion-key")
GATEHOUSE_DEMO_ASSERTION_KEY=$(<"$folder/assertion-key")
export GATEHOUSE_DEMO_ASSERTION_KEY

# person NAME "FULL NAME" [GLOBAL ROLE…], then grants as PLANT=ROLE
person() {
    local username=$1 name=$2
    shift 2
    "$gatehouse" user show "$username" >/dev/null 2>&1 && return
    local roles=(--role user) grants=()
    for word in "$@"; do
        case "$word" in *=*) grants+=("$word") ;; *) roles+=(--role "$word") ;; esac
    done
    printf '%s\n' "$password" |
        "$gatehouse" user create "$username" --email "$username@example.com" --name "$name" "${roles[@]}" \
            --status active >/dev/null
    for grant in "${grants[@]}"; do "$gatehouse" role grant "$username" "${grant%=*}" "${grant#*=}" >/dev/null; done
}

plants=$("$gatehouse" plant list --json)
for plant in "detroit:Detroit Assembly" "lyon:Usine de Lyon" "graz:Werk Graz"; do
    grep -q "\"${plant%%:*}\"" <<<"$plants" ||
        "$gatehouse" plant create "${plant%%:*}" --name "${plant#*:}" >/dev/null
done
person olivia "Olivia Operator" detroit=operator
person sam "Sam Supervisor" detroit=operator lyon=supervisor
person erin "Erin Engineer" detroit=engineer lyon=operator
person ada "Ada Admin" ADMIN detroit=admin lyon=admin graz=admin
person mark "Mark Marketing" MARKETING

"$gatehouse" demo-app --listen 127.0.0.1:0 >"$folder/demo-app.log" 2>&1 9>&- &
started+=($!)
for _ in $(seq 100); do
    GATEHOUSE_DEMO_APP=$(sed -n 's/^listening on \(http:[^ ]*\)$/\1/p' "$folder/demo-app.log")
    [ -z "$GATEHOUSE_DEMO_APP" ] || break
    sleep 0.1
done
[ -n "$GATEHOUSE_DEMO_APP" ] || { cat "$folder/demo-app.log" >&2; exit 1; }
export GATEHOUSE_DEMO_APP GATEHOUSE_DEMO=$folder

"$gatehouse" serve --config config/demo.yaml >"$folder/access.log" 2>"$folder/gatehouse.log" 9>&- &
gateway=$!
started+=("$gateway")
for _ in $(seq 100); do
    kill -0 "$gateway" 2>/dev/null || { cat "$folder/gatehouse.log" >&2; exit 1; }
    ! curl --silent --fail --output /dev/null http://127.0.0.1:9901/readyz || break
    sleep 0.1
done

cat <<TEXT

Gatehouse is ready:  https://localhost:8443

  To look around                                   who may
  https://localhost:8443/                          anyone who is signed in
  https://spc.localhost:8443/plants/detroit/       a role in the plant detroit
  https://lyon.reports.localhost:8443/             supervisors of lyon
  https://www.localhost:8443/campaigns/            the global roles MARKETING or ADMIN

  Sign in as   with the password        holds
  olivia       $password        operator in detroit
  sam          $password        operator in detroit, supervisor in lyon
  erin         $password        engineer in detroit, operator in lyon
  ada          $password        admin everywhere, global role ADMIN
  mark         $password        global role MARKETING

  The certificate is signed by a CA of this demo: .gatehouse/tls/ca.pem. Import it, or accept the warning.
  With curl:   curl --cacert .gatehouse/tls/ca.pem https://localhost:8443/
  Operations:  http://127.0.0.1:9901/metrics   /healthz   /readyz
  Mails are not sent but shown: https://localhost:8443/.gatehouse/mails (and in .gatehouse/mail/). So one can try
  to create an account, to forget a password, and to be invited: as ada, at /.gatehouse/account/invitations.
  Logs:        .gatehouse/access.log   .gatehouse/gatehouse.log

  On the command line, in another terminal:
  export GATEHOUSE_DATABASE_URL='$GATEHOUSE_DATABASE_URL'
  .build/release/gatehouse role list

  Why may olivia not do this?
  .build/release/gatehouse explain --config config/demo.yaml --user olivia PUT https://spc.localhost/plants/detroit/limits/7

  Take a role away while somebody uses it: as olivia, open https://spc.localhost:8443/plants/detroit/?live, then
  .build/release/gatehouse role revoke olivia detroit
  and see the stream end at once. Give it back with: .build/release/gatehouse role grant olivia detroit operator

Ctrl-C stops everything.
TEXT
wait "$gateway"
