package dev.headrace.flink.commit;

import java.io.Serializable;

/**
 * What keeps a job that no longer owns its stream from committing.
 *
 * @param job name, for messages
 * @param permit URI of the permit, in the region's own store
 * @param epoch that the job runs under
 * @param poll milliseconds between two reads of the permit while something waits
 * @param alone milliseconds after which the lease alone permits, for what would be lost if it
 *     waited longer; null: never
 */
public record GuardOptions(String job, String permit, long epoch, long poll, Long alone)
    implements Serializable {}
