// A client under test, and a receiver that the test plays.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "adapters/http/http_client.h"
#include "tests/support/loopback.h"

namespace chasqui::testing {

class HttpClientTest : public LoopbackTest {
 protected:
  void SetUp() override { start(); }
  void start() {
    client.reset();
    client = *http::AsioHttpClient::make(loop, settings);
  }
  ports::OutgoingRequest request(std::string body = "", Millis time = std::chrono::seconds(5)) const {
    ports::OutgoingRequest r;
    r.origin = {false, "127.0.0.1", receiver.port()};
    r.head = "POST /hook HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    r.body = std::move(body);
    r.deadline = loop.steady_now() + time;
    return r;
  }
  /// Sends; the answer appears in `answers`, at the place of the request.
  std::size_t send(ports::OutgoingRequest r) {
    const auto place = answers.size();
    answers.emplace_back();
    client->send(std::move(r), [this, place](ports::Answer a) {
      EXPECT_FALSE(answers[place].has_value()) << "answered twice";
      answers[place] = std::move(a);
    });
    EXPECT_FALSE(answers[place].has_value()) << "never before send() returns";
    return place;
  }
  const ports::Answer& answer(std::size_t place) {
    EXPECT_TRUE(until([&] { return answers[place].has_value(); }));
    static const ports::Answer none;
    return answers[place] ? *answers[place] : none;
  }
  RawSocket accepted() {
    RawSocket socket;
    EXPECT_TRUE(until([&] {
      socket = receiver.accept();
      return socket.is_open();
    }));
    return socket;
  }
  bool nobody_waits() {
    settle();
    return !receiver.accept().is_open();
  }
  /// Waits for a whole head, and takes it away with what follows it.
  std::string taken(RawSocket& socket) {
    EXPECT_TRUE(until([&] { return socket.has("\r\n\r\n"); }));
    return std::exchange(socket.received, "");
  }
  static constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  http::HttpClientSettings settings;
  RawListener receiver;
  std::deque<std::optional<ports::Answer>> answers;
  std::unique_ptr<http::AsioHttpClient> client;
};

}  // namespace chasqui::testing
