// One change of the Cloud API at a time, and the payload that it becomes.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "core/source/cloud_api/cloud_api.h"
#include "tests/support/cloud_api_bodies.h"

namespace chasqui::testing {

class CloudApiChange : public ::testing::Test {
 protected:
  std::vector<Draft> take(const std::string& field, const std::string& members) {
    return cloud_api::normalise(parser,
                                std::make_shared<const std::string>(delivery(entry(change(field, messages_value(members))))))
        .drafts;
  }
  /// The payload of the one event of a change.
  template <class T>
  T one(EventType type, const std::string& field, const std::string& members) {
    const auto drafts = take(field, members);
    EXPECT_EQ(drafts.size(), 1u) << members;
    if (drafts.size() != 1) return {};
    EXPECT_EQ(word(drafts[0].event.type), word(type)) << members;
    const auto* data = std::get_if<T>(&drafts[0].event.data);
    return data != nullptr ? *data : T{};
  }
  /// An incoming message from Ada with these members.
  Message in(const std::string& members) {
    return one<Message>(
        EventType::message_received, "messages",
        R"("contacts":[{"profile":{"name":"Ada","username":"ada.l"},"wa_id":"15550101010","user_id":"US.1","parent_user_id":"US.ENT.2"}],)"
        R"("messages":[{"from":"15550101010","id":"wamid.IN","timestamp":"1790000000",)" +
            members + "}]");
  }
  Ack status(const std::string& members, EventType type = EventType::message_ack) {
    return one<Ack>(type, "messages", R"("statuses":[{"id":"wamid.OUT","timestamp":"1790000020",)" + members + "}]");
  }

  json::Document parser;
};

}  // namespace chasqui::testing
