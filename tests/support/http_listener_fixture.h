// A listener under test with a handler that the test directs, and raw clients.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "adapters/http/http_listener.h"
#include "tests/support/loopback.h"

namespace chasqui::testing {

/// The handler answers `<number of the request>:<its body>` at once, unless told to leave that to the test.
class HttpListenerTest : public LoopbackTest, public ports::HttpHandler {
 protected:
  void SetUp() override { start(); }
  void start() {
    listener.reset();
    listener = std::make_unique<http::AsioHttpListener>(loop, *this, settings);
    const auto started = listener->start();
    ASSERT_TRUE(started.has_value()) << started.error().detail;
  }
  RawSocket connect() { return connect_to(listener->port()); }
  static std::string get(const std::string& path) { return "GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n"; }
  /// Waits for an answer with a body of known length, and gives it without its date.
  std::string answer(RawSocket& socket) {
    EXPECT_TRUE(until([&] { return socket.has("\r\n\r\n"); }));
    settle();
    socket.pump();
    std::string text = std::exchange(socket.received, "");
    if (const auto at = text.find("Date: "); at != std::string::npos) text.erase(at, text.find("\r\n", at) + 2 - at);
    return text;
  }
  void respond(std::size_t place, ports::OutgoingResponse response) {
    std::exchange(waiting.at(place), nullptr)(std::move(response));
  }

  std::size_t body_max(std::string_view, std::string_view path) override { return path == "/small" ? 10 : 100u << 20; }
  void handle(ports::IncomingRequest request, ports::Respond respond) override {
    const auto number = handled.size();
    handled.push_back(std::move(request));
    if (drop) return;
    if (later) {
      waiting.resize(number + 1);
      waiting[number] = std::move(respond);
      return;
    }
    respond({200, {{"Content-Type", "text/plain"}}, std::to_string(number) + ":" + *handled.back().body});
  }

  http::HttpListenerSettings settings;
  std::deque<ports::IncomingRequest> handled;
  std::vector<ports::Respond> waiting;  ///< of requests that the test answers
  bool later = false;
  bool drop = false;
  std::unique_ptr<http::AsioHttpListener> listener;
};

}  // namespace chasqui::testing
