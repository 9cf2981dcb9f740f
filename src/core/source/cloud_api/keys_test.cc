// How redeliveries are recognised, and that no size or depth of a delivery is too much.
#include <gtest/gtest.h>

#include <set>

#include "core/source/cloud_api/cloud_api.h"
#include "tests/support/cloud_api_fixture.h"

namespace chasqui::cloud_api {
namespace {

using testing::change;
using testing::delivery;
using testing::entry;
using testing::message;
using testing::messages_value;
using testing::status;

class CloudApiKeysTest : public testing::CloudApiTest {};

using Words = std::vector<std::string>;

TEST_F(CloudApiKeysTest, GivenARedeliveryWithMembersInAnotherOrder_ThenTheKeysAreTheSame) {
  const char* first[] = {R"({"from":"15550101010","id":"wamid.a","timestamp":"1","type":"text","text":{"body":"é"}})",
                         R"({"timestamp":"1","noid":{"x":1,"y":[2]}})"};
  const char* again[] = {R"({"type":"text","text":{"body":"é"},"timestamp":"1","id":"wamid.a","from":"15550101010"})",
                         R"({"noid":{"y":[2],"x":1},"timestamp":"1"})"};
  EXPECT_EQ(keys(messages(std::string(first[0]) + "," + first[1])),
            keys(messages(" " + std::string(again[0]) + " , " + again[1])));
  EXPECT_EQ(keys(delivery(R"({"id":"2","time":5,"changes":[{"field":"flows","value":{"event":"X","flow_id":"9"}}]})")),
            keys(delivery(R"({"changes":[{"value":{"flow_id":"9","event":"X"},"field":"flows"}],"time":5,"id":"2"})")));
}

TEST_F(CloudApiKeysTest, KeysAreThoseOfTheDocumentation) {
  EXPECT_EQ(keys(messages(message("a", "1"))), Words{"message:wamid.a"});
  EXPECT_EQ(keys(statuses(status("d", "sent") + "," + status("d", "read"))),
            (Words{"status:wamid.d:sent", "status:wamid.d:read"}));
  EXPECT_EQ(keys(delivery(entry(change(
                "calls",
                messages_value(
                    R"("calls":[{"id":"wacid.C1","event":"terminate","status":"COMPLETED","direction":"USER_INITIATED"}])"))))),
            Words{"call:wacid.C1:terminate:COMPLETED"});
}

TEST_F(CloudApiKeysTest, OtherContentOtherTimeOrOtherPlaceIsAnotherKey) {
  std::set<std::string> all;
  const auto add = [&](std::string body) {
    for (auto& key : keys(std::move(body))) EXPECT_TRUE(all.insert(key).second) << key;
  };
  add(delivery(entry(change("flows", R"({"event":"A"})"), "2", "5")));
  add(delivery(entry(change("flows", R"({"event":"B"})"), "2", "5")));
  add(delivery(entry(change("flows", R"({"event":"A"})"), "2", "6")));
  add(delivery(entry(change("flows", R"({"event":"A"})"), "3", "5")));
  add(delivery(entry(change("security", R"({"event":"A"})"), "2", "5")));
  add(messages(R"({"noid":1},{"noid":1},{"noid":2})"));
  add(delivery(entry(change("user_preferences",
                            messages_value(R"("user_preferences":[{"value":"stop"},{"value":"stop"},{"value":"resume"}])")))));
}

// Of a batch of a thousand, each item's key held the whole batch: 168 MB of keys for a body of 168 KB.
TEST_F(CloudApiKeysTest, GivenALargeBatchWithoutIds_ThenItsKeysAreNotLargerThanTheBatch) {
  std::string items;
  for (int i = 0; i < 4000; ++i)
    items.append(i > 0 ? "," : "")
        .append(R"({"wa_id":"15550101010","category":"marketing_messages","value":"stop","timestamp":)" +
                std::to_string(1790000000 + i) + "}");
  const std::string body = delivery(entry(change("user_preferences", messages_value(R"("user_preferences":[)" + items + "]"))));
  const auto all = keys(body);
  std::size_t bytes = 0;
  for (const auto& key : all) bytes += key.size();
  EXPECT_LT(bytes, 2 * body.size());
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 4000u);
}

TEST_F(CloudApiKeysTest, GivenALargeBatchOfManyPeople_ThenEachHasHisOwnName) {
  std::string contacts, items;
  for (int i = 0; i < 3000; ++i) {
    const std::string n = std::to_string(15550100000 + i), comma = i > 0 ? "," : "";
    contacts.append(comma).append(R"({"profile":{"name":"P)" + n + R"("},"wa_id":")" + n + R"(","user_id":"US.)" + n + "\"}");
    const std::string who = i % 2 == 0 ? R"("from":")" : R"("from_user_id":"US.)";
    items.append(comma + "{" + who + n + R"(","id":"wamid.)" + n + R"(","timestamp":"1","type":"text","text":{"body":"x"}})");
  }
  const auto got =
      take(delivery(entry(change("messages", messages_value(R"("contacts":[)" + contacts + R"(],"messages":[)" + items + "]")))));
  ASSERT_EQ(got.drafts.size(), 3000u);
  for (int i = 0; i < 3000; ++i) {
    const auto& from = std::get<Message>(got.drafts[static_cast<std::size_t>(i)].event.data).from;
    const std::string n = std::to_string(15550100000 + i);
    ASSERT_EQ(from.push_name, "P" + n);
    ASSERT_EQ(from.phone, n) << "also of one who is named by user id only";
    ASSERT_EQ(from.user_id, "US." + n);
  }
}

// An event is stored around the item's own JSON: both together must still be readable.
TEST_F(CloudApiKeysTest, GivenADeeplyNestedDelivery_ThenItsEventCanBeReadBack) {
  const auto nested = [](std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  for (const std::size_t levels : {900u, 990u, 995u, 999u, 1000u, 1001u, 1020u, 1024u, 1025u, 3000u}) {
    for (const std::string& body :
         {nested(levels), delivery(entry(change("flows", nested(levels)))), delivery(nested(levels)),
          messages(R"({"id":"wamid.a","type":"contacts","contacts":)" + nested(levels) + "}"),
          messages(R"({"id":"wamid.a","type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"response_json":")" +
                   nested(levels) + R"("}}})")}) {
      const auto got = take(body);
      ASSERT_EQ(got.drafts.size(), 1u);
      Event e = got.drafts[0].event;
      e.id = *EventId::parse("01jnaaaaaaaaaaaaaaaaaaaaaa");
      std::string text;
      append_json(text, e);
      const auto back = event_from_json(parser, text);
      ASSERT_TRUE(back.has_value()) << levels << " levels: " << back.error().detail;
    }
  }
}

TEST_F(CloudApiKeysTest, AHugeNumberDoesNotMakeADeliveryUnreadable) {
  EXPECT_EQ(
      words(messages(
          R"({"from":"15550101010","id":"wamid.a","timestamp":"1","type":"text","text":{"body":"x"},"later":123456789012345678901234567890})")),
      Words{"message.received"});
}

}  // namespace
}  // namespace chasqui::cloud_api
