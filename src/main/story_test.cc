#include "main/story.h"

#include <gtest/gtest.h>

#include "main/api_client.h"
#include "main/table.h"

namespace chasqui {
namespace {

std::string told(std::string_view json) {
  json::Document parser;
  const auto root = parser.parse(json);
  EXPECT_TRUE(root.has_value());
  return story_text(*root);
}

TEST(Story, AnEventIsToldWithItsDeliveriesAndWhoDidNotGetIt) {
  EXPECT_EQ(told(R"({"events":[{"seq":7,"event":"01aa","type":"message.received","session":"sales","occurred_at_ms":1790000000000,
    "received_at_ms":1790000000250,"source":{"engine":"cloud","delivery":"dlv_1","field":"messages","item":2},
    "deliveries_not_shown":0,"deliveries":[{"endpoint":"ep_a","description":"CRM","deleted":false,"state":"delivered",
      "explanation":"the receiver took it","parts":[{"part":"message","state":"delivered"}],"attempts_not_shown":0,
      "attempts":[{"part":"message","attempt":1,"status":0,"error":"timeout","detail":"no answer","started_at_ms":1790000000300,"duration_us":60000000}]}],
    "not_matched_not_shown":3,"not_matched":[{"endpoint":"ep_b","description":"","reason":"disabled","explanation":"a person disabled it"}]}],
    "next_from":9})"),
            "seq 7  message.received  event 01aa  session sales\n"
            "  happened 2026-09-21 14:13:20.000 UTC\n"
            "  received 2026-09-21 14:13:20.250 UTC from cloud, field messages, item 2 of dlv_1\n"
            "  -> ep_a (CRM): delivered, the receiver took it\n"
            "      attempt 1  message  2026-09-21 14:13:20.300 UTC  timeout  60000 ms  no answer\n"
            "  -- ep_b: disabled, a person disabled it\n"
            "  … and 3 more endpoints\n"
            "\n… there is more: go on with --from 9\n");
}

TEST(Story, AnEventThatNobodyGotSaysSo) {
  EXPECT_NE(told(R"({"events":[{"seq":1,"deliveries":[],"not_matched":[]}],"next_from":null})").find("no endpoint got it"),
            std::string::npos);
}

TEST(Table, ColumnsAreAsWideAsTheirWidestCellCountedInCharacters) {
  Table table({"NAME", "N"});
  EXPECT_TRUE(table.empty());
  table.add({"Ünïcödé", "1"});
  table.add({"x", "22"});
  EXPECT_EQ(table.text(), "NAME     N\nÜnïcödé  1\nx        22\n");
}

TEST(Table, ForeignTextCannotSteerTheTerminal) {
  EXPECT_EQ(plain("a\x1b[31mb\nc\x7f"), "a [31mb c ");
  EXPECT_EQ(plain("\xc2\x9b"
                  "31m é"),
            "  31m é");
}

TEST(ApiClient, AQueryHoldsAnyIdWithoutBeingMistakenForMore) {
  EXPECT_EQ(percent_encode("false_1@c.us_A&b=é+"), "false_1%40c.us_A%26b%3D%C3%A9%2B");
}

}  // namespace
}  // namespace chasqui
