package dev.headrace.flink.commit;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;

/**
 * What the region's supervisor allows a job to commit, as it lies in the region's own store. Times
 * are milliseconds since 1970.
 *
 * @param epoch of the lease that the region holds, or held last
 * @param state held, or lost: then no epoch up to this one commits again
 * @param commit replicated or local
 * @param checkpoint the newest checkpoint of this epoch that is a restore point in every standby;
 *     null before the first
 * @param until when the lease ends unless it is renewed
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record Permit(
    @JsonProperty(required = true) long epoch,
    @JsonProperty(required = true) String state,
    @JsonProperty(required = true) String commit,
    Long checkpoint,
    @JsonProperty(required = true) long until) {
  private static final ObjectMapper JSON = new ObjectMapper();

  enum Answer {
    COMMIT,
    /** It was held for so long that it would be lost, and the lease is held. */
    COMMIT_ALONE,
    WAIT,
    NEVER
  }

  static Permit of(byte[] json) throws IOException {
    Permit permit = JSON.readValue(json, Permit.class);
    if (!permit.state.equals("held") && !permit.state.equals("lost"))
      throw new IOException("state is neither held nor lost: " + permit.state);
    if (!permit.commit.equals("replicated") && !permit.commit.equals("local"))
      throw new IOException("commit is neither replicated nor local: " + permit.commit);
    return permit;
  }

  /**
   * Whether a job may commit what belongs to a checkpoint.
   *
   * <p>That a restore point is in a standby stays true for ever: whoever takes the job over goes on
   * from it or from a later one, and computes nothing of it again. So an old permit of this kind
   * does no harm, however long its reader slept. One by the lease alone ends with the lease.
   *
   * @param epoch that the job runs under
   * @param since when the job began to hold it back
   * @param alone how long it may hold it back, or null
   */
  Answer ask(long epoch, long checkpoint, long now, long since, Long alone) {
    if (this.epoch > epoch || (this.epoch == epoch && state.equals("lost"))) return Answer.NEVER;
    if (this.epoch < epoch) return Answer.WAIT;
    boolean held = now < until;
    if (commit.equals("local")) return held ? Answer.COMMIT : Answer.WAIT;
    if (this.checkpoint != null && checkpoint <= this.checkpoint) return Answer.COMMIT;
    return held && alone != null && now - since >= alone ? Answer.COMMIT_ALONE : Answer.WAIT;
  }
}
