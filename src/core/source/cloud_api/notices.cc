// The platform's news: templates, account, phone number, preferences. Their fields are passed on as Meta names them.
#include "core/source/cloud_api/reading.h"

namespace chasqui::cloud_api {
namespace {

struct NoticeField {
  std::string_view field;
  EventType type;
  std::string_view list;  // array of items in `value`; empty = `value` itself is the one item
};

constexpr NoticeField kNotices[] = {
    {"message_template_status_update", EventType::template_status, ""},
    {"message_template_quality_update", EventType::template_quality, ""},
    {"message_template_components_update", EventType::template_components, ""},
    {"template_category_update", EventType::template_category, ""},
    {"template_correct_category_detection", EventType::template_category, ""},
    {"account_review_update", EventType::account_review, ""},
    {"account_update", EventType::account_updated, ""},
    {"business_status_update", EventType::account_updated, ""},
    {"account_alerts", EventType::account_alert, ""},
    {"account_settings_update", EventType::account_settings, ""},
    {"business_capability_update", EventType::account_capability, ""},
    {"phone_number_name_update", EventType::phone_name, ""},
    {"phone_number_quality_update", EventType::phone_quality, ""},
    {"security", EventType::phone_security, ""},
    {"user_preferences", EventType::user_preference, "user_preferences"},
};

void add_notice(const Change& change, EventType type, const json::Value& item, std::string_view span, std::size_t index, Collector& out) {
  Draft d = out.draft(change, type, span);
  d.event.data = PlatformNotice{std::string(change.entry_id), text_of(item)};
  if (const auto at = time_ms(item["timestamp"]); at != 0) d.event.occurred_at_ms = at;
  d.source_key = content_key(change, index, item);
  out.add(std::move(d));
}

}  // namespace

bool read_notice(const Change& change, Collector& out) {
  for (const auto& notice : kNotices) {
    if (notice.field != change.field) continue;
    if (notice.list.empty()) {
      add_notice(change, notice.type, change.value, change.value_span, 0, out);
      return true;
    }
    const auto list_span = json::member_span(change.value_span, notice.list).value_or(change.value_span);
    const auto items = change.value[notice.list].items();
    const auto spans = json::item_spans(list_span);
    for (std::size_t i = 0; i < items.size(); ++i) add_notice(change, notice.type, items[i], i < spans.size() ? spans[i] : list_span, i, out);
    return !items.empty();
  }
  return false;
}

}  // namespace chasqui::cloud_api
