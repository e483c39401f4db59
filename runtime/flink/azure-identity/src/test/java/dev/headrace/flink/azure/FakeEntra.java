package dev.headrace.flink.azure;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/**
 * A token endpoint on the loopback interface that gives the answers it was told to, in turn, the
 * last one for ever.
 */
final class FakeEntra implements AutoCloseable {
  static final String TENANT = "11111111-2222-3333-4444-555555555555";

  record Answer(int status, String body, Map<String, String> headers) {}

  private final HttpServer server;
  private final Queue<Answer> answers = new ArrayDeque<>();

  /** The forms that were posted, in order. */
  final List<Map<String, String>> asked = Collections.synchronizedList(new ArrayList<>());

  FakeEntra() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
    server.createContext("/" + TENANT + "/oauth2/v2.0/token", this::answer);
    server.start();
  }

  /** The server, for a test that puts a storage service beside the token endpoint. */
  HttpServer server() {
    return server;
  }

  String authority() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/";
  }

  FakeEntra grants(String token, long seconds) {
    return answers(
        200,
        "{\"token_type\":\"Bearer\",\"expires_in\":"
            + seconds
            + ",\"ext_expires_in\":"
            + seconds
            + ",\"access_token\":\""
            + token
            + "\"}");
  }

  FakeEntra refuses(String aadsts) {
    return answers(
        400,
        "{\"error\":\"invalid_client\",\"error_description\":\""
            + aadsts
            + "\\r"
            + "\\n"
            + "Trace ID: 1\",\"error_codes\":[70021],\"timestamp\":\"2026-01-01 00:00:00Z\"}");
  }

  FakeEntra answers(int status, String body) {
    return answers(status, body, Map.of());
  }

  FakeEntra answers(int status, String body, Map<String, String> headers) {
    answers.add(new Answer(status, body, headers));
    return this;
  }

  private void answer(HttpExchange exchange) throws IOException {
    Map<String, String> form = new HashMap<>();
    for (String pair : new String(exchange.getRequestBody().readAllBytes(), UTF_8).split("&")) {
      int equals = pair.indexOf('=');
      form.put(pair.substring(0, equals), URLDecoder.decode(pair.substring(equals + 1), UTF_8));
    }
    asked.add(form);
    Answer answer = answers.size() > 1 ? answers.remove() : answers.element();
    answer.headers().forEach(exchange.getResponseHeaders()::set);
    byte[] body = answer.body().getBytes(UTF_8);
    exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
