#include "adapters/http/request_body.h"

#include <gtest/gtest.h>

#include <cstring>

namespace chasqui::http {
namespace {

using Progress = RequestBody::Progress;

http1::RequestHead of_length(std::uint64_t length) {
  http1::RequestHead head;
  head.content_length = length;
  return head;
}
http1::RequestHead chunked() {
  http1::RequestHead head;
  head.chunked = true;
  return head;
}
Progress feed(RequestBody& body, std::string_view bytes, std::size_t* left = nullptr) {
  std::size_t used = 0;
  const auto progress = body.feed(bytes, used);
  if (left != nullptr) *left = bytes.size() - used;
  return progress;
}

TEST(RequestBody, WithoutAnyIsCompleteAtOnce) {
  RequestBody body;
  EXPECT_EQ(body.start({}, 10), Progress::complete);
  EXPECT_EQ(*body.take(), "");
  EXPECT_EQ(body.start(of_length(0), 0), Progress::complete);
  EXPECT_EQ(*body.take(), "");
}

TEST(RequestBody, OfKnownLengthIsTakenAndTheRestLeft) {
  RequestBody body;
  std::size_t left = 0;
  EXPECT_EQ(body.start(of_length(5), 10), Progress::more);
  EXPECT_EQ(feed(body, "helloGET /", &left), Progress::complete);
  EXPECT_EQ(left, 5u);
  EXPECT_EQ(*body.take(), "hello");
}

TEST(RequestBody, MayComeInPiecesThroughEitherDoor) {
  const std::string text(200'000, 'x');
  RequestBody body;
  ASSERT_EQ(body.start(of_length(text.size()), text.size()), Progress::more);
  EXPECT_EQ(feed(body, text.substr(0, 100)), Progress::more);
  std::size_t at = 100;
  while (at < text.size()) {
    const auto room = body.room();
    ASSERT_FALSE(room.empty());
    ASSERT_LE(room.size(), text.size() - at) << "never room for the next request's bytes";
    const auto count = std::min<std::size_t>(room.size(), 777);
    std::memcpy(room.data(), text.data() + at, count);
    at += count;
    EXPECT_EQ(body.filled(count), at == text.size() ? Progress::complete : Progress::more);
  }
  EXPECT_EQ(*body.take(), text);
}

TEST(RequestBody, AnnouncedTooLongIsRefusedBeforeItComes) {
  RequestBody body;
  EXPECT_EQ(body.start(of_length(11), 10), Progress::too_long);
  EXPECT_EQ(body.start(of_length(~std::uint64_t{0}), 10), Progress::too_long);
  EXPECT_EQ(body.start(of_length(10), 10), Progress::more);
}

// A large Content-Length alone must cost nothing.
TEST(RequestBody, RoomGrowsWithWhatHasCome) {
  RequestBody body;
  ASSERT_EQ(body.start(of_length(1u << 30), 1u << 30), Progress::more);
  EXPECT_EQ(body.held(), 0u);
  feed(body, "x");
  EXPECT_LT(body.held(), 200u << 10);
  feed(body, std::string(1u << 20, 'x'));
  EXPECT_LT(body.held(), 5u << 20);
}

// All bodies together have a budget: what one holds beyond its length would be refused to another.
TEST(RequestBody, HoldsNoMoreThanItsLength) {
  for (const std::size_t length : {100u, 65'536u, 65'537u, 90'000u, 200'000u}) {
    RequestBody body;
    ASSERT_EQ(body.start(of_length(length), length), Progress::more);
    feed(body, std::string(length / 2, 'x'));
    EXPECT_EQ(feed(body, std::string(length - length / 2, 'y')), Progress::complete);
    EXPECT_LE(body.held(), length) << length;
    EXPECT_EQ(*body.take(), std::string(length / 2, 'x') + std::string(length - length / 2, 'y'));
  }
}

TEST(RequestBody, OfChunksIsPutTogether) {
  RequestBody body;
  std::size_t left = 0;
  ASSERT_EQ(body.start(chunked(), 10), Progress::more);
  EXPECT_TRUE(body.room().empty()) << "chunks go through feed";
  EXPECT_EQ(feed(body, "3\r\nab"), Progress::more);
  EXPECT_EQ(feed(body, "c\r\n2\r\nde\r\n0\r\n\r\nGET", &left), Progress::complete);
  EXPECT_EQ(left, 3u);
  EXPECT_EQ(*body.take(), "abcde");
}

TEST(RequestBody, OfChunksIsRefusedWhenItGetsTooLong) {
  RequestBody body;
  ASSERT_EQ(body.start(chunked(), 4), Progress::more);
  EXPECT_EQ(feed(body, "3\r\nabc\r\n"), Progress::more);
  EXPECT_EQ(feed(body, "2\r\nde\r\n"), Progress::too_long);
  ASSERT_EQ(body.start(chunked(), 4), Progress::more);
  EXPECT_EQ(feed(body, "ffffff\r\nabcde"), Progress::too_long) << "as soon as too much has come";
  EXPECT_LE(body.held(), 64u);
}

TEST(RequestBody, OfBrokenChunksIsBadAndSaysWhy) {
  RequestBody body;
  ASSERT_EQ(body.start(chunked(), 10), Progress::more);
  EXPECT_EQ(feed(body, "x\r\n"), Progress::bad);
  EXPECT_FALSE(body.error().empty());
}

TEST(RequestBody, IsUsedAgainWithNothingLeftOver) {
  RequestBody body;
  body.start(chunked(), 10);
  feed(body, "3\r\nabc");
  ASSERT_EQ(body.start(of_length(2), 10), Progress::more);
  EXPECT_EQ(feed(body, "xy"), Progress::complete);
  EXPECT_EQ(body.received(), 2u);
  EXPECT_EQ(*body.take(), "xy");
}

}  // namespace
}  // namespace chasqui::http
