/**
 * Takes a snapshot of a search cluster and removes those beyond the newest RETAIN. Each step fails the job with the
 * cluster's own words. From the environment: URL, REPOSITORY (JSON), RETAIN, and CURL_OPTIONS (how to be known).
 */
export const SNAPSHOT_SCRIPT = `set -eu
api() { curl --silent --show-error --fail-with-body --max-time 3500 $CURL_OPTIONS --header 'Content-Type: application/json' "$@"; }
api --request PUT "$URL/_snapshot/headrace" --data "$REPOSITORY" >/dev/null
name=$(date -u +headrace-%Y%m%d-%H%M%S)
result=$(api --request PUT "$URL/_snapshot/headrace/$name?wait_for_completion=true" --data '{"include_global_state":false}')
case "$result" in *'"state":"SUCCESS"'*) ;; *) echo "$result"; exit 1 ;; esac
api "$URL/_cat/snapshots/headrace?h=id,status&s=id:desc" | awk '$1 ~ /^headrace-/ && $2 == "SUCCESS" { print $1 }' | tail -n +$((RETAIN + 1)) |
while read -r old; do api --request DELETE "$URL/_snapshot/headrace/$old" >/dev/null; done
echo "{\\"snapshot\\":\\"$name\\"}"
`;
