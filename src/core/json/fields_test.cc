#include "core/json/fields.h"

#include <gtest/gtest.h>

#include <limits>

#include "core/event/words.h"

namespace chasqui::json {
namespace {

enum class Colour : std::uint8_t { none, red, blue };
CHASQUI_WORDS(Colour, {Colour::none, ""}, {Colour::red, "red"}, {Colour::blue, "blue"})

struct Inner {
  std::string name;
  Colour colour = Colour::none;

  bool operator==(const Inner&) const = default;
  template <class V, class T>
  static void fields(V& v, T& t) {
    v("name", t.name);
    v("colour", t.colour);
  }
};

struct Outer {
  std::string text;
  Text raw;
  bool flag = false;
  std::int64_t big = 0;
  std::int32_t small = 0;
  double ratio = 0;
  Inner inner;
  std::optional<Inner> maybe;
  std::optional<bool> told;
  std::vector<Inner> list;
  std::map<std::string, std::string> map;

  bool operator==(const Outer&) const = default;
  template <class V, class T>
  static void fields(V& v, T& t) {
    v("text", t.text);
    v("raw", t.raw);
    v("flag", t.flag);
    v("big", t.big);
    v("small", t.small);
    v("ratio", t.ratio);
    v("inner", t.inner);
    v("maybe", t.maybe);
    v("told", t.told);
    v("list", t.list);
    v("map", t.map);
  }
};

std::string write(const Outer& o) {
  std::string out;
  FieldWriter(out).value(o);
  return out;
}

struct Reading {
  Outer value;
  std::string error;
};
Reading read(std::string_view text) {
  Document parser;
  const auto root = parser.parse(text);
  EXPECT_TRUE(root.has_value()) << text;
  Reading out;
  FieldReader reader(*root);
  Outer::fields(reader, out.value);
  out.error = reader.error();
  return out;
}

TEST(Fields, WhatIsAtItsDefaultIsLeftOutAndReadsBackAsTheDefault) {
  EXPECT_EQ(write({}), "{}");
  EXPECT_EQ(read("{}").value, Outer{});
  EXPECT_EQ(read(R"({"text":null,"inner":null,"maybe":null,"list":null,"map":null,"big":null})").value, Outer{});
}

TEST(Fields, EveryKindOfFieldReadsBackEqual) {
  Outer o;
  o.text = "é\"\n";
  o.raw.json = R"({"a":[1,null]})";
  o.flag = true;
  o.big = std::numeric_limits<std::int64_t>::min();
  o.small = std::numeric_limits<std::int32_t>::max();
  o.ratio = -0.1;
  o.inner = {"in", Colour::blue};
  o.maybe = Inner{};
  o.told = false;
  o.list = {{"x", Colour::red}, {}};
  o.map = {{"k\"", "v"}, {"", ""}};
  const std::string text = write(o);
  EXPECT_EQ(
      text,
      R"({"text":"é\"\n","raw":{"a":[1,null]},"flag":true,"big":-9223372036854775808,"small":2147483647,"ratio":-0.1,)"
      R"("inner":{"name":"in","colour":"blue"},"maybe":{},"told":false,"list":[{"name":"x","colour":"red"},{}],"map":{"":"","k\"":"v"}})");
  const auto back = read(text);
  EXPECT_EQ(back.error, "");
  EXPECT_EQ(back.value, o);
}

// A source may send `"pricing": null`; it is kept as it is, and must not be another value after a restart.
TEST(Fields, GivenTextThatIsNull_ThenItReadsBackAsNullAndNotAsAbsent) {
  Outer o;
  o.raw.json = "null";
  EXPECT_EQ(write(o), R"({"raw":null})");
  EXPECT_EQ(read(write(o)).value, o);
}

TEST(Fields, UnknownMembersAreSkipped) {
  const auto back = read(R"({"later":{"x":[1]},"text":"t"})");
  EXPECT_EQ(back.error, "");
  EXPECT_EQ(back.value.text, "t");
}

TEST(Fields, AComplaintNamesThePath) {
  EXPECT_EQ(read(R"({"text":1})").error, "text: must be a string");
  EXPECT_EQ(read(R"({"flag":"yes"})").error, "flag: must be true or false");
  EXPECT_EQ(read(R"({"big":"1"})").error, "big: must be an integer");
  EXPECT_EQ(read(R"({"big":1.5})").error, "big: must be an integer");
  EXPECT_EQ(read(R"({"ratio":[]})").error, "ratio: must be a number");
  EXPECT_EQ(read(R"({"inner":[]})").error, "inner: must be an object");
  EXPECT_EQ(read(R"({"inner":{"colour":"green"}})").error, "inner.colour: must be one of the documented words");
  EXPECT_EQ(read(R"({"maybe":{"name":{}}})").error, "maybe.name: must be a string");
  EXPECT_EQ(read(R"({"list":{}})").error, "list: must be an array");
  EXPECT_EQ(read(R"({"list":[{},7]})").error, "list[1]: must be an object");
  EXPECT_EQ(read(R"({"list":[{},{"colour":1}]})").error, "list[1].colour: must be one of the documented words");
  EXPECT_EQ(read(R"({"map":{"k":1}})").error, "map: must be an object of strings");
}

TEST(Fields, OnlyTheFirstComplaintIsKept) { EXPECT_EQ(read(R"({"text":1,"flag":2})").error, "text: must be a string"); }

TEST(Fields, AnIntegerThatItsFieldCannotHoldIsRefusedAndNotCut) {
  EXPECT_EQ(read(R"({"small":2147483647})").value.small, 2147483647);
  EXPECT_EQ(read(R"({"small":2147483648})").error, "small: must be an integer");
  EXPECT_EQ(read(R"({"small":-2147483649})").error, "small: must be an integer");
  EXPECT_EQ(read(R"({"small":4294967296})").error, "small: must be an integer");
  EXPECT_EQ(read(R"({"big":18446744073709551615})").error, "big: must be an integer");
}

}  // namespace
}  // namespace chasqui::json
