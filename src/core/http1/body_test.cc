#include "core/http1/body.h"

#include <gtest/gtest.h>

#include "tests/support/random_event.h"

namespace chasqui::http1 {
namespace {

using State = BodyDecoder::State;

struct Read {
  State state = State::need_more;
  std::string body;
  std::size_t consumed = 0;
  std::string error;
};
Read read(BodyDecoder decoder, std::string_view input, std::size_t piece = std::string_view::npos) {
  Read out;
  out.state = decoder.state();
  while (!input.empty() && out.state == State::need_more) {
    const auto part = input.substr(0, piece);
    const auto fed = decoder.feed(part, [&](std::string_view bytes) { out.body.append(bytes); });
    out.consumed += fed.consumed;
    out.state = fed.state;
    input.remove_prefix(part.size());
  }
  out.error = decoder.error();
  EXPECT_EQ(decoder.decoded(), out.body.size());
  return out;
}
State chunked(std::string_view input) { return read(BodyDecoder::chunked(), input).state; }

TEST(BodyOfLength, TakesItsBytesAndLeavesTheRest) {
  const auto got = read(BodyDecoder::of_length(3), "abcGET /");
  EXPECT_EQ(got.state, State::complete);
  EXPECT_EQ(got.body, "abc");
  EXPECT_EQ(got.consumed, 3u);
  EXPECT_EQ(BodyDecoder::of_length(0).state(), State::complete);
  EXPECT_EQ(read(BodyDecoder::of_length(3), "ab").state, State::need_more);
  EXPECT_EQ(read(BodyDecoder::of_length(~std::uint64_t{0}), "ab").state, State::need_more);
}

TEST(BodyUntilClose, IsCompleteWhenTheConnectionCloses) {
  auto decoder = BodyDecoder::until_close();
  std::string body;
  EXPECT_EQ(decoder.feed("abc", [&](std::string_view bytes) { body.append(bytes); }).state, State::need_more);
  EXPECT_EQ(decoder.closed(), State::complete);
  EXPECT_EQ(body, "abc");
}

TEST(Body, OfWhichThePeerSentHalfIsAnError) {
  auto length = BodyDecoder::of_length(3);
  length.feed("ab", [](std::string_view) {});
  EXPECT_EQ(length.closed(), State::error);
  auto chunks = BodyDecoder::chunked();
  chunks.feed("5\r\nabcde\r\n", [](std::string_view) {});
  EXPECT_EQ(chunks.closed(), State::error);
  EXPECT_FALSE(chunks.error().empty());
  auto whole = BodyDecoder::of_length(0);
  EXPECT_EQ(whole.closed(), State::complete);
}

TEST(ChunkedBody, IsPutTogether) {
  const std::string input = "4\r\nWiki\r\n6;a=\"b\"; c\r\npedia \r\nE \r\nin \r\n\r\nchunks.\r\n00\r\nX-Trailer: y\r\n\r\n";
  const auto got = read(BodyDecoder::chunked(), input + "GET /");
  EXPECT_EQ(got.state, State::complete);
  EXPECT_EQ(got.body, "Wikipedia in \r\n\r\nchunks.");
  EXPECT_EQ(got.consumed, input.size());
}

TEST(ChunkedBody, CutAnywhere_ThenItIsReadAsTheWhole) {
  testing::Chance chance(3);
  for (int round = 0; round < 300; ++round) {
    std::string input, body;
    for (auto left = chance.below(5); left > 0; --left) {
      const std::string piece = chance.digits(1, 40);
      char size[32];
      std::snprintf(size, sizeof size, chance.one_in(2) ? "%zx" : "%04zX", piece.size());
      input.append(size).append(chance.one_in(3) ? ";ext=1" : "").append("\r\n").append(piece).append("\r\n");
      body.append(piece);
    }
    input.append("0\r\n").append(chance.one_in(2) ? "T: x\r\n" : "").append("\r\n");
    const auto length = input.size();
    input.append("next");
    for (const std::size_t piece : {std::size_t{1}, 1 + chance.below(7), std::string_view::npos}) {
      const auto got = read(BodyDecoder::chunked(), input, piece);
      ASSERT_EQ(got.state, State::complete) << input;
      ASSERT_EQ(got.body, body);
      ASSERT_EQ(got.consumed, length);
    }
  }
}

TEST(ChunkedBody, ASizeIsHexadecimalDigitsAndNothingElse) {
  for (const char* line : {"", " 1", "+1", "-1", "0x1", "1x", "1 2", "g", "1\t2", "\"1\"", "1,", "1\r"})
    EXPECT_EQ(chunked(std::string(line) + "\r\na\r\n0\r\n\r\n"), State::error) << line;
  EXPECT_EQ(chunked("1 \r\na\r\n0\r\n\r\n"), State::complete) << "white space behind it is tolerated";
  EXPECT_EQ(chunked("1\t;x\r\na\r\n0\r\n\r\n"), State::complete);
}

TEST(ChunkedBody, AHugeSizeIsRefusedBeforeItOverflows) {
  EXPECT_EQ(chunked("ffffffffffffffff\r\nabc"), State::need_more);
  EXPECT_EQ(chunked("10000000000000000\r\nabc"), State::error);
  EXPECT_EQ(chunked("fffffffffffffffff1\r\na"), State::error);
  EXPECT_EQ(chunked("00000000000000000001\r\na\r\n0\r\n\r\n"), State::complete) << "leading zeros are no size";
}

TEST(ChunkedBody, LinesEndWithCrLfOnly) {
  EXPECT_EQ(chunked("1\na\r\n0\r\n\r\n"), State::error);
  EXPECT_EQ(chunked("1\r\na\n0\r\n\r\n"), State::error);
  EXPECT_EQ(chunked("1;x\n\r\na\r\n0\r\n\r\n"), State::error);
  EXPECT_EQ(chunked("0\r\n\n"), State::error);
  EXPECT_EQ(chunked("0\r\nX: y\n\r\n"), State::error);
}

TEST(ChunkedBody, AControlCharacterInAnExtensionIsRefused) {
  EXPECT_EQ(chunked(std::string_view("1;a\0b\r\nx", 8)), State::error);
  EXPECT_EQ(chunked("1;a\rb\r\nx"), State::error);
}

TEST(ChunkedBody, AChunkLongerThanItsSizeIsRefused) {
  EXPECT_EQ(chunked("1\r\nab\r\n0\r\n\r\n"), State::error);
  EXPECT_EQ(chunked("2\r\na\r\n0\r\n\r\n"), State::error);
}

TEST(ChunkedBody, LinesAndTrailersAreBounded) {
  EXPECT_EQ(chunked("1;" + std::string(4000, 'x') + "\r\na\r\n0\r\n\r\n"), State::complete);
  EXPECT_EQ(chunked("1;" + std::string(5000, 'x')), State::error);
  EXPECT_EQ(chunked("1\r\na" + std::string(5000, 'x')), State::error) << "behind a chunk as well";
  std::string trailers = "0\r\n";
  for (int i = 0; i < 10; ++i) trailers.append("T: ").append(2000, 'x').append("\r\n");
  EXPECT_EQ(chunked(trailers), State::error);
}

TEST(ChunkedBody, AfterAnErrorNothingMoreIsHandedOut) {
  auto decoder = BodyDecoder::chunked();
  std::string body;
  const auto sink = [&](std::string_view bytes) { body.append(bytes); };
  EXPECT_EQ(decoder.feed("x\r\n", sink).state, State::error);
  EXPECT_EQ(decoder.feed("5\r\nhello\r\n0\r\n\r\n", sink).state, State::error);
  EXPECT_EQ(decoder.closed(), State::error);
  EXPECT_EQ(body, "");
}

}  // namespace
}  // namespace chasqui::http1
