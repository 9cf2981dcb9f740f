#include "adapters/http/http_listener.h"

#include <gtest/gtest.h>

#include "tests/support/http_listener_fixture.h"

namespace chasqui::http {
namespace {

using namespace std::chrono_literals;
using testing::connect_to;
using testing::RawSocket;

class HttpListenerTest : public testing::HttpListenerTest {};

TEST_F(HttpListenerTest, ARequestIsGivenToTheHandlerAndAnswered) {
  RawSocket socket = connect();
  socket.say("POST /a%20b?c=d HTTP/1.1\r\nHost: h\r\nX-KEY: v\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_TRUE(until([&] { return handled.size() == 1; }));
  const auto& r = handled[0];
  EXPECT_EQ(r.method, "POST");
  EXPECT_EQ(r.target, "/a%20b?c=d");
  EXPECT_EQ(r.path, "/a%20b");
  EXPECT_EQ(r.query, "c=d");
  EXPECT_EQ(r.header("x-key"), "v");
  EXPECT_EQ(*r.body, "hello");
  EXPECT_TRUE(r.peer.starts_with("127.0.0.1:"));
  EXPECT_EQ(answer(socket), "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\n0:hello");
  EXPECT_FALSE(socket.ended()) << "it is kept";
}

TEST_F(HttpListenerTest, ARequestMayComeByteByByte) {
  RawSocket socket = connect();
  for (const char c :
       std::string("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")) {
    EXPECT_TRUE(handled.empty());
    socket.say(std::string(1, c));
    turn();
  }
  EXPECT_TRUE(until([&] { return handled.size() == 1; }));
  EXPECT_EQ(*handled[0].body, "abcde");
}

TEST_F(HttpListenerTest, RequestsSentAheadAreAnsweredInOrder) {
  RawSocket socket = connect();
  std::string all;
  for (int i = 0; i < 50; ++i)
    all.append("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n").append(std::to_string(10 + i));
  socket.say(all);
  EXPECT_TRUE(until([&] { return socket.has("49:59"); }));
  std::size_t at = 0;
  for (int i = 0; i < 50; ++i) {
    const auto found = socket.received.find(std::to_string(i) + ":" + std::to_string(10 + i), at);
    ASSERT_NE(found, std::string::npos) << i;
    at = found;
  }
}

TEST_F(HttpListenerTest, ARequestSentAheadWaitsForTheAnswerBeforeIt) {
  later = true;
  RawSocket socket = connect();
  socket.say(get("/1") + get("/2"));
  EXPECT_TRUE(until([&] { return handled.size() == 1; }));
  settle();
  EXPECT_EQ(handled.size(), 1u) << "one at a time";
  respond(0, {200, {}, "one"});
  EXPECT_TRUE(until([&] { return handled.size() == 2; }));
  EXPECT_EQ(handled[1].path, "/2");
  respond(1, {200, {}, "two"});
  EXPECT_TRUE(until([&] { return socket.has("two"); }));
  EXPECT_LT(socket.received.find("one"), socket.received.find("two"));
}

TEST_F(HttpListenerTest, ConnectionsDoNotWaitForEachOther) {
  later = true;
  RawSocket slow = connect(), fast = connect();
  slow.say(get("/slow"));
  EXPECT_TRUE(until([&] { return handled.size() == 1; }));
  fast.say(get("/fast"));
  EXPECT_TRUE(until([&] { return handled.size() == 2; }));
  respond(1, {200, {}, "fast"});
  EXPECT_TRUE(until([&] { return fast.has("fast"); }));
  EXPECT_EQ(listener->stats().handling, 1u);
  respond(0, {200, {}, "slow"});
  EXPECT_TRUE(until([&] { return slow.has("slow"); }));
  EXPECT_EQ(listener->stats().handling, 0u);
}

TEST_F(HttpListenerTest, WhatIsNoGoodRequestIsAnsweredAndTheConnectionClosed) {
  const std::pair<std::string, std::string> bad[] = {
      {"\x16\x03\x01", "400"},
      {"GET /\r\n\r\n", "400"},
      {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", "505"},
      {"GET / HTTP/1.1\r\n\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", "501"},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "400"},
      {"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", "414"},
      {"GET / HTTP/1.1\r\nX: " + std::string(20'000, 'a'), "431"}};
  for (const auto& [text, status] : bad) {
    RawSocket socket = connect();
    socket.say(text + get("/smuggled"));
    EXPECT_TRUE(until([&] { return socket.ended(); })) << text.substr(0, 80);
    EXPECT_TRUE(socket.received.starts_with("HTTP/1.1 " + status)) << socket.received;
    EXPECT_NE(socket.received.find("Content-Type: application/problem+json\r\n"), std::string::npos);
    EXPECT_NE(socket.received.find("Connection: close\r\n"), std::string::npos);
    EXPECT_EQ(socket.received.find("HTTP/1.1 200"), std::string::npos) << "nothing behind it is answered";
    EXPECT_FALSE(socket.was_reset()) << "the answer must arrive";
  }
  EXPECT_TRUE(handled.empty());
  EXPECT_EQ(listener->stats().refused, std::size(bad));
}

TEST_F(HttpListenerTest, ABodyThatIsTooLongIsRefusedBeforeItComes) {
  RawSocket socket = connect();
  socket.say("POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n");
  EXPECT_TRUE(until([&] { return socket.ended(); }));
  EXPECT_TRUE(socket.received.starts_with("HTTP/1.1 413")) << socket.received;
  EXPECT_NE(socket.received.find("at most 10 bytes"), std::string::npos);
  RawSocket chunked = connect();
  chunked.say("POST /small HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n6\r\nabcdef\r\n");
  EXPECT_TRUE(until([&] { return chunked.ended(); }));
  EXPECT_TRUE(chunked.received.starts_with("HTTP/1.1 413")) << chunked.received;
  RawSocket fits = connect();
  fits.say("POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123456789");
  EXPECT_TRUE(until([&] { return fits.has("0:0123456789"); }));
}

TEST_F(HttpListenerTest, APeerThatGoesOnSendingARefusedBodyStillGetsTheAnswer) {
  RawSocket socket = connect();
  socket.say("POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 30000\r\n\r\n" + std::string(30'000, 'x'));
  EXPECT_TRUE(until([&] { return socket.ended(); }));
  EXPECT_FALSE(socket.was_reset());
  EXPECT_TRUE(socket.received.starts_with("HTTP/1.1 413")) << socket.received;
}

TEST_F(HttpListenerTest, APeerThatAsksIsToldToContinue) {
  RawSocket socket = connect();
  socket.say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_TRUE(until([&] { return socket.has("HTTP/1.1 100 Continue\r\n\r\n"); }));
  socket.received.clear();
  socket.say("ok");
  EXPECT_TRUE(until([&] { return socket.has("0:ok"); }));
  socket.received.clear();
  socket.say("POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 99\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_TRUE(until([&] { return socket.has("\r\n\r\n"); }));
  EXPECT_TRUE(socket.received.starts_with("HTTP/1.1 413")) << "and not to continue when it will be refused";
}

TEST_F(HttpListenerTest, AnAnswerToHeadHasALengthAndNoBody) {
  RawSocket socket = connect();
  socket.say("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n" + get("/2"));
  EXPECT_TRUE(until([&] { return socket.has("1:"); }));
  EXPECT_NE(socket.received.find("Content-Length: 2\r\n\r\nHTTP/1.1 200"), std::string::npos) << socket.received;
}

TEST_F(HttpListenerTest, OldClientsAreServedInTheirWay) {
  RawSocket closing = connect();
  closing.say("GET / HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(until([&] { return closing.ended(); }));
  EXPECT_NE(closing.received.find("Connection: close\r\n"), std::string::npos);
  RawSocket kept = connect();
  kept.say("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(until([&] { return kept.has("\r\n\r\n"); }));
  EXPECT_NE(kept.received.find("Connection: keep-alive\r\n"), std::string::npos);
  kept.say("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(until([&] { return kept.ended(); }));
}

TEST_F(HttpListenerTest, ARequestThatNobodyAnswersIsAnswered500) {
  drop = true;
  RawSocket socket = connect();
  socket.say(get("/"));
  EXPECT_TRUE(until([&] { return socket.has("\r\n\r\n"); }));
  EXPECT_TRUE(socket.received.starts_with("HTTP/1.1 500")) << socket.received;
  later = true;
  drop = false;
  socket.say(get("/"));
  EXPECT_TRUE(until([&] { return handled.size() == 2; }));
  socket.received.clear();
  waiting.clear();
  EXPECT_TRUE(until([&] { return socket.has("HTTP/1.1 500"); })) << "also when it is dropped later";
}

TEST_F(HttpListenerTest, ASecondAnswerIsIgnored) {
  later = true;
  RawSocket socket = connect();
  socket.say(get("/"));
  EXPECT_TRUE(until([&] { return handled.size() == 1; }));
  const auto copy = waiting.at(0);
  respond(0, {200, {}, "first"});
  copy({200, {}, "second"});
  EXPECT_TRUE(until([&] { return socket.has("first"); }));
  settle();
  EXPECT_FALSE(socket.has("second"));
  socket.say(get("/next"));
  EXPECT_TRUE(until([&] { return handled.size() == 2; }));
  copy({200, {}, "third"});
  settle();
  EXPECT_FALSE(socket.has("third")) << "nor is it the answer to a later request";
}

TEST_F(HttpListenerTest, AnAnswerAfterThePeerIsGoneIsDropped) {
  later = true;
  RawSocket socket = connect();
  socket.say(get("/"));
  EXPECT_TRUE(until([&] { return handled.size() == 1; }));
  socket.abort();
  settle();
  respond(0, {200, {}, "too late"});
  EXPECT_TRUE(until([&] { return listener->stats().connections == 0; }));
  EXPECT_EQ(listener->stats().handling, 0u);
}

TEST_F(HttpListenerTest, ALargeAnswerReachesASlowReaderWhole) {
  later = true;
  RawSocket socket = connect();
  socket.say(get("/") + get("/2"));
  EXPECT_TRUE(until([&] { return handled.size() == 1; }));
  std::string body(20'000'000, 'x');
  body.append("end");
  respond(0, {200, {}, body});
  settle();
  EXPECT_EQ(handled.size(), 1u) << "the next request waits until this is written";
  EXPECT_TRUE(until([&] {
    socket.pump();
    return socket.received.ends_with("xend");
  }));
  EXPECT_EQ(socket.received.size(), socket.received.find("\r\n\r\n") + 4 + body.size());
  EXPECT_TRUE(until([&] { return handled.size() == 2; }));
}

TEST_F(HttpListenerTest, TheDateIsThatOfTheClock) {
  RawSocket socket = connect();
  socket.say(get("/"));
  EXPECT_TRUE(until([&] { return socket.has("\r\n\r\n"); }));
  const auto at = socket.received.find("Date: ");
  ASSERT_NE(at, std::string::npos);
  const std::string date = socket.received.substr(at + 6, 29);
  EXPECT_EQ(date.substr(25), " GMT");
  EXPECT_EQ(socket.received.substr(at + 35, 2), "\r\n");
}

}  // namespace
}  // namespace chasqui::http
