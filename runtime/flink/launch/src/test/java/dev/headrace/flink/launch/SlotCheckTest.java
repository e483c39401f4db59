package dev.headrace.flink.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class SlotCheckTest {
  @Test
  void readsTheSlotsOfAnOverview() {
    assertEquals(
        6, SlotCheck.slots("{\"taskmanagers\":2,\"slots-total\":6,\"slots-available\":4}"));
  }

  @Test
  void takesAnyOtherAnswerForNone() {
    assertEquals(-1, SlotCheck.slots("java.net.ConnectException"));
    assertEquals(-1, SlotCheck.slots("{\"errors\":[\"Service temporarily unavailable\"]}"));
  }
}
