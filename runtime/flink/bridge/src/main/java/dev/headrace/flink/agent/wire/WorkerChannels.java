package dev.headrace.flink.agent.wire;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.util.concurrent.TimeUnit;

/** Makes channels to workers, and keeps their certificates current. */
final class WorkerChannels {
  /** One frame; the operator sends much smaller ones. */
  static final int MAX_FRAME_BYTES = 64 << 20;

  private static final int CONNECT_TIMEOUT_MS = 5_000;
  private static final int WINDOW_BYTES = 4 << 20;

  private final WorkerAddresses workers;
  private final SslContext tls;
  private AdvancedTlsX509KeyManager keys;
  private AdvancedTlsX509TrustManager authorities;
  private long loadedStamp;

  /**
   * @throws IllegalStateException when the certificates cannot be read
   */
  WorkerChannels(WorkerAddresses workers) {
    this.workers = workers;
    if (workers.tlsDirectory() == null) {
      tls = null;
      return;
    }
    try {
      keys = new AdvancedTlsX509KeyManager();
      authorities = AdvancedTlsX509TrustManager.newBuilder().build();
      load();
      tls = GrpcSslContexts.forClient().keyManager(keys).trustManager(authorities).build();
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(
          "HR-FLINK-001 the certificates in %s cannot be used: %s (the directory holds ca.crt, tls.crt and tls.key in PEM, as cert-manager mounts them)"
              .formatted(workers.tlsDirectory(), e.getMessage()),
          e);
    }
  }

  ManagedChannel open(InetSocketAddress address, String host) {
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(address)
            .directExecutor()
            .maxInboundMessageSize(MAX_FRAME_BYTES)
            .flowControlWindow(WINDOW_BYTES)
            .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MS)
            .keepAliveTime(10, TimeUnit.SECONDS)
            .keepAliveTimeout(20, TimeUnit.SECONDS)
            .keepAliveWithoutCalls(true)
            .disableRetry();
    if (tls == null) return builder.usePlaintext().build();
    String name = workers.serverName() == null ? host : workers.serverName();
    return builder.sslContext(tls).overrideAuthority(name).build();
  }

  /**
   * Reads the certificates again when their files have changed: later connections use them, open
   * ones live on.
   *
   * @return what is wrong with the new files, whereupon the old ones stay in use; null when all is
   *     well
   */
  String reload() {
    if (tls == null || stamp() == loadedStamp) return null;
    try {
      load();
      return null;
    } catch (IOException | GeneralSecurityException e) {
      return e.getMessage();
    }
  }

  private void load() throws IOException, GeneralSecurityException {
    long stamp = stamp();
    keys.updateIdentityCredentials(file("tls.crt"), file("tls.key"));
    authorities.updateTrustCredentials(file("ca.crt"));
    loadedStamp = stamp;
  }

  /**
   * Changes when any of the files does; a Kubernetes volume swaps them all behind one symbolic
   * link.
   */
  private long stamp() {
    long stamp = 0;
    for (String name : new String[] {"ca.crt", "tls.crt", "tls.key"}) {
      File file = file(name);
      stamp = 31 * (31 * stamp + file.lastModified()) + file.length();
    }
    return stamp;
  }

  private File file(String name) {
    return new File(workers.tlsDirectory(), name);
  }
}
