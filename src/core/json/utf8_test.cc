#include "core/json/utf8.h"

#include <gtest/gtest.h>

#include "core/json/value.h"
#include "core/json/writer.h"
#include "tests/support/random_event.h"

namespace chasqui::json {
namespace {

TEST(Utf8, ABeginningEndsBetweenCharacters) {
  EXPECT_EQ(valid_utf8_prefix("aé한👋"), "aé한👋");
  EXPECT_EQ(valid_utf8_prefix(std::string("aé").substr(0, 2)), "a");
  EXPECT_EQ(valid_utf8_prefix(std::string("한").substr(0, 2)), "");
  EXPECT_EQ(valid_utf8_prefix(std::string("x👋").substr(0, 4)), "x");
  EXPECT_EQ(valid_utf8_prefix(""), "");
  EXPECT_EQ(valid_utf8_prefix(std::string_view("a\0b", 3)), std::string("a\0b", 3));
}

TEST(Utf8, OverlongFormsSurrogatesAndBytesBeyondUnicodeAreNone) {
  for (const std::string_view bytes : {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
                                       "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3\x28", "\xe2\x82\x28"})
    EXPECT_EQ(valid_utf8_prefix("ok" + std::string(bytes)), "ok");
  for (const std::string_view bytes :
       {"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
    EXPECT_EQ(valid_utf8_prefix(bytes), bytes);
}

// The parser's own opinion decides: what we call valid it takes, and one byte more of what we cut off it does not.
TEST(Utf8, ForAnyBytes_ThenTheParserAgrees) {
  testing::Chance chance(4);
  Document parser;
  const auto taken = [&](std::string_view text) {
    std::string out;
    append_string(out, text);
    return parser.parse(out).has_value();
  };
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = chance.text();
    for (auto left = chance.below(3); left > 0 && !bytes.empty(); --left)
      bytes[chance.below(bytes.size())] = static_cast<char>(chance.bits());
    const std::string prefix = valid_utf8_prefix(bytes);
    ASSERT_TRUE(bytes.starts_with(prefix));
    ASSERT_TRUE(taken(prefix));
    ASSERT_EQ(prefix.size() == bytes.size(), taken(bytes));
  }
}

}  // namespace
}  // namespace chasqui::json
