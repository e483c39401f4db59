package dev.headrace.flink.azure;

import java.time.Instant;

/** A token for the storage service. */
record AccessToken(String value, Instant expiry) {
  /** Without the token, so that it cannot get into a log by accident. */
  @Override
  public String toString() {
    return "AccessToken[expiry=" + expiry + "]";
  }
}
