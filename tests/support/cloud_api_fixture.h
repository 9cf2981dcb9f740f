// Deliveries taken apart, with what holds for all of them checked.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/source/cloud_api/cloud_api.h"
#include "tests/support/cloud_api_bodies.h"

namespace chasqui::testing {

class CloudApiTest : public ::testing::Test {
 protected:
  Normalised take(std::string body) {
    auto got = cloud_api::normalise(parser, std::make_shared<const std::string>(std::move(body)));
    for (std::size_t i = 0; i < got.drafts.size(); ++i) {
      const Draft& d = got.drafts[i];
      EXPECT_TRUE(payload_fits(d.event.type, d.event.data));
      EXPECT_EQ(d.event.source.item_index, static_cast<int>(i));
      EXPECT_EQ(d.event.source.engine, "cloud");
      EXPECT_FALSE(d.session.key.empty());
      EXPECT_FALSE(d.event.raw.item().empty());
      if (d.cause) {
        EXPECT_LT(*d.cause, i) << "a cause comes before what it brings about";
      }
    }
    return got;
  }
  /// The one draft of a delivery.
  Draft one(std::string body) {
    auto got = take(std::move(body));
    EXPECT_EQ(got.drafts.size(), 1u);
    return got.drafts.empty() ? Draft{} : std::move(got.drafts.front());
  }
  std::vector<std::string> keys(std::string body) {
    std::vector<std::string> out;
    for (const auto& d : take(std::move(body)).drafts) out.push_back(d.source_key);
    return out;
  }
  std::vector<std::string> words(std::string body) {
    std::vector<std::string> out;
    for (const auto& d : take(std::move(body)).drafts) out.emplace_back(word(d.event.type));
    return out;
  }
  static std::string messages(const std::string& items) {
    return delivery(entry(change("messages", messages_value(R"("messages":[)" + items + "]"))));
  }
  static std::string statuses(const std::string& items) {
    return delivery(entry(change("messages", messages_value(R"("statuses":[)" + items + "]"))));
  }

  json::Document parser;
};

}  // namespace chasqui::testing
