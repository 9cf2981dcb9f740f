#include "core/json/value.h"

#include <gtest/gtest.h>

namespace chasqui::json {
namespace {

class ValueTest : public ::testing::Test {
 protected:
  Value parse(std::string_view text) {
    auto root = parser.parse(text);
    EXPECT_TRUE(root.has_value()) << text << ": " << (root ? "" : root.error().detail);
    return root ? *root : Value{};
  }
  bool refused(std::string_view text) {
    const auto root = parser.parse(text);
    return !root && root.error().kind == Error::Kind::invalid_input;
  }
  std::string again(std::string_view text) { return parse(text).to_json(); }

  Document parser;
};

TEST_F(ValueTest, APathThatIsNotThereIsMissingAllTheWay) {
  const Value root = parse(R"({"a":{"b":[1]},"n":null})");
  EXPECT_EQ(root["a"]["b"].items().at(0).integer(), 1);
  EXPECT_FALSE(root["x"]["y"]["z"].exists());
  EXPECT_EQ(root["x"].type(), Type::missing);
  EXPECT_FALSE(root["a"]["b"]["c"].exists()) << "an array has no members";
  EXPECT_TRUE(root["n"].is_null());
  EXPECT_TRUE(root["n"].exists());
  EXPECT_EQ(root["x"].to_json(), "");
  EXPECT_EQ(root["x"].text(), "");
  EXPECT_EQ(root["x"].size(), 0u);
  EXPECT_TRUE(root["x"].items().empty());
  EXPECT_TRUE(root["a"].items().empty()) << "an object has no items";
  EXPECT_TRUE(root["a"]["b"].members().empty()) << "an array has no members";
}

TEST_F(ValueTest, TypesAreNotConvertedIntoEachOther) {
  const Value root = parse(R"({"s":"1","i":1,"u":18446744073709551615,"d":1.5,"t":true,"n":null,"a":[],"o":{}})");
  EXPECT_EQ(root["s"].type(), Type::string);
  EXPECT_EQ(root["i"].type(), Type::integer);
  EXPECT_EQ(root["u"].type(), Type::unsigned_integer);
  EXPECT_EQ(root["d"].type(), Type::number);
  EXPECT_EQ(root["t"].type(), Type::boolean);
  EXPECT_EQ(root["n"].type(), Type::null);
  EXPECT_EQ(root["a"].type(), Type::array);
  EXPECT_EQ(root["o"].type(), Type::object);
  EXPECT_EQ(root["s"].integer(), std::nullopt);
  EXPECT_EQ(root["i"].string(), std::nullopt);
  EXPECT_EQ(root["u"].integer(), std::nullopt) << "does not fit";
  EXPECT_EQ(root["d"].integer(), std::nullopt);
  EXPECT_EQ(root["t"].integer(), std::nullopt);
  EXPECT_EQ(root["i"].boolean(), std::nullopt);
  EXPECT_EQ(root["n"].string(), std::nullopt);
  EXPECT_EQ(root["i"].number(), 1.0);
}

TEST_F(ValueTest, AnIntegerMayBeWrittenAsANumberWithoutFraction) {
  EXPECT_EQ(parse("1.0").integer(), 1);
  EXPECT_EQ(parse("1e3").integer(), 1000);
  EXPECT_EQ(parse("-9007199254740992.0").integer(), -9007199254740992);
  EXPECT_EQ(parse("1e300").integer(), std::nullopt);
  EXPECT_EQ(parse("0.5").integer(), std::nullopt);
}

TEST_F(ValueTest, ATimeMayBeWrittenAsAStringOfDigits) {
  EXPECT_EQ(parse(R"("1790000000")").loose_integer(), 1790000000);
  EXPECT_EQ(parse("1790000000").loose_integer(), 1790000000);
  EXPECT_EQ(parse(R"("-5")").loose_integer(), -5);
  for (const char* text :
       {R"("")", R"(" 1")", R"("1 ")", R"("+1")", R"("1.0")", R"("0x1")", R"("99999999999999999999")", "null", "[]", "true"})
    EXPECT_EQ(parse(text).loose_integer(), std::nullopt) << text;
}

TEST_F(ValueTest, BigNumbersAreKept) {
  EXPECT_EQ(again("[9223372036854775807,-9223372036854775808,18446744073709551615,300000000000000001]"),
            "[9223372036854775807,-9223372036854775808,18446744073709551615,300000000000000001]");
}

TEST_F(ValueTest, AnIntegerBeyond64BitsIsADoubleAsInJavaScript) {
  const Value root =
      parse(R"({"big":123456789012345678901234567890,"s":"18446744073709551616","after":[-99999999999999999999, 7]})");
  EXPECT_DOUBLE_EQ(root["big"].number().value_or(0), 1.2345678901234568e29);
  EXPECT_EQ(root["s"].text(), "18446744073709551616") << "digits in a string are text";
  EXPECT_DOUBLE_EQ(root["after"].items().at(0).number().value_or(0), -1e20);
  EXPECT_EQ(root["after"].items().at(1).integer(), 7);
  EXPECT_EQ(again(again("[18446744073709551616,123456789012345678901234567890]")),
            again("[18446744073709551616,123456789012345678901234567890]"));
}

TEST_F(ValueTest, GivenAnIntegerBeyond64Bits_ThenTheOthersKeepAllTheirDigits) {
  EXPECT_EQ(again("[18446744073709551615,-9223372036854775808,99999999999999999999,0]"),
            "[18446744073709551615,-9223372036854775808,1e+20,0]");
  EXPECT_EQ(again("[-9223372036854775809,-18446744073709551615]"), "[-9.223372036854776e+18,-1.8446744073709552e+19]");
}

TEST_F(ValueTest, ANumberThatNoDoubleHoldsIsRefused) {
  EXPECT_TRUE(refused("1e400"));
  EXPECT_TRUE(refused("[123456789012345678901234567890, 1e400]"));
  EXPECT_TRUE(refused("0123456789012345678901234567890"));
}

TEST_F(ValueTest, EscapesAndSurrogatePairsAreDecoded) {
  EXPECT_EQ(parse(R"("\u00e9 \/ \ud83d\udc4d \u0000x \"\\\b\f\n\r\t")").text(), std::string("é / 👍 \0x \"\\\b\f\n\r\t", 20));
  EXPECT_EQ(again(R"("\u00e9\/\ud83d\udc4d")"), "\"é/👍\"");
}

TEST_F(ValueTest, AHalfSurrogateIsRefused) {
  for (const char* text : {R"("\ud83d")", R"("\udc4d")", R"("\ud83d\u0041")", R"("\ud83dx")", R"("\u12")", R"("\x41")"})
    EXPECT_TRUE(refused(text)) << text;
}

TEST_F(ValueTest, TextThatIsNotUtf8IsRefused) {
  for (const std::string& bytes : {std::string("\xff"), std::string("\xc3\x28"), std::string("\xc0\x80"),
                                   std::string("\xed\xa0\x80"), std::string("\xf4\x90\x80\x80"), std::string("\xe2\x82")})
    EXPECT_TRUE(refused("\"" + bytes + "\"")) << bytes;
}

TEST_F(ValueTest, WhatIsNotJsonIsRefused) {
  for (const char* text :
       {"",   " ",  "{",  "}",  "{}x", "[1,]",     "{\"a\":1,}", "{a:1}",   "{'a':1}",        "nul",     "NaN",
        "01", "1.", ".5", "+1", "-",   "\"a\nb\"", "\"a",        "// c\n1", "\xef\xbb\xbf{}", "{\"a\"}", "[1 2]"})
    EXPECT_TRUE(refused(text)) << text;
  EXPECT_TRUE(refused(std::string_view("{}\0", 3)));
}

TEST_F(ValueTest, GivenNoTextAtAll_ThenItIsRefused) { EXPECT_TRUE(refused(std::string_view())); }

TEST_F(ValueTest, NestingIsBounded) {
  const auto nested = [](std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  EXPECT_EQ(again(nested(Document::depth_max)), nested(Document::depth_max));
  EXPECT_TRUE(refused(nested(Document::depth_max + 1)));
  EXPECT_TRUE(refused(std::string(100'000, '[')));
  EXPECT_TRUE(parser.parse(nested(10), 10).has_value());
  EXPECT_FALSE(parser.parse(nested(11), 10).has_value());
  EXPECT_TRUE(parser.parse(nested(11)).has_value()) << "the bound is of one parse";
}

TEST_F(ValueTest, OfADoubledNameTheFirstCounts) {
  const Value root = parse(R"({"a":1,"b":2,"a":3})");
  EXPECT_EQ(root["a"].integer(), 1);
  EXPECT_EQ(root.size(), 3u);
  EXPECT_EQ(root.to_json(), R"({"a":1,"b":2,"a":3})");
  EXPECT_EQ(parse(R"({"\u0061":1,"a":2})")["a"].integer(), 1) << "names are compared decoded";
}

TEST_F(ValueTest, CanonicalTextIsTheSameForMembersInAnotherOrder) {
  const auto canonical = [this](std::string_view text) {
    std::string out;
    parse(text).append_canonical_to(out);
    return out;
  };
  EXPECT_EQ(canonical(R"( { "b" : [ {"y":1,"x":2} ], "a" : 1.0 } )"), R"({"a":1,"b":[{"x":2,"y":1}]})");
  EXPECT_EQ(canonical(R"({"a":1,"b":[{"x":2,"y":1}]})"), canonical(R"({"b":[{"y":1,"x":2}],"a":1})"));
  EXPECT_NE(canonical("[1,2]"), canonical("[2,1]"));
}

TEST_F(ValueTest, AParserIsUsedAgainAndItsEarlierValuesAreNotNeeded) {
  for (std::size_t n : {1u, 1000u, 3u}) {
    std::string text = "[";
    for (std::size_t i = 0; i < n; ++i) text.append(i > 0 ? "," : "").append(std::to_string(i));
    EXPECT_EQ(parse(text + "]").items().size(), n);
    EXPECT_TRUE(refused("["));
  }
}

TEST_F(ValueTest, LargeContainersAreReadWhole) {
  // The parser's own count of members saturates at 2^24 - 1; ours must not be cut at smaller powers.
  std::string text = "[0";
  for (int i = 1; i < 70'000; ++i) text.append(",0");
  EXPECT_EQ(parse(text + "]").items().size(), 70'000u);
}

TEST_F(ValueTest, MinifyingDropsWhiteSpaceBetweenTokensAndKeepsTheirBytes) {
  std::string out = "x";
  append_minified(out, " { \"a b\" : [ 1.50 , \"\\u00e9 \\\" \\/\" ] ,\n\t\"c\":null } ");
  EXPECT_EQ(out, R"(x{"a b":[1.50,"\u00e9 \" \/"],"c":null})");
}

}  // namespace
}  // namespace chasqui::json
