// Bodies as Meta's Cloud API posts them, put together from their parts. Numbers and ids are invented.
#pragma once

#include <string>

namespace chasqui::testing {

inline std::string delivery(const std::string& entries) {
  return R"({"object":"whatsapp_business_account","entry":[)" + entries + "]}";
}

/// @param time  seconds; empty = none, as for chat fields.
inline std::string entry(const std::string& changes, const std::string& waba = "200000000000001", const std::string& time = "") {
  return R"({"id":")" + waba + "\"," + (time.empty() ? "" : "\"time\":" + time + ",") + R"("changes":[)" + changes + "]}";
}
inline std::string change(const std::string& field, const std::string& value) {
  return R"({"field":")" + field + R"(","value":)" + value + "}";
}

/// The value of a chat field with these members behind its metadata.
inline std::string messages_value(const std::string& members) {
  return R"({"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550109999","phone_number_id":"400000000000001"})" +
         (members.empty() ? "" : "," + members) + "}";
}
/// A text from 15550101010.
inline std::string message(const std::string& id, const std::string& text) {
  return R"({"from":"15550101010","id":"wamid.)" + id + R"(","timestamp":"1790000000","type":"text","text":{"body":")" + text +
         "\"}}";
}
inline std::string status(const std::string& id, const std::string& status) {
  return R"({"id":"wamid.)" + id + R"(","status":")" + status + R"(","timestamp":"1790000020","recipient_id":"15550101010"})";
}

}  // namespace chasqui::testing
