#include "main/story.h"

#include "main/table.h"

namespace chasqui {
namespace {

std::string number(json::Value v) { return std::to_string(v.integer().value_or(0)); }

std::string named(json::Value endpoint) {
  const std::string description = plain(endpoint["description"].string_or({}));
  return plain(endpoint["endpoint"].string_or({})) + (description.empty() ? "" : " (" + description + ")");
}

void append_attempt(std::string& out, json::Value a) {
  const std::string status = a["status"].integer().value_or(0) != 0 ? "status " + number(a["status"]) : a["error"].text();
  out.append("      attempt ").append(number(a["attempt"])).append("  ").append(plain(a["part"].string_or({})));
  out.append("  ").append(time_text(a["started_at_ms"].integer().value_or(0))).append("  ").append(plain(status));
  out.append("  ").append(std::to_string(a["duration_us"].integer().value_or(0) / 1000)).append(" ms");
  if (const auto detail = a["detail"].string_or({}); !detail.empty()) out.append("  ").append(plain(detail));
  out.push_back('\n');
}

void append_delivery(std::string& out, json::Value d) {
  out.append("  -> ").append(named(d)).append(d["deleted"].boolean().value_or(false) ? ", deleted" : "").append(": ");
  out.append(plain(d["state"].string_or({}))).append(", ").append(plain(d["explanation"].string_or({}))).push_back('\n');
  if (d["parts"].size() > 1)
    for (const auto& part : d["parts"].items())
      out.append("      ")
          .append(plain(part["part"].string_or({})))
          .append(": ")
          .append(plain(part["state"].string_or({})))
          .push_back('\n');
  if (const auto skipped = d["attempts_not_shown"].integer().value_or(0); skipped > 0)
    out.append("      … ").append(std::to_string(skipped)).append(" earlier attempts\n");
  for (const auto& attempt : d["attempts"].items()) append_attempt(out, attempt);
}

void append_event(std::string& out, json::Value e) {
  const auto source = e["source"];
  out.append("seq ").append(number(e["seq"])).append("  ").append(plain(e["type"].string_or({})));
  out.append("  event ").append(plain(e["event"].string_or({}))).append("  session ").append(plain(e["session"].string_or({})));
  out.append("\n  happened ").append(time_text(e["occurred_at_ms"].integer().value_or(0)));
  out.append("\n  received ").append(time_text(e["received_at_ms"].integer().value_or(0)));
  out.append(" from ").append(plain(source["engine"].string_or({})));
  if (const auto delivery = source["delivery"].string_or({}); !delivery.empty())
    out.append(", field ")
        .append(plain(source["field"].string_or({})))
        .append(", item ")
        .append(number(source["item"]))
        .append(" of ")
        .append(plain(delivery));
  out.push_back('\n');
  if (e["deliveries"].size() == 0) out.append("  no endpoint got it\n");
  for (const auto& delivery : e["deliveries"].items()) append_delivery(out, delivery);
  for (const auto& other : e["not_matched"].items())
    out.append("  -- ")
        .append(named(other))
        .append(": ")
        .append(plain(other["reason"].string_or({})))
        .append(", ")
        .append(plain(other["explanation"].string_or({})))
        .push_back('\n');
  for (const char* more : {"deliveries_not_shown", "not_matched_not_shown"})
    if (const auto count = e[more].integer().value_or(0); count > 0)
      out.append("  … and ").append(std::to_string(count)).append(" more endpoints\n");
}

}  // namespace

std::string story_text(json::Value trace) {
  std::string out;
  for (const auto& event : trace["events"].items()) {
    if (!out.empty()) out.push_back('\n');
    append_event(out, event);
  }
  if (const auto next = trace["next_from"].integer())
    out.append("\n… there is more: go on with --from ").append(std::to_string(*next)).push_back('\n');
  return out;
}

}  // namespace chasqui
