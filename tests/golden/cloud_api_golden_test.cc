// What Meta posts, and the canonical events that it becomes.
#include <gtest/gtest.h>

#include <set>

#include "core/dialect/dialects.h"
#include "core/source/cloud_api/cloud_api.h"
#include "tests/golden/deliveries.h"
#include "tests/golden/golden.h"

namespace chasqui::golden {
namespace {

class CloudApiGolden : public ::testing::TestWithParam<std::string> {
 protected:
  std::string body() const { return read_file(folder("cloud_api") / (GetParam() + ".json")); }
  json::Document parser;
};

std::string json_of(const std::vector<Event>& events) {
  std::string out = "[";
  for (const auto& e : events) {
    if (out.size() > 1) out.push_back(',');
    append_json(out, e);
  }
  return out + "]";
}

TEST_P(CloudApiGolden, BecomesItsEvents) {
  expect_equal(folder("cloud_api") / (GetParam() + ".events.json"), json_of(events_of(parser, body())));
}

TEST_P(CloudApiGolden, ItsEventsReadBackFromTheJournal) {
  json::Document reading;
  for (const auto& e : events_of(parser, body())) {
    std::string text, again;
    append_json(text, e);
    const auto back = event_from_json(reading, text);
    ASSERT_TRUE(back.has_value()) << back.error().detail;
    append_json(again, *back);
    EXPECT_EQ(again, text);
    EXPECT_EQ(order_key(*back), order_key(e));
  }
}

TEST_P(CloudApiGolden, RedeliveredWithMembersInAnotherOrder_ThenItIsRecognised) {
  std::string sorted;
  parser.parse(body())->append_canonical_to(sorted);
  std::vector<std::string> first, again;
  for (const auto& d : cloud_api::normalise(parser, std::make_shared<const std::string>(body())).drafts)
    first.push_back(d.source_key);
  for (const auto& d : cloud_api::normalise(parser, std::make_shared<const std::string>(sorted)).drafts)
    again.push_back(d.source_key);
  EXPECT_EQ(first, again);
  EXPECT_EQ(std::set<std::string>(first.begin(), first.end()).size(), first.size()) << "and its items are told apart";
}

// Writes `v`, but `instead` in place of the value that `left` counts down to.
void write_with(std::string& out, json::Value v, int& left, std::string_view instead) {
  if (left-- == 0) {
    out.append(instead);
    return;
  }
  json::Writer w(out);
  if (v.is_object()) {
    out.push_back('{');
    for (const auto& [name, member] : v.members()) {
      if (out.back() != '{') out.push_back(',');
      json::append_string(out, name);
      out.push_back(':');
      write_with(out, member, left, instead);
    }
    out.push_back('}');
  } else if (v.is_array()) {
    out.push_back('[');
    for (const auto& item : v.items()) {
      if (out.back() != '[') out.push_back(',');
      write_with(out, item, left, instead);
    }
    out.push_back(']');
  } else {
    v.append_to(out);
  }
}

// Each value of the body in turn is of another type than documented. Whatever comes of it can be stored, routed and rendered.
TEST_P(CloudApiGolden, WithAnyValueOfAnotherType_ThenNothingIsLostAndTheRestIsAsBefore) {
  json::Document original, changed, reading;
  const std::string text = body();
  const auto root = *original.parse(text);
  for (const char* instead : {"null", "7", R"("x")", "true", "[]", "{}", "[null]", R"({"id":1})"}) {
    for (int place = 1;; ++place) {
      std::string other;
      int left = place;
      write_with(other, root, left, instead);
      if (left >= 0) break;                                  // the body has no more values
      if (other.starts_with("{\"object\":\"x\"")) continue;  // not for WhatsApp: rightly nothing
      const auto events = events_of(changed, other);
      ASSERT_FALSE(events.empty()) << other;
      for (const auto& e : events) {
        ASSERT_FALSE(e.raw.item().empty());
        std::string json;
        append_json(json, e);
        const auto back = event_from_json(reading, json);
        ASSERT_TRUE(back.has_value()) << back.error().detail << "\n" << other;
        for (const Dialect* dialect : all_dialects()) check_rendering(*dialect, e, reading);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Bodies, CloudApiGolden, ::testing::ValuesIn(cases("cloud_api", ".json", ".events.json")),
                         [](const auto& one) { return test_name(one.param); });

TEST(CloudApiGoldenFiles, EachNamesItsSource) {
  const std::string readme = read_file(folder("README.md"));
  for (const auto& name : cases("cloud_api", ".json", ".events.json"))
    EXPECT_NE(readme.find("| `" + name + "` |"), std::string::npos) << name;
  for (const auto& name : cases("cloud_api", ".events.json"))
    EXPECT_TRUE(std::filesystem::exists(folder("cloud_api") / (name + ".json"))) << name;
}

}  // namespace
}  // namespace chasqui::golden
