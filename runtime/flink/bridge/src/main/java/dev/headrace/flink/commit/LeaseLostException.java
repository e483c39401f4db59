package dev.headrace.flink.commit;

/** Another owner has the job: what this one made is the other's to make. */
public final class LeaseLostException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  LeaseLostException(String job, long epoch, Permit permit) {
    super(
        "HR-FLINK-030 job %s lost its lease: it runs under epoch %d, and the permit says %s of epoch %d; its outputs since are not committed"
            .formatted(job, epoch, permit.state(), permit.epoch()));
  }
}
