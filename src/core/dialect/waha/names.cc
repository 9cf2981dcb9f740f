#include "core/dialect/waha/names.h"

namespace chasqui::waha {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string known_names() {
  std::string list;
  for (const auto name : all_names()) list.append(list.empty() ? "" : ", ").append(name);
  return list + ", *";
}

}  // namespace

std::string_view text_of(Name name) { return all_names()[static_cast<std::size_t>(name)]; }

const std::vector<std::string_view>& all_names() {
  static const std::vector<std::string_view> names{
#define CHASQUI_X(name, text) text,
      CHASQUI_WAHA_NAMES(CHASQUI_X)
#undef CHASQUI_X
  };
  return names;
}

bool is_legacy(const RenderOptions& options) { return options.profile == "legacy"; }

Result<NameSet> subscription(const std::vector<std::string>& names, const RenderOptions& options) {
  const auto& all = all_names();
  const NameSet everything = (NameSet{1} << all.size()) - 1;
  NameSet wanted = 0;
  for (const auto& given : names) {
    const std::string_view name = trimmed(given);
    if (name == "*") {
      wanted |= everything & ~bit(Name::engine_event);
      if (!is_legacy(options)) wanted &= ~bit(Name::state_change);
      continue;
    }
    const std::string_view real = name == "group.left" ? text_of(Name::group_leave) : name;
    std::size_t at = 0;
    while (at < all.size() && all[at] != real) ++at;
    if (at == all.size()) return invalid_input("'" + given + "' is no event of this dialect; known: " + known_names());
    wanted |= NameSet{1} << at;
  }
  // `*` takes nothing away that was named beside it.
  for (const auto& given : names)
    if (trimmed(given) == text_of(Name::state_change)) wanted |= bit(Name::state_change);
  return wanted;
}

NameSet names_of(const Event& event, const RenderOptions& options) {
  switch (event.type) {
    case EventType::message_received: {
      // A system message (a contact's new number) is no message in WAHA.
      const bool noise = std::get<Message>(event.data).kind == MessageKind::system;
      return noise ? 0 : bit(Name::message) | bit(Name::message_any);
    }
    case EventType::message_sent: return bit(Name::message_any);
    case EventType::message_ack:
    case EventType::message_failed: {
      const auto& ack = std::get<Ack>(event.data);
      if (ack.level == AckLevel::deleted) return 0;
      const bool group = ack.ref.chat.kind == PartyKind::group && !is_legacy(options);
      return bit(group ? Name::message_ack_group : Name::message_ack);
    }
    case EventType::message_reaction: return bit(Name::message_reaction);
    case EventType::message_edited: return bit(Name::message_edited);
    case EventType::message_revoked: return bit(Name::message_revoked);
    case EventType::call_received: return bit(Name::call_received);
    case EventType::session_status: return bit(Name::session_status);
    case EventType::engine_raw: return bit(Name::engine_event);
    default: return 0;
  }
}

}  // namespace chasqui::waha
