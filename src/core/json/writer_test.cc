#include "core/json/writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/json/value.h"

namespace chasqui::json {
namespace {

std::string written(std::string_view text) {
  std::string out;
  append_string(out, text);
  return out;
}
std::string written(double value) {
  std::string out;
  Writer(out).number(value);
  return out;
}

TEST(Writer, EscapesWhatJsonStringifyEscapesAndNothingElse) {
  EXPECT_EQ(written("\"\\\b\t\n\f\r"), R"("\"\\\b\t\n\f\r")");
  EXPECT_EQ(written(std::string_view("\0\x01\x0b\x1f", 4)), R"("\u0000\u0001\u000b\u001f")");
  EXPECT_EQ(written("a/b <x> & 'é' 👋 \x7f"), "\"a/b <x> & 'é' 👋 \x7f\"");
  EXPECT_EQ(written(""), "\"\"");
}

TEST(Writer, EveryCodePointReadsBackAsItWas) {
  Document parser;
  for (char32_t c = 0; c <= 0x10ffff; c += c < 0x800 ? 1 : 251) {
    if (c >= 0xd800 && c < 0xe000) continue;
    std::string utf8;
    if (c < 0x80) {
      utf8 = static_cast<char>(c);
    } else if (c < 0x800) {
      utf8 = {static_cast<char>(0xc0 | c >> 6), static_cast<char>(0x80 | (c & 63))};
    } else if (c < 0x10000) {
      utf8 = {static_cast<char>(0xe0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 63)), static_cast<char>(0x80 | (c & 63))};
    } else {
      utf8 = {static_cast<char>(0xf0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 63)),
              static_cast<char>(0x80 | (c >> 6 & 63)), static_cast<char>(0x80 | (c & 63))};
    }
    const auto root = parser.parse(written(utf8));
    ASSERT_TRUE(root.has_value()) << std::hex << static_cast<unsigned>(c);
    ASSERT_EQ(root->text(), utf8) << std::hex << static_cast<unsigned>(c);
  }
}

TEST(Writer, PlacesCommasBetweenMembersItemsAndRawParts) {
  std::string out = "before:";
  Writer w(out);
  w.begin_object().key("a").integer(1).key("b").begin_array().string("[").string("{").null().boolean(true).end_array();
  w.key("c")
      .raw("{}")
      .member_name("d\"")
      .begin_object()
      .end_object()
      .key("e")
      .begin_array()
      .begin_array()
      .end_array()
      .end_array();
  w.key("f").boolean(false).end_object();
  EXPECT_EQ(out, R"(before:{"a":1,"b":["[","{",null,true],"c":{},"d\"":{},"e":[[]],"f":false})");
}

TEST(Writer, IntegersReachTheirLimits) {
  std::string out;
  Writer w(out);
  w.begin_array().integer(std::numeric_limits<std::int64_t>::min()).integer(std::numeric_limits<std::int64_t>::max());
  w.unsigned_integer(std::numeric_limits<std::uint64_t>::max()).integer(0).end_array();
  EXPECT_EQ(out, "[-9223372036854775808,9223372036854775807,18446744073709551615,0]");
}

TEST(Writer, WholeNumbersHaveNoFraction) {
  EXPECT_EQ(written(0.0), "0");
  EXPECT_EQ(written(-0.0), "0");  // as JSON.stringify(-0)
  EXPECT_EQ(written(3.0), "3");
  EXPECT_EQ(written(-1790000000.0), "-1790000000");
  EXPECT_EQ(written(9007199254740991.0), "9007199254740991");
}

TEST(Writer, FractionsAreTheShortestTextThatReadsBack) {
  EXPECT_EQ(written(0.1), "0.1");
  EXPECT_EQ(written(-33.4489), "-33.4489");
  EXPECT_EQ(written(1e-7), "1e-07");
  EXPECT_EQ(written(std::nan("")), "null");
  EXPECT_EQ(written(std::numeric_limits<double>::infinity()), "null");
}

TEST(Writer, ALargeDoubleIsWrittenSoThatItReadsBackAsADouble) {
  Document parser;
  for (const double value : {9007199254740992.0, 18446744073709551616.0, -9223372036854775808.0, -36893488147419103232.0, 1e20,
                             1.5e300, std::numeric_limits<double>::max(), std::numeric_limits<double>::denorm_min()}) {
    const auto root = parser.parse(written(value));
    ASSERT_TRUE(root.has_value()) << written(value);
    EXPECT_EQ(root->type(), Type::number) << written(value);
    EXPECT_EQ(root->number(), value) << written(value);
  }
}

}  // namespace
}  // namespace chasqui::json
