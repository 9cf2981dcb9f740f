#include "adapters/http/response_reader.h"

#include <gtest/gtest.h>

namespace chasqui::http {
namespace {

using Progress = ResponseReader::Progress;
using namespace std::chrono_literals;

struct Read {
  Progress progress = Progress::more;
  ports::Answer answer;
  std::size_t used = 0;
  bool keep_alive = false;
  std::optional<std::chrono::seconds> kept;
  std::string error;
};

Read read(std::string_view input, ResponseReader::Limits limits = {}, std::size_t piece = std::string_view::npos,
          bool end = false) {
  Read out;
  ResponseReader reader;
  reader.start(limits);
  while (!input.empty() && out.progress == Progress::more) {
    const auto part = input.substr(0, piece);
    std::size_t used = 0;
    out.progress = reader.feed(part, used);
    out.used += used;
    input.remove_prefix(part.size());
  }
  if (end && out.progress == Progress::more) out.progress = reader.end();
  out.keep_alive = reader.keep_alive();
  out.kept = reader.keep_alive_timeout();
  out.error = reader.error();
  out.answer = reader.take_answer();
  return out;
}

TEST(ResponseReader, ReadsAnAnswerHoweverItIsCut) {
  const std::string text = "HTTP/1.1 201 Created\r\nContent-Length: 5\r\nX-Y: z\r\n\r\nhello";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    const Read got = read(text + "next", {}, piece);
    ASSERT_EQ(got.progress, Progress::complete) << piece;
    EXPECT_EQ(got.answer.status, 201);
    EXPECT_EQ(got.answer.body, "hello");
    EXPECT_EQ(got.answer.header("x-y"), "z");
    EXPECT_TRUE(got.answer.body_complete);
    EXPECT_EQ(got.used, text.size());
    EXPECT_TRUE(got.keep_alive);
  }
}

TEST(ResponseReader, SkipsInterimAnswersWhereverTheyAreCut) {
  const std::string text =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    const Read got = read(text, {}, piece);
    ASSERT_EQ(got.progress, Progress::complete) << piece;
    EXPECT_EQ(got.answer.status, 204);
    EXPECT_EQ(got.used, text.size());
    EXPECT_EQ(got.answer.header("link"), std::nullopt) << "of an interim answer";
  }
}

TEST(ResponseReader, InterimAnswersWithoutEndAreRefused) {
  std::string text;
  for (int i = 0; i < 100; ++i) text.append("HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(read(text).progress, Progress::bad);
  EXPECT_EQ(read(text, {}, 7).progress, Progress::bad);
}

TEST(ResponseReader, AnUnaskedSwitchOfProtocolsIsRefused) {
  EXPECT_EQ(read("HTTP/1.1 101 Switching Protocols\r\n\r\n").progress, Progress::bad);
}

TEST(ResponseReader, KeepsTheBodysBeginningOnly) {
  const Read got = read("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789", {.body_max = 100, .body_kept = 4}, 3);
  EXPECT_EQ(got.progress, Progress::complete);
  EXPECT_EQ(got.answer.body, "0123");
  EXPECT_TRUE(got.answer.body_complete) << "all of it was read";
}

TEST(ResponseReader, StopsAtTheLimitOfABody) {
  for (const char* head : {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"}) {
    const Read got = read(head + std::string(50, 'x'), {.body_max = 10, .body_kept = 100});
    EXPECT_EQ(got.progress, Progress::too_long);
    EXPECT_EQ(got.answer.status, 200);
    EXPECT_EQ(got.answer.body, std::string(10, 'x'));
    EXPECT_FALSE(got.answer.body_complete);
  }
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789", {.body_max = 10}).progress, Progress::complete);
}

TEST(ResponseReader, ABodyMayLastUntilTheEnd) {
  const Read got = read("HTTP/1.1 200 OK\r\n\r\nabc", {}, 2, true);
  EXPECT_EQ(got.progress, Progress::complete);
  EXPECT_EQ(got.answer.body, "abc");
  EXPECT_FALSE(got.keep_alive);
}

TEST(ResponseReader, HalfAnAnswerIsNone) {
  for (const char* text : {"", "HTT", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "HTTP/1.1 100 Continue\r\n\r\n"}) {
    const Read got = read(text, {}, 4, true);
    EXPECT_EQ(got.progress, Progress::bad) << text;
    EXPECT_FALSE(got.error.empty());
  }
}

TEST(ResponseReader, AnAnswerToHeadHasNoBodyWhateverItsLength) {
  const Read got = read("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", {.head_request = true});
  EXPECT_EQ(got.progress, Progress::complete);
  EXPECT_TRUE(got.keep_alive);
}

TEST(ResponseReader, ChunksArePutTogether) {
  const Read got =
      read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nT: x\r\n\r\nmore", {}, 5);
  EXPECT_EQ(got.progress, Progress::complete);
  EXPECT_EQ(got.answer.body, "abcde");
}

TEST(ResponseReader, BrokenChunksAreRefused) {
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n").progress, Progress::bad);
}

TEST(ResponseReader, AHeadThatIsTooLargeIsRefused) {
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nX: " + std::string(2000, 'x'), {.head_bytes_max = 1000}, 100).progress, Progress::bad);
}

TEST(ResponseReader, TakesTheTimeForWhichThePeerKeepsTheConnection) {
  const auto kept = [](const std::string& value) { return read("HTTP/1.1 204 x\r\nKeep-Alive: " + value + "\r\n\r\n").kept; };
  EXPECT_EQ(kept("timeout=5"), 5s);
  EXPECT_EQ(kept("max=100, timeout=72"), 72s);
  EXPECT_EQ(kept("timeout=0"), 0s);
  for (const char* value : {"", "max=3", "timeout", "timeout=", "timeout=x", "timeout=-5", "timeout=99999999999"})
    EXPECT_EQ(kept(value), std::nullopt) << value;
}

TEST(ResponseReader, IsUsedAgainWithNothingLeftOver) {
  ResponseReader reader;
  std::size_t used = 0;
  reader.start({});
  reader.feed("HTTP/1.1 500 x\r\nConnection: close\r\nKeep-Alive: timeout=5\r\nContent-Length: 9\r\n\r\nhalf", used);
  reader.start({});
  EXPECT_FALSE(reader.head_seen());
  EXPECT_FALSE(reader.anything_seen());
  EXPECT_EQ(reader.feed("HTTP/1.1 204 x\r\n\r\n", used), Progress::complete);
  EXPECT_TRUE(reader.keep_alive());
  EXPECT_EQ(reader.keep_alive_timeout(), std::nullopt);
  const auto answer = reader.take_answer();
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.body, "");
  EXPECT_TRUE(answer.headers.empty());
}

}  // namespace
}  // namespace chasqui::http
