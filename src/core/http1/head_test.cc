#include "core/http1/head.h"

#include <gtest/gtest.h>

#include "core/http1/response.h"

namespace chasqui::http1 {
namespace {

std::string head(int status, std::uint64_t length, bool keep_alive, std::string_view date = {}) {
  std::string out;
  append_response_head(out, status, {{"Content-Type", "text/plain"}}, length, keep_alive, date);
  return out;
}

TEST(ResponseHeadWriter, WritesLengthAndConnectionAsTheyAreNeeded) {
  EXPECT_EQ(head(200, 5, true), "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(head(404, 0, false),
            "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(head(418, 18446744073709551615u, true, "Sun, 06 Nov 1994 08:49:37 GMT"),
            "HTTP/1.1 418 Status\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain\r\nContent-Length: "
            "18446744073709551615\r\n\r\n");
}

TEST(ResponseHeadWriter, StatusesWithoutABodyHaveNoLength) {
  for (const int status : {100, 204, 304}) EXPECT_EQ(head(status, 5, true).find("Content-Length"), std::string::npos) << status;
}

TEST(ResponseHeadWriter, EveryStatusIsReadBackByOurOwnParser) {
  for (int status = 100; status < 600; ++status) {
    const auto parsed = parse_response_head(head(status, 7, status % 2 == 0));
    const auto* response = std::get_if<ParsedResponse>(&parsed);
    ASSERT_NE(response, nullptr) << status;
    EXPECT_EQ(response->head.status, status);
    EXPECT_EQ(response->head.reason, reason_phrase(status));
    EXPECT_EQ(response->head.keep_alive, status % 2 == 0);
  }
}

// Whoever lets a name or value from outside into a head asks these first.
TEST(HeaderCharacters, WhatCouldBecomeALineOfItsOwnIsNoHeader) {
  for (const std::string_view value : {"a\r\nX: y", "a\nb", "a\rb", "\x1b[0m", "\x7f"})
    EXPECT_FALSE(is_header_value(value)) << value;
  EXPECT_FALSE(is_header_value(std::string_view("a\0b", 3)));
  EXPECT_TRUE(is_header_value("Bearer a.b-c_d \t ~é"));
  EXPECT_TRUE(is_header_value(""));
  for (const std::string_view name : {"", "X Y", "X:", "X\r\n", "X\t", "Ü", "(x)", "a,b", "a/b", "a\"b"})
    EXPECT_FALSE(is_token(name)) << name;
  EXPECT_TRUE(is_token("X-Custom_1!#$%&'*+.^`|~"));
}

TEST(HeaderCharacters, CaseIsIgnoredForAsciiOnly) {
  EXPECT_TRUE(equal_ignoring_case("Content-LENGTH", "content-length"));
  EXPECT_FALSE(equal_ignoring_case("É", "é"));
  EXPECT_FALSE(equal_ignoring_case("a", "ab"));
  EXPECT_FALSE(equal_ignoring_case("[", "{")) << "letters only";
  EXPECT_EQ(trimmed(" \t a b\t "), "a b");
  EXPECT_EQ(trimmed(" \t "), "");
}

}  // namespace
}  // namespace chasqui::http1
