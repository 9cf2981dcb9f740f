#include "core/http1/response.h"

#include <gtest/gtest.h>

namespace chasqui::http1 {
namespace {

enum class Judged { good, need_more, refused };

Judged judged(std::string_view buffer, const Limits& limits = {}) {
  const auto parsed = parse_response_head(buffer, limits);
  if (std::holds_alternative<NeedMore>(parsed)) return Judged::need_more;
  return std::holds_alternative<ParseError>(parsed) ? Judged::refused : Judged::good;
}
ResponseHead good(std::string_view buffer) {
  const auto parsed = parse_response_head(buffer);
  const auto* response = std::get_if<ParsedResponse>(&parsed);
  EXPECT_NE(response, nullptr) << buffer;
  return response ? response->head : ResponseHead{};
}
ResponseHead with(std::string_view lines) { return good("HTTP/1.1 200 OK\r\n" + std::string(lines) + "\r\n"); }

TEST(ResponseHead, IsTakenApart) {
  const std::string text = "HTTP/1.1 404 Not  Found\r\nContent-Length: 2\r\nX-Y: z\r\n\r\nno";
  const auto parsed = parse_response_head(text);
  const auto& [head, length] = std::get<ParsedResponse>(parsed);
  EXPECT_EQ(length, text.size() - 2);
  EXPECT_EQ(head.status, 404);
  EXPECT_EQ(head.reason, "Not  Found");
  EXPECT_EQ(head.headers, (HeaderList{{"content-length", "2"}, {"x-y", "z"}}));
  EXPECT_EQ(head.content_length, 2u);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_TRUE(head.has_body);
}

TEST(ResponseHead, TheReasonAndItsSpaceMayBeMissing) {
  EXPECT_EQ(good("HTTP/1.1 200\r\n\r\n").status, 200);
  EXPECT_EQ(good("HTTP/1.1 200 \r\n\r\n").reason, "");
  EXPECT_EQ(good("HTTP/1.9 299 x\r\n\r\n").minor_version, 1);
}

TEST(ResponseHead, AnOtherStatusLineIsRefused) {
  for (const char* line : {"HTTP/2.0 200 OK", "HTTP/1.1 20 OK", "HTTP/1.1  200 OK", "HTTP/1.1 2000 OK", "HTTP/1.1 099 x",
                           "HTTP/1.1 -20 OK", "HTTP/1.1 2xx OK", "HTTP/1.x 200 OK", "http/1.1 200 OK", "HTTP/1.1\t200 OK",
                           "HTTP/1.1 200 a\x01", "ICY 200 OK", "HTTP/1.1"})
    EXPECT_EQ(judged(std::string(line) + "\r\n\r\n"), Judged::refused) << line;
}

TEST(ResponseHead, WhatIsNoHttpIsRefusedAtItsFirstBytes) {
  EXPECT_EQ(judged("SSH-2.0-x"), Judged::refused);
  EXPECT_EQ(judged("\x15\x03"), Judged::refused);
  EXPECT_EQ(judged("HTTP/2"), Judged::refused);
  EXPECT_EQ(judged("HTT"), Judged::need_more);
  EXPECT_EQ(judged(""), Judged::need_more);
}

TEST(ResponseHead, SomeStatusesHaveNoBodyWhateverTheirLength) {
  for (const char* status : {"100", "103", "204", "304"})
    EXPECT_FALSE(good("HTTP/1.1 " + std::string(status) + " x\r\nContent-Length: 9\r\n\r\n").has_body) << status;
  for (const char* status : {"200", "205", "303", "500"})
    EXPECT_TRUE(good("HTTP/1.1 " + std::string(status) + " x\r\n\r\n").has_body) << status;
}

TEST(ResponseHead, ChunkedWinsOverALengthAndSuchAPeerGetsNoSecondRequest) {
  const auto head = with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n");
  EXPECT_TRUE(head.chunked);
  EXPECT_EQ(head.content_length, std::nullopt);
  EXPECT_FALSE(head.keep_alive);
  EXPECT_TRUE(with("Transfer-Encoding: chunked\r\n").keep_alive);
}

TEST(ResponseHead, AnUnknownTransferEncodingLastsUntilTheConnectionCloses) {
  const auto head = with("Transfer-Encoding: gzip, chunked\r\nContent-Length: 5\r\n");
  EXPECT_FALSE(head.chunked);
  EXPECT_EQ(head.content_length, std::nullopt);
  EXPECT_FALSE(head.keep_alive);
}

TEST(ResponseHead, LengthsThatContradictAreRefused) {
  EXPECT_EQ(judged("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n"), Judged::refused);
  EXPECT_EQ(judged("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"), Judged::refused);
  EXPECT_EQ(with("Content-Length: 5\r\nContent-Length: 5\r\n").content_length, 5u);
}

TEST(ResponseHead, KeepsTheConnectionAsItsVersionAndHeadersSay) {
  EXPECT_FALSE(with("Connection: close\r\n").keep_alive);
  EXPECT_FALSE(good("HTTP/1.0 200 OK\r\n\r\n").keep_alive);
  EXPECT_TRUE(good("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n\r\n").keep_alive);
}

TEST(ResponseHead, LimitsAreKept) {
  EXPECT_EQ(judged("HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\n\r\n", {200, 1, 20}), Judged::refused);
  EXPECT_EQ(judged("HTTP/1.1 200 OK\r\nA: " + std::string(300, 'a'), {200, 10, 20}), Judged::refused);
  EXPECT_EQ(judged("HTTP/1.1 200 OK\r\nA: " + std::string(100, 'a'), {200, 10, 20}), Judged::need_more);
}

}  // namespace
}  // namespace chasqui::http1
