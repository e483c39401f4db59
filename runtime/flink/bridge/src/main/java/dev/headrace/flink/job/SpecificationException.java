package dev.headrace.flink.job;

/** A job specification that cannot be run, with the place in it and what to do. */
public final class SpecificationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  SpecificationException(String pointer, String message, String mend) {
    super(
        "HR-FLINK-010 job specification %s: %s (%s)"
            .formatted(pointer.isEmpty() ? "/" : pointer, message, mend));
  }
}
