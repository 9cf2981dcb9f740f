#include "core/json/span.h"

#include <gtest/gtest.h>

#include "core/json/value.h"
#include "tests/support/random_event.h"

namespace chasqui::json {
namespace {

using Spans = std::vector<std::string_view>;

TEST(MemberSpan, GivesTheExactBytesOfAMember) {
  constexpr std::string_view text = R"( {"a" : 1 ,"b":{"a":[2, 3]},"c":"x\"y}","d":[ ],"e":-1.5e3,"f":null})";
  EXPECT_EQ(member_span(text, "a"), "1");
  EXPECT_EQ(member_span(text, "b"), R"({"a":[2, 3]})");
  EXPECT_EQ(member_span(text, "c"), R"("x\"y}")");
  EXPECT_EQ(member_span(text, "d"), "[ ]");
  EXPECT_EQ(member_span(text, "e"), "-1.5e3");
  EXPECT_EQ(member_span(text, "f"), "null");
  EXPECT_EQ(member_span(text, "x"), std::nullopt);
  EXPECT_EQ(member_span("[1]", "a"), std::nullopt);
  EXPECT_EQ(member_span("{}", "a"), std::nullopt);
  EXPECT_EQ(member_span("", "a"), std::nullopt);
}

TEST(MemberSpan, OfADoubledNameTheFirstCounts) { EXPECT_EQ(member_span(R"({"a":1,"a":2})", "a"), "1"); }

// The parser finds the first of the two; a look-alike further on must not be taken for it.
TEST(MemberSpan, GivenANameSpeltWithEscapes_ThenTheMemberIsTheOneThatTheParserFinds) {
  constexpr std::string_view text = R"({"\u0065nt\u0072y":[1],"entry":[2]})";
  Document parser;
  ASSERT_EQ((*parser.parse(text))["entry"].to_json(), "[1]");
  EXPECT_NE(member_span(text, "entry"), "[2]");
  EXPECT_EQ(member_span(R"({"entry":[1],"\u0065":[2]})", "entry"), "[1]");
}

TEST(ItemSpans, GiveTheExactBytesOfEachItem) {
  EXPECT_EQ(item_spans(R"([ 1 ,"a,]\\",{"b":[1,2]} ,[ ], null])"), (Spans{"1", R"("a,]\\")", R"({"b":[1,2]})", "[ ]", "null"}));
  EXPECT_EQ(item_spans("[]"), Spans{});
  EXPECT_EQ(item_spans(" [ ] "), Spans{});
  EXPECT_EQ(item_spans("{}"), Spans{});
  EXPECT_EQ(item_spans(""), Spans{});
}

TEST(Spans, ForAnyText_ThenTheyAgreeWithTheParserValueByValue) {
  testing::Chance chance(20261121);
  Document whole, part;
  for (int round = 0; round < 2000; ++round) {
    const std::string text = chance.json(4);
    const Value root = *whole.parse(text);
    const auto items = root.items();
    const auto spans = item_spans(text);
    ASSERT_EQ(items.size(), spans.size()) << text;
    for (std::size_t i = 0; i < items.size(); ++i) ASSERT_EQ(part.parse(spans[i])->to_json(), items[i].to_json()) << text;
    for (const auto& [name, value] : root.members()) {
      const auto span = member_span(text, name);
      ASSERT_TRUE(span.has_value()) << text;
      ASSERT_EQ(part.parse(*span)->to_json(), root[name].to_json()) << text;
    }
  }
}

TEST(Spans, OfTextThatIsNotJson_ThenNothingIsReadBeyondItsEnd) {
  for (const char* text : {"{", "{\"", "{\"a", "{\"a\\", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":\"\\", "[", "[\"", "[1", "[1,",
                           "[[[", "{\"a\":}", "[}", "[,]"}) {
    const std::string exact(text);
    member_span(exact, "a");
    item_spans(exact);
  }
}

}  // namespace
}  // namespace chasqui::json
