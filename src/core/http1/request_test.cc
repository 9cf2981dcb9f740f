#include "core/http1/request.h"

#include <gtest/gtest.h>

#include "tests/support/random_event.h"

namespace chasqui::http1 {
namespace {

/// Status that a listener would answer with: 0 = the head is good, 1 = more is needed.
int judged(std::string_view buffer, const Limits& limits = {}) {
  const auto parsed = parse_request_head(buffer, limits);
  if (std::holds_alternative<NeedMore>(parsed)) return 1;
  if (const auto* error = std::get_if<ParseError>(&parsed)) return error->status;
  return 0;
}
RequestHead good(std::string_view buffer) {
  const auto parsed = parse_request_head(buffer);
  const auto* request = std::get_if<ParsedRequest>(&parsed);
  EXPECT_NE(request, nullptr) << buffer << " is judged " << judged(buffer);
  return request ? request->head : RequestHead{};
}
/// A request with these header lines behind its Host.
std::string with(std::string_view lines) { return "POST / HTTP/1.1\r\nHost: a\r\n" + std::string(lines) + "\r\n"; }

TEST(RequestHead, IsTakenApart) {
  const std::string text =
      "POST /hook/1?a=b&c HTTP/1.1\r\nHost: localhost:3000\r\nX-Api-KEY:  s e\tcret \t\r\nContent-Length: "
      "12\r\nEmpty:\r\n\r\nbody";
  const auto parsed = parse_request_head(text);
  const auto& [head, length] = std::get<ParsedRequest>(parsed);
  EXPECT_EQ(length, text.size() - 4);
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.target, "/hook/1?a=b&c");
  EXPECT_EQ(head.path, "/hook/1");
  EXPECT_EQ(head.query, "a=b&c");
  EXPECT_EQ(head.minor_version, 1);
  EXPECT_EQ(head.headers,
            (HeaderList{{"host", "localhost:3000"}, {"x-api-key", "s e\tcret"}, {"content-length", "12"}, {"empty", ""}}));
  EXPECT_EQ(head.content_length, 12u);
  EXPECT_FALSE(head.chunked);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_FALSE(head.expect_continue);
}

TEST(RequestHead, KeepsTheConnectionAsItsVersionAndHeadersSay) {
  EXPECT_TRUE(good("GET / HTTP/1.1\r\nHost: a\r\n\r\n").keep_alive);
  EXPECT_FALSE(good("GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n").keep_alive);
  EXPECT_FALSE(good("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, close ,y\r\n\r\n").keep_alive);
  EXPECT_TRUE(good("GET / HTTP/1.1\r\nHost: a\r\nConnection: closed\r\n\r\n").keep_alive);
  EXPECT_FALSE(good("GET / HTTP/1.0\r\n\r\n").keep_alive);
  EXPECT_TRUE(good("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keep_alive);
  EXPECT_FALSE(good("GET / HTTP/1.0\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n").keep_alive);
}

TEST(RequestHead, AsksToContinueInHttp11Only) {
  EXPECT_TRUE(good(with("Expect: 100-Continue\r\n")).expect_continue);
  EXPECT_FALSE(good(with("Expect: something\r\n")).expect_continue);
  EXPECT_FALSE(good("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").expect_continue);
}

// Two readers that see different lengths see different requests (RFC 9112, 11.2): what is not plain is refused.
TEST(Smuggling, LengthAndTransferEncodingTogetherAreRefused) {
  EXPECT_EQ(judged(with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")), 400);
  EXPECT_EQ(judged(with("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n")), 400);
}

TEST(Smuggling, OnlyChunkedAloneIsATransferEncoding) {
  EXPECT_TRUE(good(with("Transfer-Encoding: Chunked\r\n")).chunked);
  for (const char* lines :
       {"Transfer-Encoding: gzip\r\n", "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: xchunked\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding:\r\n",
        "Transfer-Encoding: \"chunked\"\r\n", "Transfer-Encoding: chunked;q=1\r\n"})
    EXPECT_EQ(judged(with(lines)), 501) << lines;
  EXPECT_EQ(judged(with("Transfer-Encoding: \x0b chunked\r\n")), 400);
  EXPECT_EQ(judged("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
}

TEST(Smuggling, EqualLengthsAreOneAndUnequalOnesAreRefused) {
  EXPECT_EQ(good(with("Content-Length: 5\r\nContent-Length: 5\r\n")).content_length, 5u);
  EXPECT_EQ(good(with("Content-Length: 5, 5\r\n")).content_length, 5u);
  EXPECT_EQ(judged(with("Content-Length: 5\r\nContent-Length: 6\r\n")), 400);
  EXPECT_EQ(judged(with("Content-Length: 5, 6\r\n")), 400);
  EXPECT_EQ(judged(with("Content-Length: 5\r\ncontent-LENGTH: 05\r\n")), 0) << "the same number";
}

TEST(Smuggling, ALengthIsDigitsThatFit64Bits) {
  EXPECT_EQ(good(with("Content-Length: 18446744073709551615\r\n")).content_length, 18446744073709551615u);
  for (const char* value : {"18446744073709551616", "99999999999999999999999", "-1", "+1", "1 2", "0x10", "1.0", "1e3", "", ",",
                            "5,", ",5", "five", "５"})
    EXPECT_EQ(judged(with("Content-Length: " + std::string(value) + "\r\n")), 400) << value;
}

TEST(Smuggling, WhiteSpaceBeforeTheColonIsRefused) {
  EXPECT_EQ(judged(with("Content-Length : 5\r\n")), 400);
  EXPECT_EQ(judged(with("Transfer-Encoding\t: chunked\r\n")), 400);
  EXPECT_EQ(judged(with(": 5\r\n")), 400);
  EXPECT_EQ(judged(with("NoColon\r\n")), 400);
}

TEST(Smuggling, FoldedLinesAreRefused) {
  EXPECT_EQ(judged(with("X: a\r\n b\r\n")), 400);
  EXPECT_EQ(judged(with("X: a\r\n\tTransfer-Encoding: chunked\r\n")), 400);
  EXPECT_EQ(judged("GET / HTTP/1.1\r\n Host: a\r\n\r\n"), 400);
}

TEST(Smuggling, ABareLineFeedEndsNoLine) {
  EXPECT_EQ(judged("GET / HTTP/1.1\nHost: a\n\n"), 400);
  EXPECT_EQ(judged("GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"), 400);
  EXPECT_EQ(judged(with("X: a\n\r\n")), 400);
  EXPECT_EQ(judged("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
}

TEST(Smuggling, ABareCarriageReturnOrNulIsRefused) {
  EXPECT_EQ(judged(with("X: a\rb\r\n")), 400);
  EXPECT_EQ(judged(with("X: a\r\r\n")), 400);
  EXPECT_EQ(judged(with(std::string_view("X: a\0b\r\n", 8))), 400);
  EXPECT_EQ(judged(with(std::string_view("X\0: a\r\n", 7))), 400);
  EXPECT_EQ(judged(std::string_view("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 29)), 400);
  EXPECT_EQ(judged(with("X: a\x7f\r\n")), 400);
  EXPECT_EQ(judged(with("X: \x1b[31m\r\n")), 400);
  EXPECT_EQ(judged(with("X: \xff\xe9\r\n")), 0) << "bytes above 127 are opaque (RFC 9110, 5.5)";
}

TEST(RequestLine, MustBeMethodTargetAndVersionWithOneSpaceBetween) {
  for (const char* line : {"GET", "GET /", "GET  / HTTP/1.1", "GET / HTTP/1.1 ", " GET / HTTP/1.1", "GET /a b HTTP/1.1",
                           "GET\t/ HTTP/1.1", "G@T / HTTP/1.1", "GET / http/1.1", "GET / HTTP/1", "GET / HTTP/1.1x",
                           "GET / FTP/1.1", "GET é HTTP/1.1", "GET x HTTP/1.1", "GET \x7f HTTP/1.1"})
    EXPECT_EQ(judged(std::string(line) + "\r\nHost: a\r\n\r\n"), 400) << line;
  EXPECT_EQ(judged("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(judged("GET / HTTP/1.2\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(judged(std::string(33, 'A') + " / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
}

TEST(RequestLine, AnAbsoluteTargetGivesItsPath) {
  EXPECT_EQ(good("GET http://h:1/p?q HTTP/1.1\r\nHost: a\r\n\r\n").path, "/p");
  EXPECT_EQ(good("GET HTTPS://h HTTP/1.1\r\nHost: a\r\n\r\n").path, "/");
  EXPECT_EQ(good("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").path, "*");
  EXPECT_EQ(good("GET /http://h/p HTTP/1.1\r\nHost: a\r\n\r\n").path, "/http://h/p");
}

TEST(RequestLine, GivenAnAbsoluteTargetWithoutPath_ThenASlashInItsQueryIsNoPath) {
  const auto head = good("GET http://h?next=/admin HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(head.path, "/");
  EXPECT_EQ(head.query, "next=/admin");
}

TEST(RequestLine, OnlyHttpTargetsAreAbsolute) {
  EXPECT_EQ(judged("GET x?y=://h/admin HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(judged("GET ftp://h/admin HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(judged("CONNECT h:443 HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
}

TEST(RequestHead, NeedsExactlyOneHostInHttp11) {
  EXPECT_EQ(judged("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(judged("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(judged("GET / HTTP/1.0\r\n\r\n"), 0);
  EXPECT_EQ(judged("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
  EXPECT_EQ(judged("GET / HTTP/1.1\r\nHost:\r\n\r\n"), 0) << "empty is allowed (RFC 9112, 3.2)";
}

TEST(RequestHead, LimitsHaveTheirOwnAnswers) {
  const Limits limits{200, 3, 20};
  EXPECT_EQ(judged("GET /" + std::string(19, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", limits), 0);
  EXPECT_EQ(judged("GET /" + std::string(20, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", limits), 414);
  EXPECT_EQ(judged("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\n\r\n", limits), 0);
  EXPECT_EQ(judged("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n", limits), 431);
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nA: ";
  EXPECT_EQ(judged(start + std::string(200 - start.size() - 4, 'a') + "\r\n\r\n", limits), 0) << "exactly the limit";
  EXPECT_EQ(judged(start + std::string(200 - start.size() - 3, 'a') + "\r\n\r\n", limits), 431);
  EXPECT_EQ(judged(start + std::string(500, 'a'), limits), 431) << "before its end is seen";
}

TEST(RequestHead, AFewEmptyLinesBeforeItAreSkipped) {
  const std::string text = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  EXPECT_EQ(std::get<ParsedRequest>(parse_request_head("\r\n\r\n" + text)).length, text.size() + 4);
  EXPECT_EQ(judged("\r\n\r\n\r\n" + text), 400);
  EXPECT_EQ(judged("\r\n"), 1);
}

TEST(RequestHead, WhatCannotBecomeARequestIsRefusedAtOnce) {
  EXPECT_EQ(judged("\x16\x03\x01\x02"), 400) << "a TLS hello";
  EXPECT_EQ(judged("GET / HTTP/1.1\n"), 400);
  EXPECT_EQ(judged(std::string_view("\0", 1)), 400);
  EXPECT_EQ(judged(""), 1);
  EXPECT_EQ(judged("G"), 1);
  EXPECT_EQ(judged("GET / HTTP/1.1\r"), 1);
}

TEST(RequestHead, CutAnywhere_ThenItIsReadAsTheWhole) {
  testing::Chance chance(7);
  const std::string heads[] = {"GET /a HTTP/1.1\r\nHost: a\r\n\r\n",
                               "\r\nPOST /b?c HTTP/1.0\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nabc",
                               with("Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n") + "0\r\n\r\n",
                               with("Content-Length: 5\r\nContent-Length: 6\r\n"), with("X : y\r\n")};
  for (const auto& text : heads) {
    const auto end = text.find("\r\n\r\n") + 4;
    for (std::size_t cut = 0; cut < end; ++cut) EXPECT_EQ(judged(text.substr(0, cut)), 1) << text.substr(0, cut);
    EXPECT_EQ(judged(text.substr(0, end)), judged(text));
  }
}

}  // namespace
}  // namespace chasqui::http1
