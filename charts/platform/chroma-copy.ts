/** Longest that a copy may hold Chroma, in seconds; its liveness probe waits for longer. */
export const FREEZE_SECONDS = 240;

/**
 * Copies Chroma's directory while its process is stopped, lets it go on, and then sends the copy away: the state of one
 * moment, as after a loss of power, which SQLite's log and Chroma's own recover from. Runs beside it, in a shared
 * process namespace, since a process can be stopped only from its own pod. Whatever happens, Chroma goes on.
 *
 * From the environment: TARGET (rclone's spelling), RETAIN (copies), DATA, COPY (directories), PROCESS (name).
 */
export const COPY_SCRIPT = `set -eu
exec 9>"$COPY/lock"
flock -n 9 || { echo '{"refused":"a copy is under way"}'; exit 1; }
stamp=$(date -u +%Y-%m-%dT%H-%M-%SZ)
pid=$(pidof "$PROCESS")
resume() { kill -CONT "$pid" 2>/dev/null || true; }
trap resume EXIT
trap 'exit 1' TERM INT
rm -rf "$COPY/next"
mkdir -p "$COPY/next"
kill -STOP "$pid"
# A signal is sent, not done: nothing is read before every thread stands still.
for try in 1 2 3 4 5 6 7 8 9 10; do
  grep -q '^State:[[:space:]]*T' "/proc/$pid/status" && break
  [ "$try" -lt 10 ] || { echo '{"refused":"the process does not stop"}'; exit 1; }
  sleep 1
done
timeout ${FREEZE_SECONDS} cp -a "$DATA/." "$COPY/next/"
resume
trap - EXIT
rclone copy "$COPY/next" "$TARGET/$stamp"
rclone check --one-way "$COPY/next" "$TARGET/$stamp"
# Last, and only of a copy that arrived whole: what has no such file is none.
echo "$stamp" | rclone rcat "$TARGET/$stamp.complete"
rm -rf "$COPY/next"
rclone lsf "$TARGET" --files-only --include '*.complete' | sort -r | tail -n +$((RETAIN + 1)) | while read -r old; do
  rclone deletefile "$TARGET/$old"
  rclone purge "$TARGET/\${old%.complete}"
done
echo "{\\"copied\\":\\"$stamp\\"}"
`;

/** Answers each connection with a copy: its last line says what was copied, or nothing was. */
export const LISTEN_SCRIPT = 'exec nc -lk -p "$PORT" -e sh /scripts/copy.sh';

/** Asks for a copy and fails when there is none, so that the schedule's job fails with it. */
export const ASK_SCRIPT = `set -eu
answer=$(nc "$HOST" "$PORT" </dev/null | tail -n 1)
echo "$answer"
case "$answer" in '{"copied":'*) ;; *) exit 1 ;; esac
`;
