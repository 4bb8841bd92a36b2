#!/bin/sh
# Checks evidence of a drill: signatures, digests, and the chain. Needs a POSIX shell, OpenSSL 3, sha256sum, sed. Ends with 0 only if all holds.
#   usage: verify-evidence.sh FOLDER KEY [FIRST]       FOLDER: _drills/<namespace>/<name> of the repository, downloaded
#   KEY: the public key in PEM, or: unsigned           FIRST: number that the chain may begin with, instead of 1
set -eu
[ $# -ge 2 ] && ls "$1"/*/evidence.dsse.json > /dev/null && { [ "$2" = unsigned ] || openssl pkey -pubin -in "$2" -noout; } ||
  { sed -n '3,4s/^# *//p' "$0" >&2 && exit 2; }
folder=$1 key=$2 first=${3:-1} last=0 type=application/vnd.in-toto+json signatures='[]'
scratch=$(mktemp -d) && trap 'rm -rf "$scratch"' EXIT
fault() { echo "FAULT in $run: $*" >&2 && exit 1; }; sha256() { sha256sum "$1" | cut -d ' ' -f 1; }
field() { sed -n "s/^ \{$3\}\"$2\": \"*\([^\",{]*\)\"*,*\$/\1/p" "$1"; } # FILE NAME INDENTATION: one field a line
[ "$key" = unsigned ] || keyid=$(openssl pkey -pubin -in "$key" -outform DER | openssl dgst -sha256 -binary | openssl base64)
for path in "$folder"/*/; do
  run=$(basename "$path") envelope=$path/evidence.dsse.json
  [ -f "$envelope" ] || { echo "no evidence in $run: the drill was cut short" && continue; }
  field "$envelope" payload 2 | openssl base64 -d -A > "$scratch/$run"
  if [ "$key" != unsigned ]; then
    printf 'DSSEv1 %d %s %d ' ${#type} $type "$(wc -c < "$scratch/$run")" | cat - "$scratch/$run" > "$scratch/signed"
    field "$envelope" sig 6 | openssl base64 -d -A > "$scratch/sig"
    openssl pkeyutl -verify -pubin -inkey "$key" -rawin -in "$scratch/signed" -sigfile "$scratch/sig" > "$scratch/said" 2>&1 ||
      fault "it is not signed by this key, or was changed"
    signatures=$(printf '[\n    {\n      "keyid": "SHA256:%s",\n      "sig": "%s"\n    }\n  ]' "${keyid%=}" "$(openssl base64 -A < "$scratch/sig")")
  fi
  printf '{\n  "payloadType": "%s",\n  "payload": "%s",\n  "signatures": %s\n}\n' $type "$(openssl base64 -A < "$scratch/$run")" "$signatures" |
    cmp -s - "$envelope" || fault "the envelope has another form than the one that is written"
  for file in evidence.json evidence.html; do
    digest=$(sed -n "/^      \"name\": \"$file\"/,/}/s/^        \"sha256\": \"\(.*\)\"/\1/p" "$scratch/$run")
    [ "$(sha256 "$path/$file")" = "$digest" ] || fault "$file is not the file that the envelope names"
  done
  number=$(field "$scratch/$run" sequence 4) verdict=$(field "$scratch/$run" verdict 4)
  [ "$(field "$scratch/$run" runId 4)" = "$run" ] || fault "it is of another run"
  [ "$number" -gt 0 ] && mkdir "$scratch/$number" || fault "another evidence has its number $number"
  echo "$run" > "$scratch/$number/run" && echo "number $number, run $run: $verdict, sha256:$(sha256 "$envelope")"
  [ "$number" -le "$last" ] || last=$number
done
while [ "$last" -gt "$first" ] && run=$(cat "$scratch/$last/run") && last=$((last - 1)); do
  before=$(field "$scratch/$run" runId 6) && [ "$(cat "$scratch/$last/run" 2> /dev/null)" = "$before" ] || fault "number $last before it is missing"
  [ "$(field "$scratch/$run" digest 6)" = "sha256:$(sha256 "$folder/$before/evidence.dsse.json")" ] || fault "number $last before it was changed"
done
[ "$last" -eq "$first" ] && [ -d "$scratch/$first" ] && echo "All of it holds." || fault "number $first is missing"
