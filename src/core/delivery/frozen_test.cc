#include "core/delivery/frozen.h"

#include <gtest/gtest.h>

#include "tests/support/random_event.h"

namespace chasqui {
namespace {

bool same(const Request& a, const Request& b) {
  return a.part == b.part && a.method == b.method && a.url_suffix == b.url_suffix && a.headers == b.headers && a.body == b.body;
}

TEST(FrozenRequest, IsTheSameToTheByteWhenItThaws) {
  testing::Chance chance(13);
  for (int round = 0; round < 1000; ++round) {
    Request request;
    request.part = chance.text();
    request.method = chance.one_in(2) ? "POST" : chance.text();
    request.url_suffix = chance.text();
    for (auto left = chance.below(4); left > 0; --left) request.headers.emplace_back(chance.text(), chance.text());
    request.body = chance.one_in(2) ? chance.json() : chance.text();
    const auto thawed = thaw(freeze(request));
    ASSERT_TRUE(thawed.has_value());
    ASSERT_TRUE(same(*thawed, request)) << freeze(request);
  }
}

TEST(FrozenRequest, KeepsTheOrderOfHeadersAndTheirRepetitions) {
  Request request;
  request.headers = {{"B", "1"}, {"A", "2"}, {"B", "3"}};
  EXPECT_EQ(thaw(freeze(request))->headers, request.headers);
}

TEST(FrozenRequest, ALargeBodyIsKept) {
  Request request;
  request.body = std::string(2'000'000, 'x');
  EXPECT_EQ(thaw(freeze(request))->body, request.body);
}

TEST(FrozenRequest, WhatFreezeDidNotWriteIsCorrupt) {
  for (const char* text : {"", "{", "null", "[]", "{}", R"({"body":1})", R"({"body":"","headers":[["A"]]})",
                           R"({"body":"","headers":["A"]})", R"({"body":"","headers":[["A","b","c"]]})"}) {
    const auto thawed = thaw(text);
    ASSERT_FALSE(thawed.has_value()) << text;
    EXPECT_EQ(thawed.error().kind, Error::Kind::corrupt);
  }
}

}  // namespace
}  // namespace chasqui
