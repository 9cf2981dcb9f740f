// Limits, timeouts, and the end.
#include <gtest/gtest.h>

#include "adapters/http/http_listener.h"
#include "tests/support/http_listener_fixture.h"

namespace chasqui::http {
namespace {

using namespace std::chrono_literals;
using testing::RawSocket;

class HttpListenerLimitsTest : public testing::HttpListenerTest {
 protected:
  void expect_refused(RawSocket& socket, const std::string& status) {
    EXPECT_TRUE(until([&] { return socket.ended(); }));
    EXPECT_TRUE(socket.received.starts_with("HTTP/1.1 " + status)) << socket.received;
    EXPECT_FALSE(socket.was_reset());
  }
};

TEST_F(HttpListenerLimitsTest, ConnectionsBeyondTheLimitAreAnswered503) {
  settings.connections_max = 2;
  start();
  RawSocket a = connect(), b = connect();
  EXPECT_TRUE(until([&] { return listener->stats().connections == 2; }));
  RawSocket c = connect();
  c.say(get("/"));
  expect_refused(c, "503");
  EXPECT_NE(c.received.find("Retry-After: 1\r\n"), std::string::npos);
  EXPECT_EQ(listener->stats().refused_full, 1u);
  a.close();
  EXPECT_TRUE(until([&] { return listener->stats().connections == 1; }));
  RawSocket d = connect();
  d.say(get("/"));
  EXPECT_TRUE(until([&] { return d.has("0:"); })) << "room again";
}

TEST_F(HttpListenerLimitsTest, AHeadThatDoesNotComeIsATimeout) {
  settings.head_timeout = 50ms;
  start();
  RawSocket half = connect(), silent = connect();
  half.say("GET / HTTP/1.1\r\nHost:");
  expect_refused(half, "408");
  EXPECT_TRUE(until([&] { return silent.ended(); }));
  EXPECT_EQ(silent.received, "") << "who said nothing is told nothing";
  EXPECT_EQ(listener->stats().timeouts, 2u);
}

TEST_F(HttpListenerLimitsTest, AnIdleConnectionIsClosed) {
  settings.idle_timeout = 50ms;
  start();
  RawSocket socket = connect();
  socket.say(get("/"));
  EXPECT_TRUE(until([&] { return socket.has("0:"); }));
  EXPECT_TRUE(until([&] { return socket.ended(); }));
  EXPECT_EQ(socket.received.find("HTTP/1.1", 9), std::string::npos);
}

TEST_F(HttpListenerLimitsTest, ABodyThatDoesNotComeIsATimeout) {
  settings.body_timeout = 50ms;
  start();
  RawSocket socket = connect();
  socket.say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
  expect_refused(socket, "408");
  EXPECT_TRUE(handled.empty());
  EXPECT_EQ(listener->stats().buffered_bytes, 0u);
}

TEST_F(HttpListenerLimitsTest, ABodyThatComesTooSlowlyIsATimeout) {
  settings.body_rate_grace = 50ms;
  settings.body_rate_min = 1'000'000;
  start();
  RawSocket socket = connect();
  socket.say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" + std::string(100, 'x'));
  expect_refused(socket, "408");
}

TEST_F(HttpListenerLimitsTest, AHandlerMayTakeLongerThanAnyTimeout) {
  settings.head_timeout = settings.idle_timeout = settings.body_timeout = 50ms;
  start();
  later = true;
  RawSocket socket = connect();
  socket.say(get("/"));
  EXPECT_TRUE(until([&] { return handled.size() == 1; }));
  const auto since = loop.steady_now();
  EXPECT_TRUE(until([&] { return loop.steady_now() - since > 300ms; }));
  respond(0, {200, {}, "done"});
  EXPECT_TRUE(until([&] { return socket.has("done"); }));
}

TEST_F(HttpListenerLimitsTest, APeerThatDoesNotReadItsAnswerIsClosed) {
  settings.write_timeout = 50ms;
  start();
  later = true;
  RawSocket socket = connect();
  socket.small_receive_buffer();
  socket.say(get("/"));
  EXPECT_TRUE(until([&] { return handled.size() == 1; }));
  respond(0, {200, {}, std::string(20'000'000, 'x')});
  EXPECT_TRUE(until([&] { return listener->stats().connections == 0; }));
  EXPECT_EQ(listener->stats().timeouts, 1u);
}

TEST_F(HttpListenerLimitsTest, BodiesBeyondTheCommonBudgetAreAnswered503) {
  settings.buffered_bytes_max = 100'000;
  start();
  RawSocket a = connect();
  say_all(a, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 90000\r\n\r\n" + std::string(80'000, 'x'));
  EXPECT_TRUE(until([&] { return listener->stats().buffered_bytes >= 80'000; }));
  RawSocket b = connect();
  b.say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 90000\r\n\r\nx");
  expect_refused(b, "503");
  EXPECT_NE(b.received.find("Retry-After: 1\r\n"), std::string::npos);
  EXPECT_EQ(listener->stats().over_budget, 1u);
  RawSocket chunked = connect();
  say_all(chunked, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n15f90\r\n" + std::string(90'000, 'x'));
  expect_refused(chunked, "503");
  a.say(std::string(10'000, 'x'));
  EXPECT_TRUE(until([&] { return handled.size() == 1; })) << "the one that was there goes on";
  EXPECT_TRUE(until([&] { return listener->stats().buffered_bytes == 0; })) << "and gives its room back";
}

TEST_F(HttpListenerLimitsTest, ABodyIsCountedUntilItIsAnswered) {
  later = true;
  RawSocket socket = connect();
  say_all(socket, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 50000\r\n\r\n" + std::string(50'000, 'x'));
  EXPECT_TRUE(until([&] { return handled.size() == 1; }));
  EXPECT_GE(listener->stats().buffered_bytes, 50'000u);
  respond(0, {});
  EXPECT_EQ(listener->stats().buffered_bytes, 0u);
}

TEST_F(HttpListenerLimitsTest, DrainingAnswersWhatRunsAndClosesTheRest) {
  later = true;
  RawSocket running = connect(), idle = connect(), half = connect();
  idle.say(get("/idle"));
  EXPECT_TRUE(until([&] { return handled.size() == 1; }));
  respond(0, {200, {}, "idle"});
  EXPECT_TRUE(until([&] { return idle.has("idle"); }));
  running.say(get("/running"));
  half.say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nha");
  EXPECT_TRUE(until([&] { return handled.size() == 2 && listener->stats().connections == 3; }));
  settle();
  listener->drain();
  EXPECT_TRUE(until([&] { return idle.ended(); }));
  const auto port = listener->port();
  respond(1, {200, {}, "done"});
  EXPECT_TRUE(until([&] { return running.ended(); }));
  EXPECT_NE(running.received.find("Connection: close\r\n"), std::string::npos);
  EXPECT_NE(running.received.find("done"), std::string::npos);
  half.say("lf");
  EXPECT_TRUE(until([&] { return handled.size() == 3; }));
  respond(2, {200, {}, "whole"});
  EXPECT_TRUE(until([&] { return half.ended(); }));
  EXPECT_NE(half.received.find("whole"), std::string::npos);
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = testing::loopback(port);
  EXPECT_NE(::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0) << "nobody new is let in";
  ::close(descriptor);
}

TEST_F(HttpListenerLimitsTest, StoppingClosesEverythingAndLateAnswersAreDropped) {
  later = true;
  RawSocket running = connect(), silent = connect();
  running.say(get("/"));
  EXPECT_TRUE(until([&] { return handled.size() == 1 && listener->stats().connections == 2; }));
  listener->stop();
  EXPECT_TRUE(until([&] { return running.ended() && silent.ended(); }));
  EXPECT_EQ(listener->stats().connections, 0u);
  respond(0, {200, {}, "late"});
  listener->stop();
  settle();
  EXPECT_EQ(running.received, "");
}

TEST_F(HttpListenerLimitsTest, AnAnswerAfterTheListenerIsGoneIsDropped) {
  later = true;
  RawSocket socket = connect();
  socket.say(get("/"));
  EXPECT_TRUE(until([&] { return handled.size() == 1; }));
  listener.reset();
  respond(0, {200, {}, "late"});
  settle();
  EXPECT_TRUE(socket.ended());
}

TEST_F(HttpListenerLimitsTest, APortThatIsTakenIsAConflict) {
  HttpListenerSettings same;
  same.port = listener->port();
  AsioHttpListener other(loop, *this, same);
  other.stop();
  const auto status = other.start();
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().kind, Error::Kind::conflict);
  EXPECT_NE(status.error().detail.find("127.0.0.1:" + std::to_string(same.port)), std::string::npos) << status.error().detail;
  EXPECT_EQ(listener->start().error().kind, Error::Kind::conflict) << "it is listening already";
}

TEST_F(HttpListenerLimitsTest, AnAddressThatIsNotOursIsRefused) {
  HttpListenerSettings elsewhere;
  for (const char* host : {"192.0.2.1", "a..b", ""}) {
    elsewhere.host = host;
    AsioHttpListener other(loop, *this, elsewhere);
    EXPECT_FALSE(other.start().has_value()) << host;
  }
}

}  // namespace
}  // namespace chasqui::http
