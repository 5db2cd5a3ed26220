#!/usr/bin/env bash
# Makes a local CA, and a certificate by it for localhost and names below it. Keeps what is there and still valid.
#
# usage: certificates.sh FOLDER
set -euo pipefail

folder=${1:?a folder}
mkdir -p "$folder"
cd "$folder"
umask 077

if [ -f site.pem ] && openssl x509 -in site.pem -noout -checkend 86400 >/dev/null; then exit 0; fi

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
    -subj "/CN=Gatehouse local CA" -addext "basicConstraints=critical,CA:true,pathlen:0" \
    -addext "keyUsage=critical,keyCertSign,cRLSign" -keyout ca.key -out ca.pem 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
    -subj "/CN=localhost" -keyout site.key -out site.csr 2>/dev/null
openssl x509 -req -in site.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 397 -out site.crt -extfile <(
    # By name too: a wildcard right below localhost is one that some clients do not take.
    names="DNS:localhost,DNS:spc.localhost,DNS:www.localhost,DNS:*.localhost,DNS:*.reports.localhost"
    echo "subjectAltName=$names,IP:127.0.0.1,IP:::1"
    echo "extendedKeyUsage=serverAuth"
    echo "basicConstraints=CA:false"
) 2>/dev/null
cat site.crt ca.pem >site.pem
rm -f site.csr site.crt
chmod 644 ca.pem site.pem
